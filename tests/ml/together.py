"""One of two workers on this machine that train together, time and again; what it saw goes to a JSON file."""

import json
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.ml.conftest import SMALL, Recorder, build_tiny
from vv_desktop.core.classes import ClassList
from vv_desktop.core.cluster import Cluster
from vv_desktop.core.dataset import Dataset, Sample
from vv_desktop.core.errors import Cancelled, UserError
from vv_desktop.core.progress import BatchEnd, EpochEnd, Event

PLAN = SMALL.changed(batch_size=7, dropout=0.0, dropout_last=0.0)
"""24 training images in batches of 7, 7, 7 and 3: an odd number for two workers, and a last batch that is smaller."""


def as_json(dataset: Dataset) -> str:
    """For the other process."""
    samples = [[s.image, str(s.path), s.label, s.split, s.group] for s in dataset.samples]
    return json.dumps([list(dataset.classes.names), samples])


def from_json(text: str) -> Dataset:
    """What `as_json` wrote."""
    names, rows = json.loads(text)
    samples = tuple(Sample(image, Path(path), label, split, group) for image, path, label, split, group in rows)
    return Dataset(ClassList(tuple(names)), samples)


def what_happened(progress: Recorder, error: str) -> dict[str, Any]:
    """As the test compares it."""
    epochs = [[e.phase, e.loss, e.accuracy, e.val_loss, e.val_accuracy] for e in progress.of(EpochEnd)]
    batches, asked = len(progress.of(BatchEnd)), progress.stops_asked
    return {"error": error, "epochs": epochs, "batches": batches, "asked": asked, "notes": progress.notes}


def main(folder: Path, index: int, ports: list[str]) -> None:
    """Several trainings one after another with the same partner; the last ends with the death of worker 1."""
    import keras

    from vv_desktop.ml import networks
    from vv_desktop.ml.distributed import follow, joined, lead
    from vv_desktop.ml.training import train

    networks.build_backbone = build_tiny
    dataset = from_json((folder / "toys.json").read_text())
    seen: dict[str, Any] = {}

    def tried(name: str, work: Callable[[Recorder], Any], progress: Recorder) -> None:
        error = ""
        try:
            work(progress)
        except (UserError, Cancelled) as problem:
            error = f"{type(problem).__name__}: {problem}"
        seen[name] = what_happened(progress, error)
        (folder / f"seen-{index}.json").write_text(json.dumps(seen))

    replicas = joined(Cluster(tuple(f"127.0.0.1:{port}" for port in ports), index), dataset, PLAN, Recorder())

    def training(name: str) -> Callable[[Recorder], Any]:
        cache, run = folder / "cache", folder / name
        common = (cache, cache, "random")
        if index:
            return lambda progress: follow(dataset, PLAN, *common, replicas, progress)
        run.mkdir()
        return lambda progress: lead(lambda: train(dataset, PLAN, run, *common, progress, replicas), run)

    def dies(event: Event) -> None:
        if isinstance(event, BatchEnd) and (event.phase, event.epoch, event.batch) == ("fine-tune", 2, 2):
            os.kill(os.getpid(), signal.SIGTERM)

    with replicas.scope():
        model = keras.Sequential([keras.Input((2,)), keras.layers.Dropout(0.5, seed=7)])
    replicas.spread(model)
    seen["seed"] = [int(value) for value in model.layers[0].seed_generator.state.numpy()]
    tried("whole", training("whole"), Recorder())
    tried("stop", training("stop"), Recorder(stop_when=lambda asked: index == 1 and asked == 8))
    called_off = Recorder()
    if index == 0:
        called_off._on_event = lambda event: setattr(
            called_off, "cancelled", isinstance(event, BatchEnd) and event.batch == 2
        )
    tried("cancel", training("cancel"), called_off)
    tried("labels", lambda _: replicas.check_same("labels", "abc" + str(index)), Recorder())
    tried("death", training("death"), Recorder(on_event=dies if index else lambda event: None))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3:])
