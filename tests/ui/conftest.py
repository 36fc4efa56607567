"""What the tests of every page share: jobs that must end, and a session with the page's own project."""

from collections.abc import Iterator

import pytest
from PySide6.QtWidgets import QApplication

from vv_desktop.core.bundled import resources_folder
from vv_desktop.core.project import Project
from vv_desktop.jobs import Jobs
from vv_desktop.session import Session
from vv_desktop.ui import theme


@pytest.fixture
def jobs(qapp: QApplication) -> Iterator[Jobs]:
    """Real jobs; every thread must end with the test."""
    found = Jobs()
    yield found
    assert found.shutdown()


@pytest.fixture
def session(qapp: QApplication, project: Project) -> Iterator[Session]:
    """The fixture `project` of the folder, open."""
    theme.apply_theme(qapp, theme.LIGHT, resources_folder())
    found = Session()
    found.open(project)
    yield found
    found.close_project()
