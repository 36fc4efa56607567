"""An average is asked about photos: the mean of what its runs' networks answer."""

import dataclasses
import shutil
from datetime import datetime
from pathlib import Path

import keras
import numpy as np
import pytest

from vv_desktop import tasks
from vv_desktop.core.averages import average_runs
from vv_desktop.core.classes import ClassList
from vv_desktop.core.errors import UserError
from vv_desktop.core.progress import Event, Predicted
from vv_desktop.core.project import Project
from vv_desktop.core.runs import find_run, save_run
from vv_desktop.ml.conversion import load
from vv_desktop.ml.joined import join_models, joined
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
    tasks.answers.predict([photo, photo.with_name("none.jpg")], average, progress=WorkerProgress(Flags(), heard.append))
    tasks.answers.predict([photo], one, progress=WorkerProgress(Flags(), heard.append))
    of_average, unreadable, alone = (event.answer for event in heard if isinstance(event, Predicted))
    assert unreadable.error is not None
    assert alone.probabilities is not None
    p = np.array(alone.probabilities)
    np.testing.assert_allclose(of_average.probabilities, (p + np.roll(p, 1)) / 2, atol=1e-6)
    stored = average.predictions().of(np.array([1]))[1][0]
    np.testing.assert_allclose(of_average.probabilities, stored, atol=1e-3)
    with pytest.raises(UserError, match="ask one of its runs"):
        tasks.answers.explain(photo, average, progress=WorkerProgress(Flags(), heard.append))


def classifier(seed: int, backbone: int = 0) -> keras.Model:
    """Two classes, by layers that are called as those of a run are."""
    start = tensor = keras.Input((8, 8, 3))
    kernel = keras.initializers.HeNormal(backbone)
    tensor = keras.layers.Conv2D(4, 3, activation="relu", kernel_initializer=kernel, name="backbone")(tensor)
    tensor = keras.layers.GlobalAveragePooling2D(name="pool")(tensor)
    tensor = keras.layers.Dense(5, "relu", kernel_initializer=keras.initializers.HeNormal(seed), name="hidden")(tensor)
    kernel = keras.initializers.HeNormal(seed + 1)
    tensor = keras.layers.Dense(2, "softmax", kernel_initializer=kernel, name="probabilities")(tensor)
    return keras.Model(start, tensor)


def test_runs_that_share_a_backbone_become_one_model(tmp_path: Path) -> None:
    models = [classifier(1), classifier(7)]
    pixels = np.random.default_rng(0).random((5, 8, 8, 3)).astype(np.float32)
    first, second = (np.asarray(model(pixels)) for model in models)
    for number, model in enumerate(models):
        model.save(tmp_path / f"{number}.keras")
    request = {
        "sources": [str(tmp_path / f"{number}.keras") for number in range(2)],
        "columns": [[0, 1], [1, 0]],
        "out": str(tmp_path / "out.keras"),
    }
    join_models(request, lambda *_: None)
    one = load(tmp_path / "out.keras")
    np.testing.assert_allclose(np.asarray(one(pixels)), (first + second[:, ::-1]) / 2, atol=1e-6)
    sizes = [sum(np.prod(w.shape) for w in model.get_layer("backbone").get_weights()) for model in (one, models[0])]
    assert sizes[0] == sizes[1], "the backbone is in it once"
    with pytest.raises(UserError, match="do not share the weights of their backbone"):
        joined([classifier(1), classifier(1, backbone=3)], [[0, 1], [0, 1]])


def test_an_average_of_fine_tuned_runs_is_no_one_file(trained_copy: Path, tmp_path: Path) -> None:
    project = Project.open(trained_copy)
    dataset = project.dataset()
    project.close()
    one = find_run(trained_copy / "runs", None)
    tuned = dataclasses.replace(one, folder=one.folder.with_name("tuned"), plan=one.plan.changed(fine_tune_epochs=1))
    shutil.copytree(one.folder, tuned.folder)
    save_run(tuned)
    average = average_runs((one, tuned), dataset, None, datetime.now())
    quiet = WorkerProgress(Flags(), lambda event: None)
    with pytest.raises(UserError, match="fine-tuned: quick"):
        tasks.answers.export(average, dataset, tmp_path / "none", ("fp32",), trained_copy, True, (), progress=quiet)
    assert not (tmp_path / "none").exists()
