"""A camera as a source of photos, where Qt's multimedia library is installed and a camera is plugged in."""

from importlib.util import find_spec
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QRect, Qt, Signal
from PySide6.QtGui import QHideEvent, QImage, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from vv_desktop.ui.theme import M, S

if TYPE_CHECKING:
    from PySide6.QtMultimedia import QCamera, QMediaCaptureSession, QVideoFrame, QVideoSink

HEIGHT = 220
NO_CAMERA = "No camera was found; plug one in and try again"


def can_use_cameras() -> bool:
    """Whether Qt's multimedia library is installed; it is not part of what the app needs."""
    return find_spec("PySide6.QtMultimedia") is not None


class CameraPanel(QWidget):
    """Owns the camera, which is on as long as this is seen, and shows what it sees. Lives on the window's thread.

    Signals:
        photo_taken(QImage): upright, as large as the camera gives it.
        failed(str): no camera, or one that gives no picture; the panel is closed.
    """

    photo_taken = Signal(QImage)
    failed = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._camera: QCamera | None = None
        self._session: QMediaCaptureSession | None = None
        self.sink: QVideoSink | None = None
        self.finder = Finder()
        self.take_button = QPushButton("Take photo")
        self.take_button.setProperty("role", "primary")
        self.take_button.setToolTip("Ask about what the camera sees now")
        self.take_button.clicked.connect(self.take)
        self.close_button = QPushButton("Close camera")
        self.close_button.clicked.connect(self.hide)
        buttons = QVBoxLayout()
        buttons.setSpacing(S)
        buttons.addWidget(self.take_button)
        buttons.addWidget(self.close_button)
        buttons.addStretch(1)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(M)
        row.addWidget(self.finder)
        row.addLayout(buttons)
        row.addStretch(1)
        self.hide()

    def open(self) -> None:
        """Turn the camera on, the one that the system prefers."""
        try:
            from PySide6.QtMultimedia import QCamera, QMediaCaptureSession, QMediaDevices
        except ImportError as error:  # installed, but a library of the system is missing
            self._fail(f"Cameras cannot be used here ({error})")
            return
        found = QMediaDevices.defaultVideoInput()
        if found.isNull():
            self._fail(NO_CAMERA)
            return
        sink = self.prepare()
        self._session = QMediaCaptureSession(self)
        self._camera = QCamera(found, self)
        self._camera.errorOccurred.connect(lambda _, words: self._fail(f"The camera gives no picture ({words})"))
        self._session.setCamera(self._camera)
        self._session.setVideoSink(sink)
        self._camera.start()

    def prepare(self) -> "QVideoSink":
        """Be seen, and give away where frames are waited for."""
        from PySide6.QtMultimedia import QVideoSink

        if self.sink is None:
            self.sink = QVideoSink(self)
            self.sink.videoFrameChanged.connect(self._show)
        self.take_button.setEnabled(False)  # until there is a picture
        self.show()
        self.take_button.setFocus()
        return self.sink

    def take(self) -> None:
        """Give away what is seen now."""
        if not self.finder.picture.isNull():
            self.photo_taken.emit(self.finder.picture.copy())

    def hideEvent(self, event: QHideEvent) -> None:
        """Nobody looks: the camera goes off, and nothing of its picture stays."""
        super().hideEvent(event)
        if self._camera is not None and self._session is not None:
            self._camera.stop()
            self._session.deleteLater()
            self._camera.deleteLater()
        self._camera = self._session = None
        self.finder.show_picture(QImage())
        self.hide()  # where another page was chosen, coming back does not turn it on

    def _show(self, frame: "QVideoFrame") -> None:
        picture = frame.toImage()
        if not picture.isNull() and self.isVisible():
            self.finder.show_picture(picture)
            self.take_button.setEnabled(True)

    def _fail(self, sentence: str) -> None:
        self.hide()
        self.failed.emit(sentence)


class Finder(QWidget):
    """Draws the picture as large as it fits. Window's thread; no signals of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.picture = QImage()
        self.setFixedSize(HEIGHT * 4 // 3, HEIGHT)
        self.setAccessibleName("What the camera sees")

    def show_picture(self, picture: QImage) -> None:
        """Show this one; a null one clears it."""
        self.picture = picture
        if not picture.isNull():
            self.setFixedWidth(max(1, min(HEIGHT * picture.width() // picture.height(), 2 * HEIGHT)))
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        if self.picture.isNull():
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        size = self.picture.size().scaled(self.size(), Qt.AspectRatioMode.KeepAspectRatio)
        painter.drawImage(QRect(QPoint(0, 0), size), self.picture)
