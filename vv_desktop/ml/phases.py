"""The two phases of a training one after the other: the head on features, then the whole network on pixels."""

import contextlib
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from vv_desktop.core.errors import UserError
from vv_desktop.core.files import atomic_path
from vv_desktop.core.progress import EpochEnd, Note, NullProgress, PhaseBegin, PhaseName, Progress
from vv_desktop.core.runs import PhaseResult
from vv_desktop.ml.augmentation import changing_layers
from vv_desktop.ml.boundary import freeze_front, tail_of
from vv_desktop.ml.checkpoint import Checkpoints, PhaseCheckpoints
from vv_desktop.ml.device import Device, chosen_device, computing_in
from vv_desktop.ml.folding import CannotFold, FoldedForward
from vv_desktop.ml.loop import BestWeights, Ending, Phase, run_phase
from vv_desktop.ml.material import Answering, Material
from vv_desktop.ml.networks import Network, build_network, freeze_statistics
from vv_desktop.ml.replicas import Replicas, on_this_machine
from vv_desktop.ml.steps import Forward, Ways, answer_step


@dataclass(frozen=True)
class Trained:
    """A network with the weights of its best epoch, and how it got there."""

    network: Network
    history: tuple[EpochEnd, ...]
    phases: tuple[PhaseResult, ...]
    stopped: bool
    device: Device

    def head_answer(self) -> Answering:
        """From features to probabilities."""
        return _asked(self.network.head, None)

    def tail_answer(self, boundary: str) -> Answering:
        """From activations at the boundary to probabilities."""
        tail = tail_of(self.network.whole, boundary)
        return _asked(tail, _fastest(tail, NullProgress()))

    def whole_answer(self) -> Answering:
        """From pixels to probabilities."""
        return _asked(self.network.whole, _fastest(self.network.whole, NullProgress()))


def _asked(model: keras.Model, forward: Forward | None) -> Answering:
    ask = answer_step(model, np.float32, forward)
    return lambda rows: ask(rows.astype(np.float32))


def train_phases(
    material: Material,
    keras_file: Path | None,
    started: float,
    progress: Progress,
    replicas: Replicas | None = None,
    device: Device | None = None,
    checkpoints: Checkpoints | None = None,
) -> Trained:
    """Both phases of the plan. From phase 2 on the best weights are kept in `keras_file` as they come.

    keras_file: None for a worker that is not the chief. started: `time.perf_counter()` when the training began.
    replicas: where the steps run; None for this machine alone. device: None for the best there is.
    checkpoints: where it goes on from, and is kept after its epochs; None for neither.
    Raises Cancelled; UserError if no epoch was finished, the memory is not enough, the workers have not the
    same material, or several replicas are to go on with a checkpoint, which only one can.
    """
    plan, replicas, device = material.plan, replicas or on_this_machine(), device or chosen_device()
    progress.report(Note(f"Training on {device}"))
    replicas.check_same("photos and pretrained weights", material.digest)
    progress = replicas.agreed(progress)
    with replicas.scope():
        network = build_network(material.weights.path, plan, len(material.dataset.classes))
    replicas.spread(network.head)
    keeper = _Keeper(network, keras_file, progress)
    checkpoints = _goes_on(checkpoints, keeper.best, replicas)
    history: list[EpochEnd] = []
    phases: list[PhaseResult] = []
    ending: Ending = "finished"
    for phase in _phases(material):
        if over := _over_before(checkpoints, phase, progress):
            history += over[0]
            phases.append(over[1])
            continue
        state = (network.whole.variables, keeper.best, started, history, phases)
        places = checkpoints.of_phase(phase.name, *state) if checkpoints else None
        begun = places.begun if places else time.perf_counter()
        with _short_of_memory_in_words(phase):
            epochs, ending = _one_phase(network, phase, material, keeper, started, progress, replicas, device, places)
        if epochs:
            best = max(e.val_accuracy for e in epochs)
            phases.append(PhaseResult(phase.name, len(epochs), time.perf_counter() - begun, best))
        history += epochs
        keeper.best.restore()
        if ending == "stopped" or not keeper.best.found:
            break
    if not keeper.best.found:
        raise UserError(_nothing_kept(ending, phase.learning_rate))
    return Trained(network, tuple(history), tuple(phases), ending == "stopped", device)


def save_keras(model: keras.Model, target: Path) -> None:
    """Write the model as .keras, float32, whole or not at all. Raises UserError if the disk refuses."""
    with atomic_path(target) as temporary, computing_in(model, "float32"):
        model.save(temporary)


def _goes_on(checkpoints: Checkpoints | None, best: BestWeights, replicas: Replicas) -> Checkpoints | None:
    """Give `best` what an interrupted training left; None for several replicas, of which none has all the state."""
    if checkpoints is None:
        return None
    if replicas.count > 1:
        if checkpoints.left:
            raise UserError(f"Only a training on one device can be continued; received {replicas.count} of them")
        return None
    if checkpoints.left:
        best.resume(checkpoints.left.history, checkpoints.left.arrays["best"])
        best.restore()
    return checkpoints


def _over_before(
    checkpoints: Checkpoints | None, phase: Phase, progress: Progress
) -> tuple[tuple[EpochEnd, ...], PhaseResult] | None:
    """What came of a phase that was over before the training was interrupted, reported once more."""
    over = checkpoints.over(phase.name) if checkpoints else None
    if over is not None:
        progress.report(PhaseBegin(phase.name, phase.epochs))
        for epoch in over[0]:
            progress.report(epoch)
    return over


@contextlib.contextmanager
def _short_of_memory_in_words(phase: Phase) -> Iterator[None]:
    try:
        yield
    except (tf.errors.ResourceExhaustedError, MemoryError) as error:
        raise UserError(f"Not enough memory; try half the batch size; received {phase.batch_size}") from error


class _Keeper:
    """Keeps the best weights in memory, and in phase 2 on the disk too, so that a kill does not cost an hour."""

    def __init__(self, network: Network, keras_file: Path | None, progress: Progress) -> None:
        self._network, self._file, self._progress = network, keras_file, progress
        self._begun = False
        self.best = BestWeights(network.whole, self._save)

    def begin(self) -> None:
        """Phase 2 begins: from here on the best is on the disk, first of all that of phase 1."""
        self._begun = True
        if self.best.found:
            self._save()

    def _save(self) -> None:
        if not self._begun or self._file is None:
            return
        try:
            save_keras(self._network.whole, self._file)
        except UserError as error:
            self._progress.report(Note(f"The training goes on, but its best weights are only in memory. {error}"))


def _phases(material: Material) -> list[Phase]:
    plan = material.plan
    limits: list[tuple[PhaseName, int, float]] = [
        ("head", plan.head_epochs, plan.head_learning_rate),
        ("fine-tune", plan.fine_tune_epochs, plan.fine_tune_learning_rate),
    ]
    return [
        Phase(
            name,
            epochs,
            rate,
            plan.batch_size,
            plan.patience,
            plan.plateau_patience,
            plan.seed,
            plan.schedule,
            plan.warm_up,
            plan.label_smoothing,
            plan.average_weights,
        )
        for name, epochs, rate in limits
        if epochs
    ]


def _one_phase(
    network: Network,
    phase: Phase,
    material: Material,
    keeper: _Keeper,
    started: float,
    progress: Progress,
    replicas: Replicas,
    device: Device,
    places: PhaseCheckpoints | None,
) -> tuple[list[EpochEnd], Ending]:
    train, val = (material.examples(phase.name, split) for split in ("train", "val"))
    where = (train, val, keeper.best, started, progress)
    if phase.name == "head":
        return run_phase(network.head, phase, *where, replicas=replicas, checkpoints=places)
    model = _fine_tuned(network, material)
    keeper.begin()
    with computing_in(network.whole, device.policy):
        with replicas.scope():
            ways = _ways(material, _fastest(model, progress))
        return run_phase(model, phase, *where, ways, replicas, places)


def _ways(material: Material, forward: Forward | None) -> Ways:
    """Batches of pixels are changed at random; nothing is where a cache holds changed copies already."""
    change = None if material.activations is not None else changing_layers(material.plan, material.plan.seed)
    if change is None:
        return Ways(forward)
    return Ways(
        forward,
        lambda pixels: tf.clip_by_value(change(pixels, training=True), 0.0, 255.0),
        tuple(change.variables),
    )


def _fine_tuned(network: Network, material: Material) -> keras.Model:
    """What phase 2 trains: the whole network, or its tail, whose layers are those of the whole."""
    freeze_statistics(network.backbone)
    if material.activations is None:
        return network.whole
    boundary = material.plan.fine_tune_from
    freeze_front(network.backbone, boundary)
    return tail_of(network.whole, boundary)


def _fastest(model: keras.Model, progress: Progress) -> Forward | None:
    """The folded way to the model's answer, or None, its own, where that is not to be had."""
    try:
        return FoldedForward(model)
    except CannotFold as reason:
        progress.report(Note(f"Phase 2 runs without folded BatchNormalization, which takes longer: {reason}"))
        return None


def _nothing_kept(ending: Ending, rate: float) -> str:
    if ending == "stopped":
        return "Stopped before the first epoch was finished, so there is nothing to keep; received 0 finished epochs"
    return f"The loss was no number from the first epoch on; try a lower learning rate; received {rate:g}"
