"""What the filter bar and the filters are told of the open project, read from the session."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from vv_desktop.core.errors import UserError
from vv_desktop.core.quality import KINDS, Fault
from vv_desktop.core.runs import Run
from vv_desktop.session import Message, Session
from vv_desktop.ui.browse.filter_bar import Counts
from vv_desktop.ui.browse.filters import Facts, Filter, QualityChoice

if TYPE_CHECKING:
    from vv_desktop.core.quality_cache import Quality


class SessionFacts:
    """A plain object beside the page that asks; keeps how sure the run is and how pictures stand, found once."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._confidence: tuple[Run | None, dict[int, float]] = (None, {})
        self._standing: tuple[Quality | None, QualityChoice, dict[int, float]] = (None, "all", {})

    def of(self, wanted: Filter) -> Facts:
        """What this filter looks at; a project must be open."""
        project, quality = self._session.project, self._session.quality
        assert project is not None
        confidence = self._sureness() if wanted.sort == "confidence" else {}
        standing = self._standings(quality, wanted.quality) if quality is not None and wanted.sort == "quality" else {}
        faults = quality.faults if quality is not None else {}
        return Facts(project.images, project.classes, self._session.changed_since_run, confidence, faults, standing)

    def counts(self) -> Counts:
        """Of all images of the project, or of none."""
        project, quality = self._session.project, self._session.quality
        rows = project.images if project is not None else {}
        changed = len(self._session.changed_since_run) if self._session.run is not None else None
        faults: Counter[Fault | None] | None = None
        if quality is not None:
            wrong = [kinds for image, kinds in quality.faults.items() if image in rows]
            faults = Counter([kind for kinds in wrong for kind in kinds])
            faults[None] = len(wrong)
        excluded = sum(row.excluded for row in rows.values())
        return Counts(Counter([row.label for row in rows.values()]), changed, excluded, faults)

    def _standings(self, quality: Quality, choice: QualityChoice) -> dict[int, float]:
        """How near to being of this kind, or of any, by image id."""
        if self._standing[0] is not quality or self._standing[1] != choice:
            kind = next((kind for kind in KINDS if kind == choice), None)
            images = (*quality.measures, *quality.unreadable)
            self._standing = (quality, choice, {image: quality.standing(image, kind) for image in images})
        return self._standing[2]

    def _sureness(self) -> dict[int, float]:
        """Probability of the predicted class by image id."""
        run = self._session.run
        if run is None:
            return {}
        if self._confidence[0] is not run:
            try:
                predictions = run.predictions()
            except UserError as error:
                self._session.said.emit(Message(str(error), error=True))
                return {}
            best = predictions.probabilities.max(axis=1)
            self._confidence = (run, dict(zip(predictions.images.tolist(), best.tolist(), strict=True)))
        return self._confidence[1]
