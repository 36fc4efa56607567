"""What the app remembers between starts, as one JSON document: QSettings alone gives back strings."""

import json
from typing import Any

from PySide6.QtCore import QSettings

KEY = "state"
RECENT = 10


class Settings:
    """Owns the document. Lives on the window's thread. Whatever cannot be read counts as never written."""

    def __init__(self, store: QSettings) -> None:
        self._store = store
        self.values = self._read()

    def save(self) -> None:
        """Keep the document; a disk that refuses is no reason to stop."""
        self._store.setValue(KEY, json.dumps(self.values))
        self._store.sync()

    def part(self, name: str) -> dict[str, Any]:
        """The part of the document that belongs to one page; empty if there is none."""
        part = self.values.get(name)
        return part if isinstance(part, dict) else {}

    @property
    def recent(self) -> list[tuple[str, str]]:
        """Name and folder of the projects opened last, newest first."""
        rows = self.values.get("recent", [])
        return [(str(row[0]), str(row[1])) for row in rows if isinstance(row, list) and len(row) == 2]

    def opened(self, name: str, folder: str) -> None:
        """Put a project on top of the recent ones."""
        rest = [[n, f] for n, f in self.recent if f != folder]
        self.values["recent"] = [[name, folder], *rest][:RECENT]
        self.save()

    def forget(self, folder: str) -> None:
        """Take a project off the recent ones."""
        self.values["recent"] = [[n, f] for n, f in self.recent if f != folder]
        self.save()

    def _read(self) -> dict[str, Any]:
        try:
            values = json.loads(str(self._store.value(KEY, "{}")))
        except ValueError:
            return {}
        return values if isinstance(values, dict) else {}
