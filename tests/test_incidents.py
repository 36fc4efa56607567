"""What is left when things go wrong: the log, reports of crashes, and the diagnosis."""

import json
import logging
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QSettings
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from vv_desktop.app import App
from vv_desktop.core.logbook import LOG_BYTES, LOG_NAME, OLD_LOGS, REPORTS, OneRecordALine, crash_reports, last_errors
from vv_desktop.incidents import Record, reports_of_crashes
from vv_desktop.ui.settings import Settings
from vv_desktop.ui.text_sheet import TextSheet

PROCESS = """
import faulthandler, logging, os, signal, sys
from pathlib import Path
from vv_desktop.incidents import Record, watch
watch(Path({folder!r}))
record = Record(Path({folder!r}))
logging.getLogger("vv_desktop.test").warning("opened %s", Path.home() / "photos")
{end}
"""


def process(folder: Path, end: str) -> subprocess.CompletedProcess[str]:
    code = PROCESS.format(folder=str(folder), end=end)
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)


def written(record: logging.LogRecord) -> list[str]:
    return OneRecordALine().format(record).splitlines()


def record_of(message: str, *arguments: object, error: BaseException | None = None) -> logging.LogRecord:
    trace: Any = (type(error), error, error.__traceback__) if error else None
    return logging.LogRecord("vv_desktop", logging.WARNING, "file.py", 1, message, arguments, trace)


def test_H18_a_name_cannot_forge_a_line_of_the_log() -> None:
    name = "a.jpg\n2026-01-01 00:00:00,000 ERROR vv_desktop: forged\x1b[31m\r\udc80"
    (line,) = written(record_of("not read: %s", name))
    assert line.endswith("not read: a.jpg\\n2026-01-01 00:00:00,000 ERROR vv_desktop: forged\\x1b[31m\\r\\udc80")
    try:
        raise ValueError(name)
    except ValueError as error:
        first, *trace = written(record_of("failed", error=error))
    assert first.endswith("failed")
    assert len(trace) >= 4
    assert all(line.startswith("  | ") for line in trace)


def test_H18_the_home_folder_is_not_told_and_lines_are_capped() -> None:
    (line,) = written(record_of("opened %s", Path.home() / "photos" / ("x" * 10_000)))
    assert str(Path.home()) not in line
    assert "opened ~/photos/xxx" in line
    assert len(line) <= 2_000


def test_the_log_stays_small(tmp_path: Path) -> None:
    done = process(tmp_path, "for i in range(2500): logging.warning('%s', 'y' * 1900)\nrecord.close()")
    assert done.returncode == 0, done.stderr
    sizes = [path.stat().st_size for path in tmp_path.glob(f"{LOG_NAME}*")]
    assert len(sizes) == OLD_LOGS + 1
    assert max(sizes) <= LOG_BYTES


def test_a_clean_end_leaves_no_report(tmp_path: Path) -> None:
    assert process(tmp_path, "record.close()").returncode == 0
    assert reports_of_crashes(tmp_path) == ()
    assert [path.name for path in tmp_path.iterdir()] == [LOG_NAME]


def test_A19_a_segmentation_fault_leaves_its_stack(tmp_path: Path) -> None:
    done = process(tmp_path, "def down():\n    os.kill(os.getpid(), signal.SIGSEGV)\ndown()")
    assert done.returncode == -signal.SIGSEGV
    (report,) = reports_of_crashes(tmp_path)
    text = report.read_text(encoding="utf-8")
    assert "Fatal Python error: Segmentation fault" in text
    assert "in down" in text
    assert "WARNING vv_desktop.test: opened ~/photos" in text
    assert str(Path.home()) not in text
    assert reports_of_crashes(tmp_path) == (), "it is told once"
    assert crash_reports(tmp_path) == [report]


def test_a_kill_leaves_a_report_without_a_stack(tmp_path: Path) -> None:
    for _ in range(REPORTS + 1):
        assert process(tmp_path, "os.kill(os.getpid(), signal.SIGKILL)").returncode == -signal.SIGKILL
    found = reports_of_crashes(tmp_path)
    assert len(found) == REPORTS + 1
    assert len(crash_reports(tmp_path)) == REPORTS
    assert "No stack was left" in crash_reports(tmp_path)[0].read_text(encoding="utf-8")


def test_a_second_window_is_no_crash(tmp_path: Path) -> None:
    record = Record(tmp_path)
    done = process(tmp_path, "from vv_desktop.incidents import reports_of_crashes\n"
                   f"print(reports_of_crashes(Path({str(tmp_path)!r})))\nrecord.close()")  # fmt: skip
    record.close()
    assert done.stdout == "()\n", done.stderr
    assert reports_of_crashes(tmp_path) == ()


def test_a_folder_that_cannot_be_written_stops_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    done = process(tmp_path / "file" / "logs", "record.close()\nprint('here')")
    assert (done.returncode, done.stdout) == (0, "here\n"), done.stderr
    assert "WARNING vv_desktop.test: opened" in done.stderr


@pytest.fixture
def logs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    from vv_desktop.core.user_folders import user_logs

    user_logs().mkdir(parents=True)
    return user_logs()


def test_doctor_tells_the_last_errors_and_reports(logs: Path) -> None:
    process(logs, "logging.error('one\\ntwo')\nlogging.info('fine')\nos.abort()")
    assert len(reports_of_crashes(logs)) == 1
    environment = {**os.environ, "XDG_STATE_HOME": str(logs.parents[1])}
    command = [sys.executable, "-m", "vv_desktop", "doctor", "--json"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True, env=environment)
    answer = json.loads(done.stdout)
    assert answer["last errors"][-1].endswith("ERROR root: one\\ntwo")
    assert len(answer["crash reports"]) == 1
    assert str(Path.home()) not in done.stdout
    assert last_errors(logs, 1) == answer["last errors"][-1:]


def test_the_next_start_offers_the_report_and_diagnostics_can_be_copied(
    logs: Path, tmp_path: Path, qapp: QApplication, qtbot: QtBot
) -> None:
    process(logs, "os.abort()")
    reports = reports_of_crashes(logs)
    app = App(qapp, Settings(QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat)))
    try:
        app.window.crash.offer(())
        app.start([])
        assert not app.window.crash.isVisible()
        app.window.crash.offer(reports)
        assert app.window.crash.isVisible()
        app.window.crash.show_report.click()
        sheet = app.window.findChild(TextSheet)
        assert "Fatal Python error: Aborted" in sheet.text.toPlainText()
        app.window.crash.dismiss.click()
        assert not app.window.crash.isVisible()
        QGuiApplication.clipboard().setText("")
        app.window.actions_by_name["diagnostics"].trigger()
        qtbot.waitUntil(lambda: QGuiApplication.clipboard().text().startswith("vv_desktop: "), timeout=30_000)
        text = QGuiApplication.clipboard().text()
        assert "\ncrash reports:\n  " in text
        assert "\nlast errors: none" in text or "\nlast errors:\n  " in text
    finally:
        app.window.close()
        app.shut_down()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_end_of_the_session_is_no_crash(logs: Path, tmp_path: Path, number: signal.Signals) -> None:
    places = {f"XDG_{kind}_HOME": str(tmp_path / kind.lower()) for kind in ("STATE", "CONFIG", "CACHE")}
    environment = {**os.environ, **places, "QT_QPA_PLATFORM": "offscreen"}
    command = [sys.executable, "-m", "vv_desktop"]
    with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True) as window:
        end = time.monotonic() + 60
        while not list(logs.glob("running-*.txt")) and time.monotonic() < end:
            time.sleep(0.05)
        window.send_signal(number)
        _, said = window.communicate(timeout=30)
    assert (window.returncode, said) == (0, "")
    assert reports_of_crashes(logs) == ()
