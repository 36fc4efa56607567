"""Train in the window: every epoch reaches the charts, photos are answered meanwhile, stop keeps the best."""

from pathlib import Path

import numpy as np
from PySide6.QtCore import QMimeData, QPoint, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from vv_desktop.core import runs
from vv_desktop.core.plans import QUICK

MINUTES = 60_000


def drop(window, *paths: Path) -> None:  # type: ignore[no-untyped-def]
    """What the desktop does when files are let go over the window."""
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    event = QDropEvent(
        QPoint(400, 300).toPointF(),
        Qt.DropAction.CopyAction,
        mime,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )
    window.dropEvent(event)


def test_F6_train_quick_with_charts_and_a_photo_dropped_meanwhile(
    open_app, qtbot: QtBot, trained_copy: Path, toy_folder: Path
) -> None:  # type: ignore[no-untyped-def]
    app = open_app(trained_copy)
    window, session = app.window, app.session
    before = session.runs
    window.show_page("train")
    assert window.pages.train.start_training(QUICK.changed(head_epochs=6))
    assert app.jobs.of("work")

    drop(window, next((toy_folder / "images").rglob("*.jpg")))
    assert window.stack.currentWidget() is window.pages.predict
    qtbot.waitUntil(lambda: any(r.probabilities for r in window.pages.predict.model.results), timeout=MINUTES)
    assert app.jobs.of("work"), "the answer came while the training ran"

    qtbot.waitUntil(lambda: not app.jobs.of("work"), timeout=2 * MINUTES)
    assert len(session.runs) == len(before) + 1
    run = session.run
    assert run is not None
    assert run not in before
    window.show_page("train")
    assert [e.epoch for e in window.pages.train.charts.epochs] == [e.epoch for e in run.history] != []
    assert window.pages.train.charts.epochs == list(run.history)


def test_stop_in_the_middle_keeps_the_best(open_app, qtbot: QtBot, untrained_copy: Path) -> None:  # type: ignore[no-untyped-def]
    app = open_app(untrained_copy)
    window = app.window
    window.show_page("train")
    window.pages.train.start_training(QUICK.changed(head_epochs=500, patience=500))
    qtbot.waitUntil(lambda: len(window.pages.train.charts.epochs) >= 3, timeout=2 * MINUTES)
    QTest.mouseClick(window.pages.train.setup.progress.stop, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not app.jobs.of("work"), timeout=MINUTES)
    run = app.session.run
    assert run is not None
    assert run.stopped
    assert 3 <= len(run.history) < 500
    assert run.best.val_accuracy == max(e.val_accuracy for e in run.history)
    assert run.keras_file.exists()


def test_cancel_keeps_nothing(open_app, qtbot: QtBot, untrained_copy: Path) -> None:  # type: ignore[no-untyped-def]
    app = open_app(untrained_copy)
    window = app.window
    window.show_page("train")
    window.pages.train.start_training(QUICK.changed(head_epochs=500, patience=500))
    qtbot.waitUntil(lambda: len(window.pages.train.charts.epochs) >= 1, timeout=2 * MINUTES)
    QTest.mouseClick(window.pages.train.setup.progress.cancel, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not app.jobs.of("work"), timeout=MINUTES)
    assert app.session.run is None
    assert runs.list_runs(untrained_copy / "runs") == ((), ())
    assert not list((untrained_copy / "runs").glob("*"))


def test_export_answers_as_the_model_does(open_app, qtbot: QtBot, trained_copy: Path, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    from ai_edge_litert.interpreter import Interpreter

    from vv_desktop.core.pixels import network_input

    app = open_app(trained_copy)
    window, session = app.window, app.session
    window.show_page("export")
    window.pages.export.restore({"formats": ["fp32"]})
    window.pages.export.export()
    qtbot.waitUntil(lambda: not app.jobs.of("work"), timeout=2 * MINUTES)
    files = list((trained_copy / "exports").rglob("model_float32.tflite"))
    assert len(files) == 1
    interpreter = Interpreter(model_path=str(files[0]))
    interpreter.allocate_tensors()
    image = next(iter(session.project.images))
    pixels = network_input(session.project.path_of(image), session.run.plan.image_size)
    interpreter.set_tensor(interpreter.get_input_details()[0]["index"], pixels[None].astype(np.float32))
    interpreter.invoke()
    answer = interpreter.get_tensor(interpreter.get_output_details()[0]["index"])[0]
    np.testing.assert_allclose(answer, session.probabilities(image), atol=2e-3)
