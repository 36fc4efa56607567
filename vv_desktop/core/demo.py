"""The demo project: toy vehicles drawn at first use, 5 % of them labelled wrongly on purpose."""

from pathlib import Path

from vv_desktop.core.errors import UserError
from vv_desktop.core.importing import create_project, read_sources
from vv_desktop.core.progress import Progress, Step
from vv_desktop.core.project import PROJECT_NAME, is_project
from vv_desktop.core.toys import write_toys

COUNT = 300


def make_demo(folder: Path, progress: Progress, count: int = COUNT) -> Path:
    """The demo project below `folder`, drawn and created unless it is there. Raises UserError.

    The wrong labels are listed in wrong_labels.csv, so that what finds them can be judged.
    """
    project = folder / PROJECT_NAME
    if is_project(project):
        return project
    if folder.exists() and not folder.is_dir():
        raise UserError(f"The demo needs a folder; received a file: {folder}")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        write_toys(folder, count, report=lambda done, total: progress.report(Step("Drawing toy vehicles", done, total)))
    except OSError as error:
        raise UserError(f"The demo cannot be written ({error.strerror}): {folder}") from error
    return create_project(read_sources([folder], None, progress), project, progress)
