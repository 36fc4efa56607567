"""What can run in the background, a page long: the table of contents of the app.

Every task is `task(values..., progress) -> value`: plain values in, plain values out. `ml` is
imported inside the functions only, so that the window starts without TensorFlow.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from vv_desktop.core import runs
from vv_desktop.core.classes import ClassList
from vv_desktop.core.cluster import Cluster
from vv_desktop.core.dataset import Dataset
from vv_desktop.core.errors import UserError
from vv_desktop.core.plans import Plan
from vv_desktop.core.progress import Event, Predicted, Progress, Step
from vv_desktop.core.project import Project
from vv_desktop.core.training_request import TrainingRequest, save_request

if TYPE_CHECKING:
    from vv_desktop.core.arrays import Uint8Array
    from vv_desktop.core.averages import Gain
    from vv_desktop.core.comparison import Comparison
    from vv_desktop.core.duration import Cached
    from vv_desktop.core.heat import HeatMap
    from vv_desktop.core.import_plan import ImportPlan
    from vv_desktop.core.label_csv import Problem
    from vv_desktop.core.live import LiveHead
    from vv_desktop.core.samples import TrainingSample
    from vv_desktop.core.speeds import Speeds
    from vv_desktop.ml.export import Exported
    from vv_desktop.ml.verification import Verified


@dataclass(frozen=True)
class ThumbnailRequest:
    """A thumbnail that the grid wants: of which image, and where its file is."""

    image: int
    path: Path


@dataclass(frozen=True)
class ThumbnailReady(Event):
    """A thumbnail (height, width, 3) RGB, or the sentence that says why there is none."""

    image: int
    side: int
    pixels: Uint8Array | None
    problem: str | None


@dataclass(frozen=True)
class Picture:
    """A picture at screen size (height, width, 3) RGB, with its full size in pixels, format and bytes."""

    pixels: Uint8Array
    width: int
    height: int
    format: str
    bytes: int


def read_sources(sources: Sequence[Path], labels: Path | None, progress: Progress) -> ImportPlan:
    """What a folder or CSV files hold, with everything that could not be matched; nothing is written."""
    from vv_desktop.core.importing import read_sources

    return read_sources(sources, labels, progress)


def create_project(plan: ImportPlan, folder: Path, progress: Progress) -> Path:
    """A new project of what was read; its folder."""
    from vv_desktop.core.importing import create_project

    return create_project(plan, folder, progress)


def find_missing_folders(folders: Sequence[str], progress: Progress) -> tuple[str, ...]:
    """Those of these folders that are not there; asked here, as a sleeping network drive answers late."""
    return tuple(folder for folder in folders if not Path(folder).is_dir())


def find_photos(paths: Sequence[Path], progress: Progress) -> tuple[tuple[Path, ...], tuple[Problem, ...]]:
    """Files that were given and the photos in folders (and what is inside them), and what there is none, with reasons.

    Pictures in a format that has to be converted are among the photos: their answer is the sentence that says so.
    """
    from vv_desktop.core.folders import walk_images
    from vv_desktop.core.formats import CONVERT

    photos: list[Path] = []
    others: list[Problem] = []
    for path in paths:
        progress.check()
        if path.is_dir():
            inside, passed_over = walk_images(path)
            photos += inside
            for problem in passed_over:
                there = Path(problem.path)
                photos.append(there) if there.suffix.lower() in CONVERT else others.append(problem)
        else:
            photos.append(path)  # whatever it is: if it is no picture, its answer says so
    return tuple(dict.fromkeys(photos)), tuple(others)


def look_into_folder(folder: Path, progress: Progress) -> dict[str, tuple[int, int]]:
    """Size in bytes and time of change in ns of each photo in a folder, by name. Raises UserError if it is gone."""
    from vv_desktop.core.folders import photos_in

    return photos_in(folder)


def open_project(folder: Path, progress: Progress) -> Project:
    """The project in `folder`, every row checked. It is handed over whole: from here on it is the window's."""
    progress.report(Step("Checking the labels", 0, 1))
    return Project.open(folder)


def make_demo(folder: Path, progress: Progress) -> Path:
    """Draw the toy vehicles and make a project of them, or find the one that is there; its folder."""
    from vv_desktop.core.demo import make_demo

    return make_demo(folder, progress)


def load_thumbnails(requests: Sequence[ThumbnailRequest], side: int, cache: Path, progress: Progress) -> None:
    """Report a `ThumbnailReady` for each request, in order."""
    from vv_desktop.core.thumbnails import thumbnail

    for request in requests:
        pixels, problem = thumbnail(request.path, side, cache)
        progress.report(ThumbnailReady(request.image, side, pixels, problem))


def load_picture(path: Path, side: int, progress: Progress) -> Picture:
    """A picture with its longer side `side` at most. Raises ImageProblem."""
    import numpy as np

    from vv_desktop.core import pixels

    header = pixels.read_header(path)
    image = pixels.scaled(pixels.decode(path, at_least=side), side)
    return Picture(np.asarray(image), header.width, header.height, header.format, path.stat().st_size)


def train(
    dataset: Dataset, plan: Plan, project: Path, weights: Path | Literal["random"] | None, progress: Progress
) -> runs.Run:
    """Train, and keep the run in the project's folder. Raises UserError."""
    from vv_desktop.ml.training import train

    folder = runs.new_folder(project / "runs", plan, datetime.now())
    runs.save_labels(folder, dataset)
    save_request(folder, TrainingRequest.of(dataset, plan, weights))
    return train(dataset, plan, folder, project / "cache", user_cache(), weights, progress)


def train_together(
    dataset: Dataset,
    plan: Plan,
    project: Path,
    weights: Path | Literal["random"] | None,
    cluster: Cluster,
    progress: Progress,
) -> runs.Run | None:
    """The same with the other workers of a cluster, which call this too; the chief alone keeps it. Raises UserError."""
    from vv_desktop.ml import distributed
    from vv_desktop.ml.training import train

    replicas = distributed.joined(cluster, dataset, plan, progress)
    caches = (project / "cache", user_cache())
    if cluster.index:
        distributed.follow(dataset, plan, *caches, weights, replicas, progress)
        return None
    folder = runs.new_folder(project / "runs", plan, datetime.now())
    runs.save_labels(folder, dataset)
    save_request(folder, TrainingRequest.of(dataset, plan, weights))
    return distributed.lead(lambda: train(dataset, plan, folder, *caches, weights, progress, replicas), folder)


def did_it_help(
    before: Dataset,
    after: Dataset,
    plan: Plan,
    project: Path,
    weights: Path | Literal["random"] | None,
    progress: Progress,
) -> tuple[Comparison, runs.Run]:
    """Train by the same plan and seed on two versions of the labels and compare; the run on those after is kept.

    It is the one that "Train again" would make. The one before is of labels that nobody wants any more: its folder is
    in the cache, and removed. Raises UserError.
    """
    from vv_desktop.core.comparison import TrainingOn, compare
    from vv_desktop.ml.training import train as train_into

    cache = project / "cache"
    cache.mkdir(parents=True, exist_ok=True)
    for left in cache.glob("before-*"):  # by a comparison that was killed
        shutil.rmtree(left, ignore_errors=True)
    with tempfile.TemporaryDirectory(prefix="before-", dir=cache) as folder:
        progress.report(TrainingOn("before"))
        run = train_into(before, plan, Path(folder) / "run", cache, user_cache(), weights, progress)
        then = run.predictions()
    progress.report(TrainingOn("after"))
    run = train(after, plan, project, weights, progress)
    return compare(before, after, then, run.predictions()), runs.rename_run(run, f"{plan.name}, labels fixed")


def measure_machine(photos: Sequence[Path], progress: Progress) -> Speeds:
    """How fast this machine is, in about two seconds; photos: some of those that trainings will read."""
    from vv_desktop.ml.calibration import measured_speeds

    return measured_speeds(photos, progress)


def look_into_caches(
    dataset: Dataset,
    plans: Sequence[Plan],
    project: Path,
    weights: Path | Literal["random"] | None,
    progress: Progress,
) -> tuple[Cached, ...]:
    """What a training by each of these plans would not have to compute again. Raises UserError."""
    from vv_desktop.ml.kept import what_is_kept

    return tuple(what_is_kept(dataset, plan, weights, project / "cache", user_cache(), progress) for plan in plans)


def draw_samples(
    dataset: Dataset, plan: Plan, project: Path, seed: int, progress: Progress
) -> tuple[TrainingSample, ...]:
    """24 samples of the training set as the network would get them, drawn by `seed`. Raises UserError."""
    from vv_desktop.ml.samples import draw_samples

    return draw_samples(dataset, plan, project / "cache", seed, progress)


def retrain_head(
    dataset: Dataset,
    plan: Plan,
    project: Path,
    weights: Path | Literal["random"] | None,
    start: LiveHead | None,
    progress: Progress,
) -> LiveHead:
    """Train the live head on these labels, from where it was or from nothing; no run comes of it. Raises UserError."""
    from vv_desktop.ml.live import retrain_head

    return retrain_head(dataset, plan, project / "cache", user_cache(), weights, start, progress)


def predict(files: Sequence[Path], model: runs.Run | Path, progress: Progress) -> None:
    """What a run, or a model file, says of photos; reports `Predicted` for each as it comes, and keeps none.

    Needs no TensorFlow, but for a .keras file. A model file, which may be anybody's, is opened in a child process.
    """
    from vv_desktop.ml.foreign import predict_with_model
    from vv_desktop.ml.known import open_likeness
    from vv_desktop.ml.predictor import predict_averaged, predict_files

    if isinstance(model, Path):
        predict_with_model(files, model, progress)
        return
    if model.members:
        answers = predict_averaged(files, model, progress)
    else:
        likeness, size = open_likeness(model, user_cache(), progress), model.plan.image_size
        answers = predict_files(files, model.tflite_file, model.classes, size, progress, model.averaged, likeness)
    for answer in answers:
        progress.report(Predicted(answer))


def learn_known(run: runs.Run, dataset: Dataset, project: Path, progress: Progress) -> None:
    """Keep what the training photos of an older run look like. Raises UserError."""
    from vv_desktop.core.known import save_known
    from vv_desktop.ml.known import learn_known

    save_known(run.folder, learn_known(run, dataset, project / "cache", user_cache(), progress))


def average_runs(members: Sequence[runs.Run], dataset: Dataset, name: str | None, progress: Progress) -> runs.Run:
    """Keep the mean of these runs' predictions as a run that answers as they do together. Raises UserError."""
    from vv_desktop.core.averages import average_runs

    return average_runs(members, dataset, name, datetime.now())


def find_gain(average: runs.Run, dataset: Dataset, progress: Progress) -> Gain | None:
    """What averaging brought over the best of its runs. Raises UserError if one of them is gone."""
    from vv_desktop.core.averages import gain_over_best

    return gain_over_best(average, dataset)


def explain(photo: Path, run: runs.Run, progress: Progress) -> HeatMap:
    """What a run says of a photo, and where in it the evidence lies. Needs no TensorFlow.

    Raises UserError for a photo that cannot be read.
    """
    from vv_desktop.core.pixels import network_input
    from vv_desktop.ml.heat_map import HeatMapper, heat_map

    if run.members:
        raise UserError(f"An average has no place that its answer comes from; ask one of its runs: {run.name}")
    pixels = network_input(photo, run.plan.image_size)
    progress.check()
    return heat_map(HeatMapper(run.tflite_file), pixels, run.classes, run.averaged)


def describe_model(model: Path, progress: Progress) -> tuple[ClassList, str | None]:
    """The classes of a model file, by what stands beside it, and what has to be assumed of it. Raises UserError."""
    from vv_desktop.ml.foreign import classes_beside

    return classes_beside(model)


def export(
    run: runs.Run,
    dataset: Dataset,
    out: Path,
    formats: Sequence[str],
    project: Path,
    accept_failed_gate: bool,
    progress: Progress,
    gates: Sequence[str] = (),
) -> Exported:
    """Write an export folder, each file held against the model on every validation and test image.

    gates: other gates than the usual ones, as "int8=0.95". Where one fails, nothing is written unless accepted.
    An average is put into one model first; it is refused if its runs do not share a backbone.
    """
    from vv_desktop.core.proof import gates_with
    from vv_desktop.ml.averages import keep_model
    from vv_desktop.ml.export import export

    if run.members:
        keep_model(run, progress)
    return export(run, dataset, out, formats, project / "cache", gates_with(gates), accept_failed_gate, progress)


def verify(folder: Path, photos: Path | None, progress: Progress) -> Verified:
    """Whether an export folder is whole and answers as it did; with photos, a folder or CSV, the proof over them."""
    from vv_desktop.ml.verification import verify

    return verify(folder, photos, progress)


def describe_weights(progress: Progress) -> str:
    """Where each backbone's pretrained weights would come from, without downloading any."""
    from vv_desktop.core.backbones import BACKBONES
    from vv_desktop.ml.weights import found_locally

    found = {name: found_locally(0, progress, name) for name in BACKBONES}
    none = "none on this machine; the first training downloads them"
    return "; ".join(f"{name}: {none if weights is None else weights.text}" for name, weights in found.items())


def user_cache() -> Path:
    """Where what all projects share is kept: the converted pretrained network."""
    import platformdirs

    return Path(platformdirs.user_cache_dir("vv_desktop", appauthor=False))
