"""The curves of a training: accuracy and loss on one time axis, alone or beside those of another run."""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QContextMenuEvent, QFocusEvent, QKeyEvent, QPainter, QPaintEvent, QShowEvent
from PySide6.QtWidgets import QLabel, QMenu, QVBoxLayout, QWidget

from vv_desktop.core.duration import PHASES
from vv_desktop.core.progress import EpochEnd
from vv_desktop.core.user_folders import home_or_here
from vv_desktop.session import Message
from vv_desktop.ui.elided_label import ElidedLabel
from vv_desktop.ui.evaluate import figure_files
from vv_desktop.ui.evaluate.figure_files import Figure
from vv_desktop.ui.theme import RADIUS, XS, S, Theme
from vv_desktop.ui.train.words import clock, rate

if TYPE_CHECKING:
    from vv_desktop.ui.train.plots import Plot

REDRAW_MS = 40
"""A quick training ends hundreds of epochs a second; the eye does not see them one by one."""


class Charts(QWidget):
    """Owns the epochs that are drawn; makes its plots, and imports what draws them, when first shown. Window's thread.

    Signals: said(Message), what was saved or copied.
    """

    said = Signal(object)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.name = ""
        self.epochs: list[EpochEnd] = []
        self.compared: tuple[str, tuple[EpochEnd, ...]] | None = None
        self.folder = home_or_here()
        self._plots: list[Plot] = []
        self._read: int | None = None
        self._redraw = QTimer(self, singleShot=True, interval=REDRAW_MS)
        self._redraw.timeout.connect(self._draw)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName("Curves of accuracy and loss")
        self.caption = ElidedLabel(mode=Qt.TextElideMode.ElideRight)
        self.caption.setProperty("role", "muted")
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(XS, XS, XS, XS)
        self._layout.setSpacing(XS)
        self._layout.addWidget(self.caption)
        self._layout.addStretch(0)

    # What is shown

    def show_run(self, name: str, epochs: Sequence[EpochEnd]) -> None:
        """Draw these epochs, and no comparison."""
        self.name, self.epochs, self.compared, self._read = name, list(epochs), None, None
        self._changed()

    def add(self, epoch: EpochEnd) -> None:
        """One more epoch of the training that runs."""
        self.epochs.append(epoch)
        self._changed()

    def compare(self, name: str, epochs: Sequence[EpochEnd]) -> None:
        """Draw a second run dashed; no epochs take it away."""
        self.compared = (name, tuple(epochs)) if epochs else None
        self._changed()

    def read_epoch(self, index: int | None) -> None:
        """Say the exact values of one epoch, and mark it."""
        self._read = index if index is not None and 0 <= index < len(self.epochs) else None
        self._say()

    def figure(self) -> Figure:
        """What is saved and copied."""
        head = (
            "run",
            "phase",
            "epoch",
            "seconds",
            "loss",
            "accuracy",
            "val_loss",
            "val_accuracy",
            "learning_rate",
            "best",
        )
        rows = [_row(self.name, e) for e in self.epochs]
        rows += [_row(self.compared[0], e) for e in self.compared[1]] if self.compared else []
        return Figure(self, (head, *rows), f"curves {self.name}".strip().replace("/", "-"))

    # What Qt says

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if not self._plots:
            QTimer.singleShot(0, self, self._build)  # the page is seen first

    def paintEvent(self, event: QPaintEvent) -> None:
        if self.hasFocus():
            painter = QPainter(self)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(QColor(self._theme.accent))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), RADIUS, RADIUS)
            painter.end()

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(Qt.Key(event.key()))
        if step is None or not self.epochs:
            super().keyPressEvent(event)
            return
        at = len(self.epochs) if self._read is None else self._read
        self.read_epoch(max(0, min(len(self.epochs) - 1, at + step)))

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.update()
        self.read_epoch(None)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        menu = self.menu()
        menu.exec(event.globalPos())
        menu.deleteLater()

    def menu(self) -> QMenu:
        """Save and copy."""
        menu = QMenu(self)
        menu.addAction("Save PNG…", lambda: self._tell(figure_files.save_png(self.figure(), self.folder)))
        menu.addAction("Save CSV…", lambda: self._tell(figure_files.save_csv(self.figure(), self.folder)))
        menu.addAction("Copy", lambda: self._tell(figure_files.copy(self.figure())))
        menu.setEnabled(bool(self.epochs))
        return menu

    # How

    def _build(self) -> None:
        from vv_desktop.ui.train.plots import ACCURACY, LOSS, Plot

        if self._plots:
            return
        for quantity in (ACCURACY, LOSS):
            title = QLabel(quantity.title)
            title.setProperty("role", "small")
            plot = Plot(self._theme, quantity)
            plot.pointed.connect(self._point)
            plot.setMinimumHeight(80)
            plot.setFocusProxy(self)
            self._plots.append(plot)
            self._layout.addWidget(title)
            self._layout.addWidget(plot, 3 if quantity is ACCURACY else 2)
        self._layout.addSpacing(S)
        self._draw()

    def _changed(self) -> None:
        self._say()
        if not self._redraw.isActive():
            self._redraw.start()

    def _draw(self) -> None:
        if not self._plots:
            return
        from vv_desktop.ui.train.plots import Curve

        for plot in self._plots:
            plot.draw(Curve(self.name, tuple(self.epochs)), Curve(*self.compared) if self.compared else None)

    def _point(self, seconds: float) -> None:
        if math.isnan(seconds) or not self.epochs:
            self.read_epoch(None)
            return
        self.read_epoch(min(range(len(self.epochs)), key=lambda i: abs(self.epochs[i].seconds - seconds)))

    def _say(self) -> None:
        at = self.epochs[self._read] if self._read is not None else None
        for plot in self._plots:
            plot.mark(at.seconds if at else None)
        self.caption.show_text(epoch_sentence(at) if at else self._summary())

    def _summary(self) -> str:
        best = next((e for e in reversed(self.epochs) if e.best), None)
        words = [self.name] if self.name else []
        if best:
            words.append(
                f"best {100 * best.val_accuracy:.1f} % on val in {PHASES[best.phase].lower()}, epoch {best.epoch}"
            )
        if self.compared:
            words.append(f"dashed: {self.compared[0]}")
        return " · ".join(words)

    def _tell(self, message: Message | None) -> None:
        if message is not None:
            self.said.emit(message)


def epoch_sentence(epoch: EpochEnd) -> str:
    """The exact values of an epoch."""
    return (
        f"{PHASES[epoch.phase]}, epoch {epoch.epoch} at {clock(epoch.seconds)}"
        f" · validation {100 * epoch.val_accuracy:.2f} %, loss {epoch.val_loss:.4f}"
        f" · training {100 * epoch.accuracy:.2f} %, loss {epoch.loss:.4f}"
        f" · learning rate {rate(epoch.learning_rate)}{' · best' if epoch.best else ''}"
    )


def _row(run: str, e: EpochEnd) -> tuple[object, ...]:
    values = (e.seconds, e.loss, e.accuracy, e.val_loss, e.val_accuracy, e.learning_rate)
    return (run, e.phase, e.epoch, *values, "yes" if e.best else "")
