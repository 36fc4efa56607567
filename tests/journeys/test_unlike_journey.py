"""Drop a photo of something else, and the page says that it is unlike the training photos; a toy vehicle is not."""

from pathlib import Path

from PIL import Image, ImageDraw
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from vv_desktop.core.known import known_file
from vv_desktop.core.toys import draw_vehicle
from vv_desktop.ui.predict.result_model import PHOTO


def drawn(folder: Path) -> tuple[Path, Path]:
    """A page of text, and a toy vehicle that the project does not have."""
    text, toy = folder / "text.png", folder / "toy.png"
    page = Image.new("RGB", (256, 192), "white")
    for line in range(12):
        ImageDraw.Draw(page).text((8, 8 + 15 * line), "Minutes of the meeting, continued", fill="black")
    page.save(text)
    draw_vehicle("FrontLeft", 9001, 0).save(toy)
    return text, toy


def test_something_else_is_marked_filtered_and_saved(  # type: ignore[no-untyped-def]
    open_app, qtbot: QtBot, trained_copy: Path, tmp_path: Path
) -> None:
    app = open_app(trained_copy)
    page = app.window.pages.predict
    app.window.show_page("predict")
    text, toy = drawn(tmp_path)
    page.predict_paths([text, toy])
    qtbot.waitUntil(lambda: page.model.count == 2 and not page.asking.busy, timeout=20_000)
    assert page.model.of(text).unlike
    assert not page.model.of(toy).unlike
    assert page.model.of(toy).distance > 0

    sentence = page.view.detail.unlike
    page.view.table.look_at(page.model.row_of(text))
    assert sentence.isVisibleTo(page)
    assert sentence.text().startswith("Unlike the training photos")
    index = page.model.index(page.model.row_of(text), PHOTO)
    assert index.data(Qt.ItemDataRole.AccessibleTextRole) == "text.png, unlike the training photos"
    page.view.table.look_at(page.model.row_of(toy))
    assert not sentence.isVisibleTo(page)

    page.view.filters.kind.setCurrentText("Unlike")
    assert [result.path for result in page.model.shown] == [text]


def test_an_older_run_learns_it_when_it_is_asked(open_app, qtbot: QtBot, trained_copy: Path, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    app = open_app(trained_copy)
    page = app.window.pages.predict
    known = known_file(app.session.run.folder)
    known.unlink()
    app.window.show_page("predict")
    text, toy = drawn(tmp_path)
    page.predict_paths([text, toy])
    qtbot.waitUntil(lambda: page.model.count == 2 and page.model.of(text).unlike, timeout=20_000)
    qtbot.waitUntil(lambda: not page.asking.busy)
    assert known.is_file()
    assert not page.model.of(toy).unlike
