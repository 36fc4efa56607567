"""One seeded monkey in a whole app of toy vehicles, and what must be true after it."""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from tests.window.complaints import heard_complaints
from tests.window.monkey import Monkey
from tests.window.whole_app import wait_until, whole_app
from vv_desktop.app import App
from vv_desktop.core.project import Project
from vv_desktop.core.runs import list_runs


@dataclass(frozen=True)
class Outcome:
    """What a monkey left. `faults`: sentences and tracebacks; none is wanted. `last`: its last acts, oldest first."""

    faults: tuple[str, ...]
    last: tuple[str, ...]
    edits: int
    runs: int


def run_monkey(folder: Path, seed: int, count: int) -> Outcome:
    """Let it do `count` things to the project in `folder`; settings, diary and what it saves are kept there too."""
    with (
        heard_complaints() as complaints,
        (folder / "diary.txt").open("w") as diary,
        whole_app(folder, folder / "project") as app,
    ):
        monkey = Monkey(app, folder, seed, diary)
        done = 0
        while done < count and not complaints:
            monkey.act(min(50, count - done))
            done += 50
        last = tuple(monkey.last)
        faults = [] if complaints else _compare(app, folder / "project")
    project = Project.open(folder / "project")
    edits = len(project.store.journal())
    project.close()
    return Outcome((*complaints, *faults), last, edits, len(list_runs(project.runs_folder)[0]))


def _compare(app: App, folder: Path) -> list[str]:
    """The open project, the store read anew and what the Browse page counts are the same."""
    for job in tuple(app.jobs.running):
        job.cancel()
    wait_until(lambda: not app.jobs.running)
    app.window.show()
    current = app.session.project
    if current is None or current.folder != folder.resolve():
        app.window.opening.open_paths([folder])
        wait_until(lambda: app.session.project is not None and not app.window.opening.busy)
    project = app.session.project
    assert project is not None
    app.window.show_page("browse")
    browse = app.window.pages.browse
    browse.bar.clear()
    browse.bar.histogram.setChecked(True)
    wait_until(lambda: not app.jobs.running)
    shown = {label: bar.figure for label, bar in browse.histogram.bars.items()}
    if not browse.histogram.dial.isHidden():
        shown |= {name: side.note for name, side in browse.histogram.dial.sides.items()}
    before = project.classes, dict(project.images)
    app.session.close_project()
    reopened = Project.open(folder)
    stored, classes = dict(reopened.images), reopened.classes
    reopened.close()
    found = []
    if (classes, stored) != before:
        found.append("the open project was not what its store holds")
    counts = Counter(row.label for row in stored.values())
    if shown != {label: f"{counts[label]:,}" for label in (*classes.names, None)}:
        found.append(f"Browse counted {shown}; the store has {counts}")
    return found
