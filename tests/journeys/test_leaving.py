"""Close the window in the middle of anything: status 0, nothing left running, no complaint of Qt."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = """
import sys
from pathlib import Path
from PySide6.QtCore import QTimer
import vv_desktop.ui.main_window as main_window
main_window.MainWindow.__init__.__defaults__ = (lambda *_: True,)
import vv_desktop.app as app
project, page, milliseconds = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
start = app.App.start
def started(self, paths):
    start(self, paths)
    def go():
        if self.session.project is None:
            return
        timer.stop()
        self.window.show_page(page)
        if page == "train":
            self.window.pages.train.start_training()
        if page == "predict":
            photos = [self.session.project.path_of(i) for i in self.session.project.images]
            self.window.pages.predict.predict_paths(photos)
            self.window.pages.predict.watch.watch(project)
        QTimer.singleShot(milliseconds, self.window.close)
    timer = QTimer(self.window, interval=10)
    timer.timeout.connect(go)
    timer.start()
app.App.start = started
sys.exit(app.run([project]))
"""


def children_of(pid: int) -> list[str]:
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue
        if int(fields[1]) == pid:
            found.append(stat.parent.name)
    return found


@pytest.mark.parametrize(
    ("page", "milliseconds"),
    [
        ("browse", 0),
        ("browse", 150),
        ("predict", 60),
        ("predict", 400),
        ("train", 0),
        ("train", 700),
        ("train", 3000),
        ("train", 9000),
    ],
)
def test_close_at_any_moment_exits_0(trained_copy: Path, page: str, milliseconds: int) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(trained_copy), page, str(milliseconds)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={**os.environ, "QT_QPA_PLATFORM": "offscreen"},
        start_new_session=True,
    )  # fmt: skip
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0, out + err
    for word in ("Destroyed while", "Traceback", "QObject", "QThread", "already deleted"):
        assert word not in err, err
    with pytest.raises(ProcessLookupError):
        os.killpg(process.pid, 0)
