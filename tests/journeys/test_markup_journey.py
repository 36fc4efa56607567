"""Names that are markup are shown as they are: on no page, list or sheet does a picture appear that a name asks for."""

import dataclasses
import itertools
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QAbstractItemView, QApplication, QDialog, QLabel, QWidget
from pytestqt.qtbot import QtBot

from vv_desktop.core.project import Project
from vv_desktop.core.records import ImageRow, NewImage
from vv_desktop.ui.pages import NAMES

from .conftest import OpenApp

RED = (255, 0, 128)
"""Of the picture that must not appear; the app has no such colour."""


def red_pixels(widget: QWidget) -> int:
    """How many pixels of this colour a widget shows."""
    image = widget.grab().toImage().convertToFormat(QImage.Format.Format_RGB888)
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
    pixels = rows[:, : 3 * image.width()].reshape(image.height(), image.width(), 3).astype(int)
    return int((np.abs(pixels - RED).max(axis=2) < 12).sum())


@pytest.fixture
def evil(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, str]:
    """A working folder with the picture, a folder of photos, and the markup that asks for it by its name alone."""
    Image.new("RGB", (40, 40), RED).save(tmp_path / "red.png")
    monkeypatch.chdir(tmp_path)
    return tmp_path, "<img src=red.png><b>x"


def with_evil_names(trained: Path, folder: Path, name: str) -> Path:
    """The trained project again, every file and folder named by markup."""
    source = Project.open(trained)
    rows, photos = [], folder / f"{name} photos"
    photos.mkdir()
    for row in source.images.values():
        path = photos / f"{name}{row.id}.jpg"
        path.write_bytes(source.path_of(row.id).read_bytes())
        stored = Path("..") / photos.name / path.name
        rows.append(dataclasses.replace(as_new(row), path=stored.as_posix(), mtime_ns=path.stat().st_mtime_ns))
    target = folder / f"{name} project"
    Project.create(target, source.classes, rows).close()
    source.close()
    for inside in ("runs", "cache"):
        shutil.copytree(trained / inside, target / inside, dirs_exist_ok=True)
    return target


def as_new(row: ImageRow) -> NewImage:
    return NewImage(row.path, row.size, row.mtime_ns, row.group, row.label, row.split)


def shows_nothing(*widgets: QWidget) -> None:
    """No such pixel in these, nor in a tooltip of anything in them; and no label in or out of sight would try."""
    for widget in widgets:
        assert red_pixels(widget) == 0, widget
        for inner in [widget, *widget.findChildren(QWidget)]:
            if isinstance(inner, QLabel) and "<img" in inner.text():
                assert inner.textFormat() == Qt.TextFormat.PlainText, (inner, inner.text())
            texts = {inner.toolTip()}
            if isinstance(inner, QAbstractItemView) and inner.model() is not None:
                model = inner.model()
                places = [
                    model.index(*place) for place in itertools.product(range(6), repeat=2) if model.hasIndex(*place)
                ]
                texts |= {str(model.data(place, Qt.ItemDataRole.ToolTipRole) or "") for place in places}
            for text in texts:
                assert "red.png" not in text or red_pixels(as_tooltip(text)) == 0, (inner, text)


def as_tooltip(text: str) -> QLabel:
    """A tooltip is a label that guesses whether its text is rich."""
    label = QLabel(text)
    label.adjustSize()
    return label


def test_H12_the_picture_would_be_seen(evil: tuple[Path, str], qtbot: QtBot) -> None:
    """Shown as rich text the markup is the picture, by its name alone; shown as it is, it is not."""
    label = as_tooltip(evil[1])
    assert red_pixels(label) > 1000
    label.setTextFormat(Qt.TextFormat.PlainText)
    assert red_pixels(label) == 0


def test_H12_no_page_shows_what_a_name_asks_for(
    evil: tuple[Path, str], trained: Path, open_app: OpenApp, qtbot: QtBot
) -> None:
    folder, name = evil
    app = open_app(with_evil_names(trained, folder, name))
    window, session = app.window, app.session
    assert session.project is not None
    for number, old in enumerate(session.project.classes.names):
        assert session.edits.rename_class(old, f"{name}{number}", "mouse") == ""
    assert session.edits.take_snapshot(name)
    images = list(session.project.images)
    session.edits.relabel(images[:2], f"{name}1", "mouse")
    photo = session.project.path_of(images[0])
    for page in NAMES:
        window.show_page(page)
        session.select((images[0],))
        if page == "predict":
            window.pages.predict.predict_paths([photo, photo.with_name(f"{name} gone.jpg")])
        qtbot.waitUntil(lambda: not app.jobs.running, timeout=20_000)
        session.say(f"{name} {page}", error=True)
        QApplication.processEvents()
        shows_nothing(window)
    window.show_page("browse")
    session.select(tuple(images[:3]))
    summary = window.pages.browse.inspector._summary
    qtbot.waitUntil(lambda: "<img" in summary.text())
    shows_nothing(window)
    session.select((images[0],))
    window.pages.browse.grid.toggle_preview()
    window.show_classes()
    window.show_keys()
    QApplication.processEvents()
    shows_nothing(window, *window.findChildren(QDialog))


def test_H12_no_import_shows_what_a_name_asks_for(evil: tuple[Path, str], open_app: OpenApp, qtbot: QtBot) -> None:
    folder, name = evil
    Image.new("RGB", (8, 8)).save(folder / f"{name}1.jpg", "JPEG")
    (folder / f"{name}2.jpg").write_text("no picture")
    lines = ["filepath,label", *(f"{name}{number}.jpg,{name}{number}" for number in (1, 2, 3)), f"http://{name},x"]
    (folder / "labels.txt").write_text(f"{name}1\n{name}2\n{name.upper()}2\n")
    table = folder / f"{name}.csv"
    table.write_text("\n".join(lines) + "\n")
    app = open_app()
    app.window.opening.open_paths([table])
    qtbot.waitUntil(lambda: app.window.stack.currentWidget() is app.window.review, timeout=20_000)
    review = app.window.review
    for tab in range(review._tabs.count()):
        review._tabs.setCurrentIndex(tab)
        shows_nothing(app.window)
    assert review._tabs.count() == 2, "labels that are no class, and problems"
    app.window.opening.open_paths([folder / f"{name} is not there"])
    qtbot.waitUntil(lambda: not app.window.opening.busy, timeout=20_000)
    shows_nothing(app.window, app.window.welcome)
