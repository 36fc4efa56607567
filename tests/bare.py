"""An environment that has NumPy and LiteRT and nothing else, as a device that checks an export has."""

import subprocess
import sys
import sysconfig
from pathlib import Path

PACKAGES = ("numpy", "numpy.libs", "ai_edge_litert")


def make_bare(folder: Path) -> Path:
    """Links to the packages of this environment, in `folder`; it is to be the only place that packages come from."""
    site = Path(sysconfig.get_paths()["purelib"])
    for name in PACKAGES:
        if (site / name).exists():
            (folder / name).symlink_to(site / name)
    return folder


def run_bare(bare: Path, code: str) -> "subprocess.CompletedProcess[str]":
    """Run Python, isolated and without its own site-packages."""
    command = [sys.executable, "-I", "-S", "-c", f"import sys; sys.path.append({str(bare)!r}); {code}"]
    return subprocess.run(command, capture_output=True, text=True, cwd="/", check=False)


def check(bare: Path, export: Path) -> tuple[int, str]:
    """Run the check.py of an export there: its status, and what it says."""
    done = run_bare(bare, f"import runpy; runpy.run_path({str(export / 'check.py')!r}, run_name='__main__')")
    return done.returncode, done.stdout.strip() or done.stderr.strip()
