"""The ranking of the open project: the one that was kept is read in the background, a new one is made on demand."""

from vv_desktop import tasks
from vv_desktop.core.suspects import Suspects
from vv_desktop.ui.finding import Finding


class Ranking(Finding):
    """Owns the jobs that read and make rankings; the ranking itself is the session's. Window's thread, app's life.

    Signals: as of `Finding`.
    """

    def make(self) -> None:
        """Rank the images by their labels as they are now; nothing if that is under way already."""
        project = self._session.project
        if project is not None and not self.running:
            self._make(
                tasks.review.find_suspects, project.dataset(), project.folder, self._weights(),
                name="Finding suspects", on_done=self._session.show_suspects,
            )  # fmt: skip

    def read_kept(self) -> None:
        """Have the ranking that was kept read."""
        project = self._session.project
        if project is not None:
            self._read(
                tasks.review.load_suspects, project.folder, project.classes,
                name="Reading the ranking", on_done=self._take_kept,
            )  # fmt: skip

    def _take_kept(self, suspects: Suspects) -> None:
        if self._session.suspects is None:
            self._session.show_suspects(suspects)
