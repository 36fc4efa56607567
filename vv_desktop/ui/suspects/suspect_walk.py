"""One person's way through the queue of suspects: which one is looked at, what is decided, what is filtered."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import QObject, Signal

from vv_desktop.core import suspect_queue
from vv_desktop.core.dataset import Split
from vv_desktop.core.project import Project
from vv_desktop.core.records import ImageRow, Verdict
from vv_desktop.core.suspect_queue import SPLITS, Pair, Standing, Suspect, Tally
from vv_desktop.session import Session


class SuspectWalk(QObject):
    """Owns the place in the queue and the filters; everything decided is in the store. Window's thread.

    current: the image that is looked at; None if there is no more. pair, splits: the filters (None: any pair).

    Signals: changed, the queue, the place or a filter is another.
    """

    changed = Signal()

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._deciding = False
        self.pair: Pair | None = None
        self.splits: tuple[Split | None, ...] = SPLITS
        session.suspects_changed.connect(self._begin)
        session.images_changed.connect(self._follow_labels)
        self._begin()

    # What is there

    @property
    def project(self) -> Project:
        """The open project, which there is as long as there is a queue."""
        assert self._session.project is not None
        return self._session.project

    @property
    def names(self) -> tuple[str, ...]:
        """The classes as they are called now."""
        return self.project.classes.names

    @property
    def shown(self) -> Standing | None:
        """The suspect that is looked at."""
        return next((one for one in self.path if one.image == self.current), None)

    @property
    def row(self) -> ImageRow:
        """What is stored of the image that is looked at."""
        assert self.current is not None
        return self.project.images[self.current]

    @property
    def remaining(self) -> tuple[int, ...]:
        """Images of the filtered queue that still deserve a look, in its order."""
        return tuple(one.image for one in self.queue if one.remains)

    @property
    def tally(self) -> Tally:
        """Counts of the filtered queue."""
        return suspect_queue.tally(self.queue)

    def suspect(self, image: int) -> Suspect | None:
        """What the ranking says of an image of the queue."""
        return self._session.queue.get(image)

    def coming(self, count: int) -> tuple[int, ...]:
        """The images that are looked at next if all goes forward."""
        found: list[int] = []
        path = list(self.path)
        at = self.current
        while len(found) < count and (image := suspect_queue.following(path, at)) is not None:
            found.append(image)
            path = [one for one in path if one.image != at]
            at = image
        return tuple(found)

    # Where one is

    def filter_by(self, pair: Pair | None, splits: Sequence[Split | None] = SPLITS) -> None:
        """Go through these only."""
        self.pair, self.splits = pair, tuple(splits)
        self._read()
        if self.shown is None:
            self.current = suspect_queue.following(self.path, None)
        self.changed.emit()

    def step(self, step: int) -> None:
        """Forth or back without deciding anything."""
        self.current = suspect_queue.beside(self.path, self.current, step)
        self.changed.emit()

    def jump(self, image: int) -> None:
        """Look at this image if it is in the queue, whatever is filtered."""
        if image == self.current or image not in {one.image for one in self.everything}:
            return
        self._visited.add(image)
        if image not in {one.image for one in self.queue}:
            self.pair, self.splits = None, SPLITS
        self.current = image
        self._read()
        self.changed.emit()

    # What is decided

    def choose(self, label: str | None) -> None:
        """Give the image that is looked at this label (None takes it off) and go on; its own label keeps it."""
        image = self.current
        if image is None:
            return
        if label == self.row.label:
            self._review("kept")
        else:
            self._decide(lambda: self._session.edits.relabel([image], label, "suspects"))

    def accept(self) -> None:
        """Give the image that is looked at the suggested label."""
        if (shown := self.shown) is not None:
            self.choose(self.names[shown.suspect.suggestion])

    def keep(self) -> None:
        """The label is right."""
        self._review("kept")

    def doubt(self) -> None:
        """Nobody can tell: it comes again at the end."""
        self._review("unsure")

    def accept_all(self, images: Sequence[int]) -> None:
        """Give these images the labels suggested for each, as one undo step."""
        pairs = [(i, self.names[s.suggestion]) for i in images if (s := self.suspect(i)) is not None]
        self._visited.update(images)
        self._session.edits.relabel_each(pairs, "suspects")

    def keep_all(self, images: Sequence[int]) -> None:
        """The labels of all these are right."""
        found = [s for i in images if (s := self.suspect(i)) is not None]
        reviews = [suspect_queue.review_of(s, "kept", self.names) for s in found]
        self._visited.update(images)
        self._session.edits.review([s.image for s in found], reviews, "suspects")

    def _review(self, verdict: Verdict) -> None:
        shown = self.shown
        if shown is None:
            return
        if shown.state == "fixed":  # there is nothing left to say of the label that was suspected
            self._decide(lambda: True)
            return
        review = suspect_queue.review_of(shown.suspect, verdict, self.names)
        self._decide(lambda: self._session.edits.review([shown.image], [review], "suspects"))

    def _decide(self, edit: Callable[[], bool]) -> None:
        """Edit, and show the next one; stay where one is if the disk refuses."""
        image, following = self.current, suspect_queue.following(self.path, self.current)
        assert image is not None
        self._deciding = True
        saved = edit() or not self._session.edits.not_saved
        self._deciding = False
        self._visited.add(image)
        if saved:
            self.current = following
        self._read()
        self.changed.emit()

    # How

    def _begin(self) -> None:
        """Another ranking, or none."""
        self._visited: set[int] = set()
        self.pair, self.splits = None, SPLITS
        self._read()
        self.current = suspect_queue.following(self.path, None)
        self.changed.emit()

    def _follow_labels(self, _images: object) -> None:
        if self._deciding:
            return
        self._read()
        if self.shown is None:  # kept elsewhere, or excluded
            self.current = suspect_queue.following(self.path, None)
        self.changed.emit()

    def _read(self) -> None:
        project = self._session.project
        self.everything: tuple[Standing, ...] = ()
        if project is not None and self._session.queue:
            self.everything = suspect_queue.standings(self._session.queue.values(), project.images, self.names)
        self.queue = suspect_queue.narrowed(self.everything, self.pair, self.splits)
        self.path = suspect_queue.walk(self.queue, self._visited)
