"""Removes each guard, one at a time, in a copy of the tree, and runs the tests that should notice.

    python -m tests.mutations [WORD ...] [--record]

A guard whose removal leaves every test green is not guarded. --record: the table of docs/reliability.md.
"""

import argparse
import os
import re
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

TIMEOUT = 300
"""Seconds after which tests that do not end have noticed, too."""
ROOT = Path(__file__).resolve().parent.parent
TABLE = ROOT / "docs" / "reliability.md"
HEAD = "| removed | from | what turned red |\n|---|---|---|"


@dataclass(frozen=True)
class Mutation:
    """One guard: `before`, which stands once in `file`, becomes `after`; `tests` should turn red."""

    guard: str
    file: str
    before: str
    after: str
    tests: tuple[str, ...]


FILES = ("tests/core/test_files.py",)
LOOKING = ("tests/core/test_looking.py",)
REPLACED = ("tests/faults/test_replaced_project.py",)
STORE = ("tests/core/test_store.py", "tests/faults/test_store.py")
METADATA = ("tests/core/test_metadata.py",)
ODD = ("tests/core/test_import_oddities.py",)
EXPORTS = ("tests/core/test_label_export.py",)
GUARDS = (
    Mutation("fsync of a file", "core/files.py", "            _flush(temporary)\n", "", FILES),
    Mutation("fsync of its folder", "core/files.py", "            _flush_folder(target.parent)\n", "", FILES),
    Mutation(
        "temporary file, then rename", "core/files.py", "        yield temporary\n", "        yield target\n", FILES
    ),
    Mutation("rollback", "core/store.py", 'self._db.execute("ROLLBACK")\n                raise', "raise", STORE),
    Mutation("one transaction", "core/store.py", 'self._db.execute("BEGIN IMMEDIATE")', "pass", STORE),
    Mutation("durable commit", "core/store_file.py", "PRAGMA synchronous = FULL", "PRAGMA synchronous = OFF", STORE),
    Mutation(
        "exclusive lock",
        "core/store_file.py",
        "PRAGMA locking_mode = EXCLUSIVE",
        "PRAGMA locking_mode = NORMAL",
        LOOKING,
    ),
    Mutation("read-only", "core/store.py", "        self.check_writable()\n", "", LOOKING),
    Mutation("-wal of a held store", "core/looking.py", "shutil.copyfile(wal, ", "(lambda *_: 0)(wal, ", LOOKING),
    Mutation("same file as opened", "core/store.py", "identity(self.path) != self._file", "False", REPLACED),
    Mutation("same project as opened", "core/project.py", ".id != self.id", ".id is None", REPLACED),
    Mutation("no foreign -wal", "core/store_file.py", "            wal.rename(", "            str(", REPLACED),
    Mutation("checksum of a row", "core/store_schema.py", "row[0] != checksum(*row[1:])", "False", STORE),
    Mutation("newer format refused", "core/store_schema.py", "if version > SCHEMA:", "if False:", STORE),
    Mutation(
        "cancel",
        "workers.py",
        "        if self._flags.cancel.is_set():\n            raise Interrupted",
        "        if False:\n            raise Interrupted",
        ("tests/test_workers.py", "tests/test_jobs.py"),
    ),
    Mutation("allow-list of formats", "core/pixels.py", ", formats=FORMATS)", ")", ("tests/core/test_pixels.py",)),
    Mutation("no memory map", "core/pixels.py", '    image.filename = ""\n', "", ("tests/core/test_pixels.py",)),
    Mutation("bound of pixels", "core/pixels.py", "width * height > most or ", "", ("tests/core/test_pixels.py",)),
    Mutation(
        "regular files only",
        "core/pixels.py",
        "not stat.S_ISREG(status.st_mode)",
        "False",
        ("tests/core/test_pixels.py",),
    ),
    Mutation(
        "plain text in one line",
        "ui/elided_label.py",
        "        self.setTextFormat(Qt.TextFormat.PlainText)\n",
        "",
        ("tests/ui", "tests/journeys/test_accessibility.py"),
    ),
    Mutation(
        "plain text in the inspector",
        "ui/browse/inspector.py",
        "            label.setTextFormat(Qt.TextFormat.PlainText)\n",
        "",
        ("tests/journeys/test_markup_journey.py",),
    ),
    Mutation("plain text in tooltips", "ui/words.py", "{html.escape(shown(text))}", "{shown(text)}", ("tests/ui",)),
    Mutation(
        "classes of a run",
        "core/runs.py",
        'if record.pop("classes_digest") != classes.digest:',
        'if record.pop("classes_digest") == "":',
        ("tests/core/test_class_lock.py", "tests/ml/test_training.py"),
    ),
    Mutation(
        "log of one line a record", "core/logbook.py", "[printable(message)", "[message", ("tests/test_incidents.py",)
    ),
    Mutation(
        "broken EXIF is passed over",
        "core/pixels.py",
        "    except Exception:  # Pillow raises SyntaxError, ValueError, struct.error …\n        return 1",
        "    except KeyError:\n        return 1",
        METADATA,
    ),
    Mutation("metadata stays here", "core/pixels.py", "            picture.info = {}", "            pass", METADATA),
    Mutation(
        "golden pictures without metadata", "core/plain_picture.py", "        if _is_needed(", "        if (", METADATA
    ),
    Mutation(
        "changed files are kept",
        "core/label_export.py",
        "        return None\n    number = 1",
        "        pass\n    return None",
        EXPORTS,
    ),
    Mutation(
        "archives are refused",
        "core/importing.py",
        "path.suffix.lower() in _ARCHIVES or is_zipfile(path)",
        "False",
        ODD,
    ),
    Mutation(
        "files outside are listed", "core/import_checks.py", "if not real.is_relative_to(real_root):", "if False:", ODD
    ),
    Mutation(
        "names that labels.txt cannot hold", "core/import_checks.py", "not fits_labels_txt(i.wanted)", "False", ODD
    ),
    Mutation(
        "limits of a child",
        "workers.py",
        'if "limits" in message["request"]:',
        "if False:",
        ("tests/ml/test_limits.py",),
    ),
    Mutation(
        "thumbnails of a project that is gone",
        "ui/browse/thumbnail_loader.py",
        "        self._job.cancel()\n        self._pictures.clear()",
        "        self._job.done()\n        self._pictures.clear()",
        ("tests/ui/browse/test_recycled_cells.py",),
    ),
    Mutation(
        "collection on the window's thread", "collector.py", "        gc.disable()\n", "", ("tests/test_collector.py",)
    ),
    Mutation(
        "listeners are let go on the window's thread",
        "jobs.py",
        "        finally:\n            job.forget_listeners()",
        "        finally:\n            pass",
        ("tests/test_collector.py",),
    ),
    Mutation(
        "no collection during an import", "ml/starting.py", "    gc.disable()\n", "", ("tests/ml/test_starting.py",)
    ),
)


def main() -> None:
    """Try them and print a row each; the exit status is 1 if a removal was not noticed."""
    parser = argparse.ArgumentParser("python -m tests.mutations", description=__doc__)
    parser.add_argument("words", nargs="*", help="only guards whose name has one of these words")
    parser.add_argument("--record", action="store_true", help="write the rows of docs/reliability.md")
    options = parser.parse_args()
    chosen = [one for one in GUARDS if not options.words or any(word in one.guard for word in options.words)]
    rows = {}
    with tempfile.TemporaryDirectory() as folder:
        tree = Path(folder)
        copy_tree(tree)
        for one in chosen:
            red = noticed_by(one, tree)
            rows[one.guard] = f"| {one.guard} | `{one.file}` | {f'`{red}`' if red else '**nothing**'} |"
            print(rows[one.guard], flush=True)
    if options.record:
        record(rows)
    sys.exit(1 if any("**nothing**" in row for row in rows.values()) else 0)


def record(rows: dict[str, str]) -> None:
    """Put them in the place of the old rows of the same guards; guards that are no more lose theirs."""
    text = TABLE.read_text(encoding="utf-8")
    start = text.index(HEAD) + len(HEAD)
    end = text.index("\n\n", start)
    old = {line.split(" | ")[0].removeprefix("| "): line for line in text[start:end].splitlines() if line}
    kept = [row for one in GUARDS if (row := rows.get(one.guard) or old.get(one.guard))]
    TABLE.write_text(text[:start] + "\n" + "\n".join(kept) + text[end:], encoding="utf-8")


def copy_tree(tree: Path) -> None:
    """Every file that git knows, as it is now."""
    names = subprocess.check_output(["git", "ls-files", "-z"], cwd=ROOT, text=True).split("\0")
    for name in filter(None, names):
        if (ROOT / name).is_file():
            (tree / name).parent.mkdir(parents=True, exist_ok=True)
            (tree / name).write_bytes((ROOT / name).read_bytes())


def noticed_by(one: Mutation, tree: Path) -> str:
    """The test that failed first without the guard; empty if none did."""
    path = tree / "vv_desktop" / one.file
    text = path.read_text(encoding="utf-8")
    if text.count(one.before) != 1:
        raise SystemExit(f"{one.file} does not hold once what guards {one.guard!r}; received {one.before!r}")
    path.write_text(text.replace(one.before, one.after), encoding="utf-8")
    try:
        environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "PYTHONPATH": str(tree)}
        command = [sys.executable, "-m", "pytest", "-x", "-q", "-rfE", *one.tests]
        done = subprocess.run(
            command, cwd=tree, env=environment, capture_output=True, text=True, timeout=TIMEOUT, check=False
        )
    except subprocess.TimeoutExpired:
        return f"never ended ({TIMEOUT} s)"
    finally:
        path.write_text(text, encoding="utf-8")
    found = re.search(r"^(?:FAILED|ERROR) (?:\S*/)?(\S+?)(?: - .*)?$", done.stdout, re.MULTILINE)
    return found[1] if done.returncode == 1 and found else ""


if __name__ == "__main__":
    main()
