"""A report of a run as one HTML file with its pictures inside: scores, matrix, mistakes, exported files."""

import base64
import html
import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from string import Template
from typing import Any, Protocol

from vv_desktop.core.bundled import resources_folder
from vv_desktop.core.errors import UserError
from vv_desktop.core.evaluation import Evaluation
from vv_desktop.core.files import atomic_write
from vv_desktop.core.pixels import ImageProblem, decode, scaled
from vv_desktop.core.runs import Run


class Answered(Protocol):
    """What a run said of one photo."""

    @property
    def path(self) -> Path:
        """The photo."""

    @property
    def probabilities(self) -> tuple[float, ...] | None:
        """In the run's class order; None for a photo that cannot be read."""


class Exported(Protocol):
    """One exported file and how it agrees with the model."""

    format: str
    path: Path
    bytes: int
    images: int
    top1_agreement: float
    max_abs_diff: float


def write_report(
    out: Path,
    run: Run,
    scores: Evaluation,
    images: Mapping[int, Path],
    answers: Sequence[Answered],
    files: Sequence[Any],
) -> Path:
    """Write report.html into `out`; its path. images: the file of each image id. Raises UserError."""
    low, high = scores.interval
    template = Template((resources_folder() / "report.html").read_text(encoding="utf-8"))
    page = template.substitute(
        name=html.escape(run.name),
        accuracy=f"{scores.accuracy:.1%}",
        count=len(scores.images),
        low=f"{low:.1%}",
        high=f"{high:.1%}",
        macro_f1=f"{scores.macro_f1:.3f}",
        plan=html.escape(run.plan.name),
        epochs=len(run.history),
        seconds=f"{run.seconds:.0f}",
        weights=html.escape(run.weights),
        matrix=_matrix(scores),
        per_class=_per_class(scores),
        predictions=_photos([(a.path, _best(run, a.probabilities)) for a in answers if a.probabilities]),
        mistakes=_photos(_mistakes(scores, images)),
        files=_files(files),
    )
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(f"The report's folder cannot be made ({error.strerror}): {out}") from error
    atomic_write(out / "report.html", page.encode("utf-8", "replace"))
    return out / "report.html"


def _mistakes(scores: Evaluation, images: Mapping[int, Path]) -> list[tuple[Path, str]]:
    """The surest ones, with what they are labelled and what they were taken for."""
    names, place = scores.classes.names, {int(image): i for i, image in enumerate(scores.images)}
    rows = [(int(image), place[int(image)]) for image in scores.mistakes()[:12]]
    return [
        (images[image], f"labelled {names[scores.labels[row]]}, taken for {names[scores.predicted[row]]}")
        for image, row in rows
    ]


def _best(run: Run, probabilities: Sequence[float]) -> str:
    name, share = max(zip(run.classes.names, probabilities, strict=True), key=lambda pair: pair[1])
    return f"{name} {share:.0%}"


def _matrix(scores: Evaluation) -> str:
    import pandas as pd

    names = list(scores.classes.names)
    return str(pd.DataFrame(scores.confusion, index=names, columns=names).to_html(border=0))


def _per_class(scores: Evaluation) -> str:
    import pandas as pd

    frame = pd.DataFrame([vars(score) for score in scores.per_class]).rename(columns={"name": "class"})
    return str(frame.to_html(border=0, index=False, float_format=lambda value: f"{value:.3f}", na_rep="–"))


def _files(files: Sequence[Exported]) -> str:
    import pandas as pd

    rows = [
        {
            "file": f.path.name,
            "MB": f"{f.bytes / 1e6:.2f}",
            "images": f.images,
            "same answer": f"{f.top1_agreement:.1%}",
            "largest difference": f"{f.max_abs_diff:.2g}",
        }
        for f in files
    ]
    return str(pd.DataFrame(rows).to_html(border=0, index=False))


def _photos(pairs: Sequence[tuple[Path, str]]) -> str:
    if not pairs:
        return "<p>None.</p>"
    figures = (
        f"<figure>{inline_picture(path)}<figcaption>{html.escape(text)}</figcaption></figure>" for path, text in pairs
    )
    return f'<div class="photos">{"".join(figures)}</div>'


def inline_picture(path: Path) -> str:
    """An <img> with the picture inside, 240 px at most, or a sentence why there is none."""
    try:
        image = scaled(decode(path, at_least=240), 240)
    except ImageProblem as error:
        return f"<p>{html.escape(str(error))}</p>"
    data = io.BytesIO()
    image.save(data, "JPEG", quality=80)
    text = base64.b64encode(data.getvalue()).decode()
    return f'<img alt="{html.escape(path.name)}" src="data:image/jpeg;base64,{text}">'
