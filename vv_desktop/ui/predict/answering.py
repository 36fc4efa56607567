"""Keeps the list in step with who is asked: whose answers it holds, and which are wanted still."""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QObject

from vv_desktop.core.answerers import Answerer
from vv_desktop.core.progress import Answer
from vv_desktop.core.runs import Run
from vv_desktop.ui.predict.asking import Asking
from vv_desktop.ui.predict.result_model import ResultsModel

Photo = tuple[Path, bool, bool, int | None]
"""Path, loose, pasted, and id in the project; see `Result`."""


class Answering(QObject):
    """Puts photos into the model, asks about them, and puts the answers beside them. Lives on the window's thread.

    No signals: `asking` and `model` have them.
    """

    def __init__(self, model: ResultsModel, asking: Asking, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._model, self._asking = model, asking
        self.run: Run | None = None
        self._compared = False
        asking.answered.connect(self._take)

    def ask(self, photos: Sequence[Photo]) -> None:
        """Put photos on the list and ask about them; those that are on it are asked about again."""
        self._model.add(photos)
        paths = [photo[0] for photo in photos]
        self._asking.ask(paths)
        if self._compared:
            self._model.wait(paths, 1)
            self._asking.ask(paths, 1)

    def ask_lost(self) -> None:
        """Ask about those whose answer would not find them: a pasted photo gets another path when it is taken in."""
        for who in range(1 + self._compared):
            lost = [r.path for r in self._model.results if r.waits_for(who) and not self._asking.awaits(r.path, who)]
            self._asking.ask(lost, who)

    def use_run(self, run: Run | None) -> bool:
        """Ask this run from now on, and again about all photos; False if it is asked already."""
        if self.run is run or (run and self.run and (run.folder, run.classes) == (self.run.folder, self.run.classes)):
            return False
        self.run = run
        self._use(0, Answerer.of_run(run) if run else None)
        return True

    def ask_again(self) -> None:
        """More can be said of photos now: ask the run about all of them again."""
        self._use(0, Answerer.of_run(self.run) if self.run else None)

    def compare(self, answerer: Answerer | None) -> None:
        """Ask this one too, about all photos; None ends the comparison."""
        self._compared = answerer is not None
        self._model.name_second(answerer.name if answerer else "")
        self._use(1, answerer)

    def cancel(self) -> int:
        """Call everything off, and take off the list what has no answer; how many photos that were."""
        before = self._model.count
        self._asking.cancel()
        self._model.keep(lambda result: not result.waiting)
        return before - self._model.count

    def clear(self) -> None:
        """Take all photos off the list."""
        self._asking.cancel()
        self._model.keep(lambda result: False)

    def _use(self, who: int, answerer: Answerer | None) -> None:
        self._asking.use(who, answerer)
        self._model.use(who, answerer.classes if answerer else None)
        self._asking.ask([result.path for result in self._model.results], who)

    def _take(self, who: int, answer: Answer) -> None:
        self._model.answer(who, answer.path, answer.probabilities, answer.error, answer.distance)
