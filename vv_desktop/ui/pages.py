"""The pages of an open project, each made when it is first wanted, so that the window starts without them."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeVar

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QStackedWidget, QWidget

from vv_desktop.jobs import Jobs
from vv_desktop.session import Session
from vv_desktop.ui.live_head import LiveUpdates
from vv_desktop.ui.quality_watch import QualityWatch
from vv_desktop.ui.settings import Settings
from vv_desktop.ui.suspects.ranking import Ranking
from vv_desktop.ui.theme import Theme

if TYPE_CHECKING:
    from vv_desktop.ui.browse.page import BrowsePage
    from vv_desktop.ui.evaluate.page import EvaluatePage
    from vv_desktop.ui.export.page import ExportPage
    from vv_desktop.ui.history.page import HistoryPage
    from vv_desktop.ui.map.page import MapPage
    from vv_desktop.ui.predict.page import PredictPage
    from vv_desktop.ui.suspects.page import SuspectsPage
    from vv_desktop.ui.train.page import TrainPage
    from vv_desktop.ui.twins.page import TwinsPage

NAMES = ("browse", "train", "evaluate", "suspects", "twins", "map", "predict", "export", "history")
Page = TypeVar("Page", bound=QWidget)


class Pages(QObject):
    """Owns the pages in a stack. Lives on the window's thread.

    Signals:
        page_wanted(str): a page asks for another one.
        image_wanted(int): a page asks to show an image where it can be labelled.
        open_wanted: there is nothing to show, and the user wants to open something.
        classes_wanted: a page wants the classes and their mirror pairs edited.
    """

    page_wanted = Signal(str)
    image_wanted = Signal(int)
    open_wanted = Signal()
    classes_wanted = Signal()

    def __init__(
        self,
        session: Session,
        jobs: Jobs,
        live: LiveUpdates,
        theme: Theme,
        resources: Path,
        settings: Settings,
        stack: QStackedWidget,
    ) -> None:
        super().__init__(stack)
        self._parts = (session, jobs, theme, resources)
        self._live = live
        self._ranking = Ranking(session, jobs, self.wished_weights, self)
        self._quality = QualityWatch(session, jobs, self)
        self._settings, self._stack = settings, stack
        self._made: dict[str, QWidget] = {}

    @cached_property
    def browse(self) -> BrowsePage:
        """Thumbnails, filters, labels."""
        from vv_desktop.ui.browse.page import BrowsePage

        page = self._put("browse", BrowsePage(*self._parts))
        page.open_wanted.connect(self.open_wanted)
        page.restore(self._settings.part("browse"))
        return page

    @cached_property
    def train(self) -> TrainPage:
        """Plans, curves, runs."""
        from vv_desktop.ui.train.page import TrainPage

        page = self._put("train", TrainPage(*self._parts))
        page.evaluate_requested.connect(lambda: self.page_wanted.emit("evaluate"))
        page.classes_requested.connect(self.classes_wanted)
        page.restore(self._settings.part("train"))
        return page

    @cached_property
    def evaluate(self) -> EvaluatePage:
        """Confusion matrix and scores."""
        from vv_desktop.ui.evaluate.page import EvaluatePage

        page = self._put("evaluate", EvaluatePage(*self._parts, self._live))
        page.train_requested.connect(lambda: self.page_wanted.emit("train"))
        page.restore(self._settings.part("evaluate"))
        return page

    @cached_property
    def suspects(self) -> SuspectsPage:
        """Labels that are probably wrong, one after the other."""
        from vv_desktop.ui.suspects.page import SuspectsPage

        page = self._put("suspects", SuspectsPage(*self._parts, self._ranking))
        page.restore(self._settings.part("suspects"))
        return page

    @cached_property
    def twins(self) -> TwinsPage:
        """Near-duplicates, leaks between the splits, conflicts."""
        from vv_desktop.ui.twins.page import TwinsPage

        page = self._put("twins", TwinsPage(*self._parts, self.wished_weights))
        page.image_wanted.connect(self.image_wanted)
        page.restore(self._settings.part("twins"))
        return page

    @cached_property
    def map(self) -> MapPage:
        """Every image as a point near those that look alike."""
        from vv_desktop.ui.map.page import MapPage

        page = self._put("map", MapPage(*self._parts, self.wished_weights))
        page.restore(self._settings.part("map"))
        return page

    @cached_property
    def predict(self) -> PredictPage:
        """Answers for dropped photos."""
        from vv_desktop.ui.predict.page import PredictPage

        page = self._put("predict", PredictPage(*self._parts))
        page.train_requested.connect(lambda: self.page_wanted.emit("train"))
        page.image_wanted.connect(self.image_wanted)
        page.restore(self._settings.part("predict"))
        return page

    @cached_property
    def export(self) -> ExportPage:
        """Files for phones and servers."""
        from vv_desktop.ui.export.page import ExportPage

        page = self._put("export", ExportPage(*self._parts))
        page.train_requested.connect(lambda: self.page_wanted.emit("train"))
        page.image_wanted.connect(self.image_wanted)
        page.restore(self._settings.part("export"))
        return page

    @cached_property
    def history(self) -> HistoryPage:
        """The journal of edits, and snapshots of the labels."""
        from vv_desktop.ui.history.page import HistoryPage

        page = self._put("history", HistoryPage(*self._parts))
        page.restore(self._settings.part("history"))
        return page

    def wished_weights(self) -> Path | Literal["random"] | None:
        """Where the Train page was told to find the pretrained network; None as long as nobody told it."""
        return self.train.setup.weights.wish if "train" in self._made else None

    def named(self, name: str) -> QWidget:
        """The page called so, made if need be."""
        page: QWidget = getattr(self, name)
        return page

    @property
    def has_answers(self) -> bool:
        """True while Predict shows photos, which no project keeps."""
        return "predict" in self._made and self.predict.model.rowCount() > 0

    @property
    def current(self) -> str | None:
        """The name of the page in front, if it is one of these."""
        return next((name for name, page in self._made.items() if page is self._stack.currentWidget()), None)

    def states(self) -> dict[str, dict[str, object]]:
        """What each page that was made wants to be remembered."""
        return {name: getattr(self, name).state() for name in self._made}

    def _put(self, name: str, page: Page) -> Page:
        self._made[name] = page
        self._stack.addWidget(page)
        return page
