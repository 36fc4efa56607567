"""The heat map that lies over a picture: lit where the evidence for the run's answer is, dark elsewhere."""

from pathlib import Path

import numpy as np
from PySide6.QtCore import QObject, QRect, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QFontMetrics, QImage, QPainter

from vv_desktop import tasks
from vv_desktop.core.heat import HeatMap
from vv_desktop.jobs import Jobs
from vv_desktop.session import Session
from vv_desktop.ui import words
from vv_desktop.ui.awaited_job import AwaitedJob
from vv_desktop.ui.theme import RADIUS, XS, S
from vv_desktop.workers import Failure

DARKEST, WARMEST = 0.65, 0.45
"""How much of the picture is hidden where nothing speaks for the answer, and how strong the tint is where most does."""
_LINE = QColor(0, 0, 0, 190)


class HeatLayer(QObject):
    """Owns the job that asks why, and its answer for the newest wish. Window's thread.

    Signals: changed, there is something else to draw.
    """

    changed = Signal()

    def __init__(self, session: Session, jobs: Jobs, parent: QObject) -> None:
        super().__init__(parent)
        self._session, self._jobs = session, jobs
        self._photo: Path | None = None
        self._overlay: QImage | None = None
        self._job = AwaitedJob(self)
        self.sentence = ""
        session.heat_changed.connect(self._ask)
        session.run_changed.connect(self._ask)

    def show_image(self, image: int | None) -> None:
        """Ask of this image of the project from now on."""
        project = self._session.project
        self.show_photo(project.path_of(image) if project is not None and image in project.images else None)

    def show_photo(self, photo: Path | None) -> None:
        """Ask of this file from now on."""
        if photo != self._photo:
            self._photo = photo
            self._ask()

    def paint(self, painter: QPainter, target: QRect) -> None:
        """Draw over a picture that was drawn into `target`."""
        if not self._session.heat or self._photo is None:
            return
        if self._overlay is not None:
            painter.drawImage(target, self._overlay)
        if self.sentence:
            metrics = QFontMetrics(painter.font())
            text = metrics.elidedText(self.sentence, Qt.TextElideMode.ElideRight, target.width() - 2 * S - 2 * XS)
            box = QRectF(target.left() + XS, 0, metrics.horizontalAdvance(text) + 2 * S, metrics.height() + 2 * XS)
            box.moveBottom(target.bottom() - XS)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(_LINE)
            painter.drawRoundedRect(box, RADIUS, RADIUS)
            painter.setPen(QColor("white"))
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)

    # How

    def _ask(self) -> None:
        self._job.cancel()
        self._overlay, self.sentence = None, ""
        run = self._session.run
        if self._session.heat and self._photo is not None:
            if run is None:
                self.sentence = "No run to ask why: train one first"
            else:
                self._job.replace(
                    self._jobs.start(
                        tasks.answers.explain,
                        self._photo,
                        run,
                        name="Heat map",
                        lane="predict",
                        quiet=True,
                        on_done=self._take,
                        on_failed=self._fail,
                    )
                )
        self.changed.emit()

    def _take(self, found: HeatMap) -> None:
        self._job.done()
        self._overlay = overlay(found)
        said = f"{words.shown(found.name)} {100 * found.probability:.0f} %"
        self.sentence = f"Why {said}" if found.places.any() else f"Nothing in it speaks for {said} more than for others"
        self.changed.emit()

    def _fail(self, failure: Failure) -> None:
        self._job.done()
        self.sentence = failure.sentence
        self.changed.emit()


def overlay(found: HeatMap) -> QImage:
    """A small picture with transparency, to be stretched over the one that is explained."""
    places = found.places
    pixels = np.zeros((*places.shape, 4), np.uint8)
    # Cold places are hidden by black, warm ones tinted with orange: lightness alone tells them apart, too.
    pixels[..., 0], pixels[..., 1] = 255 * places, 120 * places
    pixels[..., 3] = 255 * np.where(places > 0.5, WARMEST * (2 * places - 1), DARKEST * (1 - 2 * places))
    height, width = places.shape
    small = QImage(pixels.tobytes(), width, height, 4 * width, QImage.Format.Format_RGBA8888)
    return small.copy()
