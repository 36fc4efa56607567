"""A folder of new photos through the window: streamed with a pause, compared with a model file, watched, taken in."""

import shutil
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from vv_desktop.app import App

OpenApp = Callable[..., App]
COUNT = 60


def test_a_folder_is_answered_compared_and_taken_into_the_project(
    open_app: OpenApp, qtbot: QtBot, trained_copy: Path, toy_folder: Path, tmp_path: Path
) -> None:
    photos = sorted((toy_folder / "images").rglob("*.jpg"))
    folder, inbox, export = (tmp_path / name for name in ("new", "inbox", "export"))
    for each in (folder, inbox, export):
        each.mkdir()
    for i in range(COUNT):
        shutil.copy(photos[i % len(photos)], folder / f"{i:03}.jpg")
    (folder / "damaged.jpg").write_bytes(photos[0].read_bytes()[:400])
    app = open_app(trained_copy)
    app.window.show_page("predict")
    page = app.window.pages.predict

    page.predict_paths([folder])
    qtbot.waitUntil(lambda: page.asking.done >= 5)
    page.view.pause_button.click()
    qtbot.waitUntil(lambda: not app.jobs.of("predict"))
    assert 5 <= page.asking.done < COUNT
    page.view.pause_button.click()
    qtbot.waitUntil(lambda: page.model.count == COUNT + 1 and not page.asking.busy, timeout=20_000)
    failed = [result for result in page.model.results if result.error]
    assert [result.path.name for result in failed] == ["damaged.jpg"]
    assert all(len(result.probabilities) == 7 for result in page.model.results if result.probabilities)

    run = app.session.run
    assert run is not None
    model = Path(shutil.copy(run.tflite_file, export))
    (export / "labels.txt").write_text("\n".join(run.classes.names))
    page.comparing.use_file(model)
    qtbot.waitUntil(lambda: page.comparing.answerer is not None and page.model.agreement.compared >= 5, timeout=20_000)
    page.view.pause_button.click()
    qtbot.waitUntil(lambda: not app.jobs.of("predict"))
    page.view.pause_button.click()
    qtbot.waitUntil(lambda: not page.asking.busy, timeout=20_000)
    assert (page.model.agreement.compared, page.model.agreement.differing) == (COUNT, 0)

    page.watch.watch(inbox)
    qtbot.waitUntil(lambda: not app.jobs.running)
    shutil.copy(photos[0], inbox / "late.jpg")
    qtbot.waitUntil(lambda: page.model.agreement.compared == COUNT + 1, timeout=20_000)
    page.view.table.look_at(page.model.row_of(inbox / "late.jpg") or 0)
    qtbot.keyClick(page.view.table, Qt.Key.Key_3)
    assert app.session.project is not None
    image = page.model.results[-1].image
    assert image is not None
    assert app.session.project.images[image].label == app.session.project.classes.names[2]
