"""What a run remembers of what it was asked for."""

import dataclasses
import json
from datetime import datetime
from pathlib import Path

import pytest

from vv_desktop.core.classes import ClassList
from vv_desktop.core.dataset import Dataset, Sample
from vv_desktop.core.errors import UserError
from vv_desktop.core.plans import CLASSIC, QUICK
from vv_desktop.core.runs import Run
from vv_desktop.core.training_request import TrainingRequest, load_request, save_request

DATASET = Dataset(
    ClassList(("Left", "Right")),
    tuple(Sample(i, Path(f"{i}.jpg"), i % 2, "train", "") for i in range(4)),
    (1, 0),
)


def _run(folder: Path) -> Run:
    return Run(folder, "quick", QUICK, DATASET.classes, datetime.now(), (), (), 1.0, False, "", "", {}, {}, {})


def test_what_was_asked_for_comes_back(tmp_path: Path) -> None:
    request = TrainingRequest.of(DATASET, QUICK.changed(seed=3), Path("/some/weights.h5"))
    save_request(tmp_path, request)
    assert load_request(_run(tmp_path)) == request
    assert request.mirror == {"Left": "Right", "Right": "Left"}
    assert set(request.versions) >= {"tensorflow", "keras", "numpy"}


def test_what_changed_since_is_said() -> None:
    then = TrainingRequest.of(DATASET, QUICK.changed(mirror=True), None)
    assert then.differences(then) == ()
    relabelled = dataclasses.replace(DATASET, samples=(*DATASET.samples[:-1], dataclasses.replace(
        DATASET.samples[-1], label=0)))  # fmt: skip
    unpaired = dataclasses.replace(DATASET, mirror=None)
    for dataset, words in ((relabelled, "Labels or splits changed"), (unpaired, "mirror pairs")):
        (sentence,) = then.differences(TrainingRequest.of(dataset, then.plan, None))
        assert words in sentence
    older = dataclasses.replace(then, versions={**then.versions, "keras": "3.0"})
    assert older.differences(then) == (f"keras was 3.0 then and is {then.versions['keras']} now",)
    assert TrainingRequest.of(DATASET, CLASSIC, None).differences(TrainingRequest.of(unpaired, CLASSIC, None)) == ()


@pytest.mark.parametrize("text", ["", "{}", '{"schema": 2}', '{"schema": 1, "plan": {"name": "x", "what": 1}}'])
def test_a_damaged_or_missing_file_is_a_sentence(text: str, tmp_path: Path) -> None:
    if text:
        (tmp_path / "plan.json").write_text(text)
    with pytest.raises(UserError, match=r"plan\.json"):
        load_request(_run(tmp_path))


def test_it_is_plain_json(tmp_path: Path) -> None:
    save_request(tmp_path, TrainingRequest.of(DATASET, QUICK, "random"))
    record = json.loads((tmp_path / "plan.json").read_text())
    assert record["weights"] == "random"
    assert record["plan"]["seed"] == 0
