"""Help > Copy diagnostics: what whoever helps wants to know, into the clipboard and nowhere else."""

from typing import Any

from PySide6.QtGui import QGuiApplication

from vv_desktop import tasks
from vv_desktop.jobs import Jobs
from vv_desktop.session import Message, Session


def copy_diagnostics(session: Session, jobs: Jobs) -> None:
    """Find out in the background, copy, and say so."""

    def copied(answer: dict[str, Any]) -> None:
        QGuiApplication.clipboard().setText(tasks.diagnosis.in_lines(answer))
        session.said.emit(Message("Diagnostics copied: versions, folders and the last errors, no pictures"))

    jobs.start(
        tasks.diagnosis.diagnose,
        name="Looking at this machine",
        lane="predict",
        on_done=copied,
        on_failed=lambda failure: session.said.emit(Message(failure.sentence, error=True)),
    )
