"""An average is asked about photos: the mean of what its runs' networks answer."""

import dataclasses
import shutil
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest

from vv_desktop import tasks
from vv_desktop.core.averages import average_runs
from vv_desktop.core.classes import ClassList
from vv_desktop.core.errors import UserError
from vv_desktop.core.progress import Event, Predicted
from vv_desktop.core.project import Project
from vv_desktop.core.runs import find_run, save_run
from vv_desktop.workers import Flags, WorkerProgress


def test_an_average_answers_with_the_mean_by_class_name(trained_copy: Path) -> None:
    """The second run has the same network and says that its outputs are other classes."""
    project = Project.open(trained_copy)
    dataset, photo = project.dataset(), project.path_of(1)
    project.close()
    one = find_run(trained_copy / "runs", None)
    shutil.copytree(one.folder, one.folder.with_name("other"))
    names = one.classes.names
    turned = ClassList((*names[1:], names[0]))
    other = dataclasses.replace(one, folder=one.folder.with_name("other"), classes=turned)
    save_run(other)
    average = average_runs((one, other), dataset, None, datetime.now())
    heard: list[Event] = []
    tasks.predict([photo, photo.with_name("none.jpg")], average, progress=WorkerProgress(Flags(), heard.append))
    tasks.predict([photo], one, progress=WorkerProgress(Flags(), heard.append))
    of_average, unreadable, alone = (event.answer for event in heard if isinstance(event, Predicted))
    assert unreadable.error is not None
    assert alone.probabilities is not None
    p = np.array(alone.probabilities)
    np.testing.assert_allclose(of_average.probabilities, (p + np.roll(p, 1)) / 2, atol=1e-6)
    stored = average.predictions().of(np.array([1]))[1][0]
    np.testing.assert_allclose(of_average.probabilities, stored, atol=1e-3)
    with pytest.raises(UserError, match="ask one of its runs"):
        tasks.explain(photo, average, progress=WorkerProgress(Flags(), heard.append))
