"""Tasks that train, and what a training needs to know beforehand or leaves behind."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from vv_desktop.core import runs
from vv_desktop.core.caches import cache_of
from vv_desktop.core.cluster import Cluster
from vv_desktop.core.dataset import Dataset
from vv_desktop.core.errors import UserError
from vv_desktop.core.interrupted import sweep
from vv_desktop.core.plans import Plan
from vv_desktop.core.progress import Progress
from vv_desktop.core.training_request import TrainingRequest, save_request, weights_wish
from vv_desktop.core.user_folders import user_cache

if TYPE_CHECKING:
    from vv_desktop.core.averages import Gain
    from vv_desktop.core.comparison import Comparison
    from vv_desktop.core.duration import Cached
    from vv_desktop.core.interrupted import Interrupted
    from vv_desktop.core.live import LiveHead
    from vv_desktop.core.samples import TrainingSample
    from vv_desktop.core.speeds import Speeds


def train(
    dataset: Dataset, plan: Plan, project: Path, weights: Path | Literal["random"] | None, progress: Progress
) -> runs.Run:
    """Train, and keep the run in the project's folder. Raises UserError."""
    from vv_desktop.ml.training import train

    sweep(project / "runs")
    folder = runs.new_folder(project / "runs", plan, datetime.now())
    runs.save_labels(folder, dataset)
    save_request(folder, TrainingRequest.of(dataset, plan, weights))
    return train(dataset, plan, folder, project / "cache", user_cache(), weights, progress)


def resume(dataset: Dataset, interrupted: Interrupted, project: Path, progress: Progress) -> runs.Run:
    """Continue a training where its checkpoint left it; its run is the one it would have become. Raises UserError."""
    if reason := interrupted.why_not(dataset):
        raise UserError(f"The training cannot be continued. {reason}: {interrupted.folder}")
    from vv_desktop.ml.training import train

    request, caches = interrupted.request, (project / "cache", user_cache())
    return train(dataset, request.plan, interrupted.folder, *caches, weights_wish(request.weights), progress)


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

    return tuple(what_is_kept(dataset, plan, weights, cache_of(project), user_cache(), progress) for plan in plans)


def draw_samples(
    dataset: Dataset, plan: Plan, project: Path, seed: int, progress: Progress
) -> tuple[TrainingSample, ...]:
    """24 samples of the training set as the network would get them, drawn by `seed`. Raises UserError."""
    from vv_desktop.ml.samples import draw_samples

    return draw_samples(dataset, plan, cache_of(project), seed, progress)


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

    return retrain_head(dataset, plan, cache_of(project), user_cache(), weights, start, progress)


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


def describe_weights(progress: Progress) -> str:
    """Where each backbone's pretrained weights would come from, without downloading any."""
    from vv_desktop.core.backbones import BACKBONES
    from vv_desktop.ml.weights import found_locally

    found = {name: found_locally(0, progress, name) for name in BACKBONES}
    none = "none on this machine; the first training downloads them"
    return "; ".join(f"{name}: {none if weights is None else weights.text}" for name, weights in found.items())
