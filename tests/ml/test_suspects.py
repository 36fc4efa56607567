"""Suspects: labels that were exchanged are found, and everything a page is told of them holds."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from tests.experiments.suspects import confused, found_share
from vv_desktop import tasks
from vv_desktop.core.classes import ClassList
from vv_desktop.core.dataset import Dataset
from vv_desktop.core.errors import Cancelled, UserError
from vv_desktop.core.project import Project
from vv_desktop.core.suspects import Suspects, load_suspects
from vv_desktop.core.toys import write_toys
from vv_desktop.core.user_folders import user_cache
from vv_desktop.ml.suspects import find_suspects, folds
from vv_desktop.workers import Flags, WorkerProgress

SHARE = 0.08


@pytest.fixture(scope="module")
def toys(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    """400 toy vehicles, all of them to be ranked: of a few dozen, chance finds some and misses some."""
    folder = tmp_path_factory.mktemp("many-toys")
    quiet = WorkerProgress(Flags(), lambda event: None)
    write_toys(folder / "toys", 400, wrong=0.0)
    plan = tasks.data.read_sources([folder / "toys"], None, progress=quiet)
    project = Project.open(tasks.data.create_project(plan, folder / "project", progress=quiet))
    dataset = project.dataset()
    project.close()
    return dataclasses.replace(dataset, samples=tuple(dataclasses.replace(s, split="train") for s in dataset.samples))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("suspects")


def rank(dataset: Dataset, folder: Path) -> Suspects:
    return tasks.review.find_suspects(dataset, folder, None, progress=WorkerProgress(Flags(), lambda event: None))


@pytest.mark.parametrize("seed", [0, 1])
def test_exchanged_labels_are_among_the_first_tenth(toys: Dataset, folder: Path, seed: int) -> None:
    changed, wrong = confused(toys, SHARE, seed)
    ranked = rank(changed, folder)
    order = np.argsort(ranked.quality, kind="stable").astype(np.int64)
    assert found_share(order, ranked.images, wrong, len(ranked.images) // 10) >= 0.75


def test_what_a_page_is_told_holds(toys: Dataset, folder: Path) -> None:
    changed, _ = confused(toys, SHARE, 0)
    ranked = rank(changed, folder)
    assert ranked.labels_digest == changed.digest
    np.testing.assert_allclose(ranked.probabilities.sum(axis=1), 1.0, atol=1e-5)
    assert all(ranked.suggestion(place) != ranked.labels[place] for place in range(len(ranked.images)))
    assert (np.diff(ranked.quality[ranked.queue]) >= 0).all()
    assert 0 < len(ranked.queue) < len(ranked.images) / 3
    label_of = dict(zip(ranked.images.tolist(), ranked.labels.tolist(), strict=True))
    for place, per_class in enumerate(ranked.neighbours.tolist()):
        for label, ids in enumerate(per_class):
            near = [image for image in ids if image >= 0]
            assert all(label_of[image] == label for image in near)
            assert int(ranked.images[place]) not in near
    kept = load_suspects(folder / "cache" / "suspects.npz", toys.classes)
    assert kept is not None
    for field in dataclasses.fields(Suspects):
        np.testing.assert_array_equal(getattr(kept, field.name), getattr(ranked, field.name))
    again = rank(changed, folder)
    np.testing.assert_array_equal(again.queue, ranked.queue)


def test_what_is_excluded_or_unlabelled_is_not_ranked(toys: Dataset, folder: Path) -> None:
    first, second, *rest = toys.samples
    samples = (dataclasses.replace(first, split=None), dataclasses.replace(second, label=-1), *rest)
    ranked = rank(dataclasses.replace(toys, samples=samples), folder)
    assert set(ranked.images.tolist()) == {sample.image for sample in rest}


def test_a_group_is_on_one_side_of_each_fold() -> None:
    groups = [str(i // 4) for i in range(80)]
    labels = np.arange(80, dtype=np.int64) % 3
    asked = []
    for learnt, held_out in folds(labels, groups):
        assert not {groups[i] for i in learnt} & {groups[i] for i in held_out}
        asked += held_out.tolist()
    assert sorted(asked) == list(range(80))


def test_nothing_to_compare_is_a_sentence(toys: Dataset, folder: Path) -> None:
    unlabelled = tuple(dataclasses.replace(s, label=-1) for s in toys.samples)
    with pytest.raises(UserError, match="received 0 labelled images of 0 classes"):
        rank(dataclasses.replace(toys, samples=unlabelled), folder)


def test_cancel_ends_it(toys: Dataset, folder: Path) -> None:
    flags = Flags()
    seen: list[object] = []

    def hear(event: object) -> None:
        seen.append(event)
        if len(seen) == 3:
            flags.cancel.set()

    with pytest.raises(Cancelled):
        find_suspects(toys, folder / "cache", user_cache(), None, WorkerProgress(flags, hear))


def test_a_damaged_or_foreign_ranking_is_none(tmp_path: Path, toys: Dataset, folder: Path) -> None:
    rank(toys, folder)
    kept = (folder / "cache" / "suspects.npz").read_bytes()
    assert load_suspects(folder / "cache" / "suspects.npz", ClassList(("a", "b"))) is None
    (tmp_path / "half.npz").write_bytes(kept[: len(kept) // 2])
    assert load_suspects(tmp_path / "half.npz", toys.classes) is None
    assert load_suspects(tmp_path / "none.npz", toys.classes) is None
