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


def test_runs_that_share_a_backbone_are_exported_as_one_file(trained_copy: Path, tmp_path: Path) -> None:
    quiet = WorkerProgress(Flags(), lambda event: None)
    project = Project.open(trained_copy)
    dataset, photo = project.dataset(), project.path_of(1)
    project.close()
    one = find_run(trained_copy / "runs", None)
    names = one.classes.names
    other = dataclasses.replace(
        one, folder=one.folder.with_name("other"), classes=ClassList((*names[1:], names[0])), calibration=None
    )
    shutil.copytree(one.folder, other.folder)
    save_run(other)
    average = average_runs((one, other), dataset, None, datetime.now())
    exported = tasks.export(average, dataset, tmp_path / "out", ("fp32",), trained_copy, progress=quiet)
    assert exported.files[0].top1_agreement == 1.0
    answers: list[Event] = []
    hear = WorkerProgress(Flags(), answers.append)
    tasks.predict([photo], average, progress=hear)
    tasks.predict([photo], exported.files[0].path, progress=hear)
    inside, outside = (event.answer.probabilities for event in answers if isinstance(event, Predicted))
    assert inside is not None
    assert outside is not None
    np.testing.assert_allclose(outside, inside, atol=1e-4)

    tuned = dataclasses.replace(one, folder=one.folder.with_name("tuned"), plan=one.plan.changed(fine_tune_epochs=1))
    shutil.copytree(one.folder, tuned.folder)
    save_run(tuned)
    refused = average_runs((one, tuned), dataset, None, datetime.now())
    with pytest.raises(UserError, match="fine-tuned: quick"):
        tasks.export(refused, dataset, tmp_path / "none", ("fp32",), trained_copy, progress=quiet)
    assert not (tmp_path / "none").exists()
