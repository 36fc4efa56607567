"""The wheel carries icons, style and labels.txt: installed outside the tree, it opens the window."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PROGRAM = """
from PySide6.QtCore import QSettings
from PySide6.QtWidgets import QApplication
application = QApplication(["test"])
import vv_desktop
from vv_desktop.app import App
from vv_desktop.core.bundled import bundled_labels
from vv_desktop.ui.settings import Settings
app = App(application, Settings(QSettings("settings.ini", QSettings.Format.IniFormat)))
app.start([])
application.processEvents()
print(vv_desktop.__file__, app.window.isVisible(), bundled_labels().read_text().split()[0])
app.shut_down()
"""


def test_installed_wheel_opens_the_window(tmp_path: Path) -> None:
    """The environment is empty but for the wheel; the libraries it depends on are lent to it by a path."""
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(tmp_path), str(ROOT)]
    subprocess.run(build, check=True, capture_output=True, cwd=tmp_path)
    (wheel,) = tmp_path.glob("*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    assert "vv_desktop/resources/labels.txt" in names
    assert "vv_desktop/resources/style.qss" in names
    assert not [name for name in names if name.startswith("tests/")]
    environment = tmp_path / "env"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(environment)], check=True)
    (site,) = environment.glob("lib/python*/site-packages")
    zipfile.ZipFile(wheel).extractall(site)
    lent = [p for p in sys.path if p.endswith("site-packages")]
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    done = subprocess.run(
        [str(environment / "bin" / "python"), "-c", f"import sys; sys.path.extend({lent!r})\n{PROGRAM}"],
        cwd=folder, capture_output=True, text=True,
        env={**os.environ, "PYTHONPATH": "", "QT_QPA_PLATFORM": "offscreen"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    file, visible, label = done.stdout.split()
    assert Path(file).is_relative_to(environment)
    assert (visible, label) == ("True", "Front")
