"""The Twins page. Near-duplicates, leaks between the splits, conflicts."""

from collections.abc import Mapping
from pathlib import Path

from PySide6.QtWidgets import QVBoxLayout, QWidget

from vv_desktop.jobs import Jobs
from vv_desktop.session import Session
from vv_desktop.ui.empty_state import EmptyState
from vv_desktop.ui.theme import Theme


class TwinsPage(QWidget):
    """Lives on the window's thread; no signals."""

    def __init__(
        self, session: Session, jobs: Jobs, theme: Theme, resources: Path, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        layout = QVBoxLayout(self)
        layout.addWidget(EmptyState("Twins", "Near-duplicates, leaks between the splits, conflicts.", ""))

    def state(self) -> dict[str, object]:
        """What it wants to be remembered, as plain JSON values."""
        return {}

    def restore(self, state: Mapping[str, object]) -> None:
        """What `state` gave."""
