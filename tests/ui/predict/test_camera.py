"""Photos from a camera: a button where Qt's multimedia library is installed, and nothing of it where it is not."""

import subprocess
import sys
from collections.abc import Iterator

import pytest
from PySide6.QtGui import QColor, QImage
from pytestqt.qtbot import QtBot

from vv_desktop.ui.predict import camera
from vv_desktop.ui.predict.camera import NO_CAMERA, CameraPanel, can_use_cameras
from vv_desktop.ui.predict.page import PredictPage

pytestmark = pytest.mark.qt_log_level_fail("CRITICAL")  # the library warns of each codec that the system lacks
needs_library = pytest.mark.skipif(not can_use_cameras(), reason="needs PySide6-Addons, the extra `camera`")


def test_the_button_is_there_only_with_the_library(page: PredictPage, monkeypatch: pytest.MonkeyPatch) -> None:
    assert page.view.camera_button.isHidden() is not can_use_cameras()
    assert page.view.camera.isHidden()
    monkeypatch.setattr(camera, "find_spec", lambda name: None)
    assert not can_use_cameras()


def test_the_page_does_not_import_the_library() -> None:
    code = "import sys; import vv_desktop.ui.predict.page; sys.exit('PySide6.QtMultimedia' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.fixture
def panel(qtbot: QtBot) -> Iterator[CameraPanel]:
    panel = CameraPanel()
    qtbot.addWidget(panel)
    yield panel
    panel.hide()


def test_no_camera_is_a_sentence(page: PredictPage) -> None:
    """Machines that run tests have none, and most have no library either."""
    page.view.camera_button.click()
    assert page.view.noted == NO_CAMERA or page.view.noted.startswith("Cameras cannot be used here (")
    assert page.view.camera.isHidden()


@needs_library
def test_what_is_seen_is_taken_and_nothing_of_it_stays(qtbot: QtBot, panel: CameraPanel) -> None:
    from PySide6.QtMultimedia import QVideoFrame

    taken: list[QImage] = []
    panel.photo_taken.connect(taken.append)
    sink = panel.prepare()
    assert not panel.take_button.isEnabled()
    picture = QImage(64, 48, QImage.Format.Format_RGB32)
    picture.fill(QColor("red"))
    sink.setVideoFrame(QVideoFrame(picture))
    qtbot.waitUntil(panel.take_button.isEnabled)
    panel.take_button.click()
    assert (taken[0].width(), taken[0].height()) == (64, 48)
    assert QColor(taken[0].pixel(5, 5)).red() > 200
    panel.close_button.click()
    assert panel.isHidden()
    assert panel.finder.picture.isNull()
    panel.take()
    assert len(taken) == 1


def test_a_photo_that_is_taken_is_answered(qtbot: QtBot, page: PredictPage) -> None:
    picture = QImage(64, 48, QImage.Format.Format_RGB32)
    picture.fill(QColor("red"))
    page.view.camera.photo_taken.emit(picture)
    qtbot.waitUntil(lambda: page.model.count == 1 and not page.model.results[0].waiting)
    assert page.model.results[0].path.name.startswith("camera-")
