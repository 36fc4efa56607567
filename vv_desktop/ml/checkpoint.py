"""Checkpoints: all that a training is after an epoch, in one file, so that it can be continued bit for bit.

checkpoint.zip
    state.json    what was asked for and on what, epochs and phases so far, seconds, state of the random generator
    network/N.npy every variable of the network after the epoch, those of its dropout too
    best/N.npy    the weights of the best epoch so far
    phase/N.npy   the optimizer, the moving average, and what changed copies are drawn with

What follows from the epochs themselves (early stop, plateau, the best score) is not kept: it is decided again.
"""

import dataclasses
import json
import re
import time
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from vv_desktop.core.arrays import Float32Array
from vv_desktop.core.errors import UserError
from vv_desktop.core.files import atomic_path
from vv_desktop.core.interrupted import SCHEMA, STATE, read_state
from vv_desktop.core.progress import EpochEnd, Note, PhaseName, Progress
from vv_desktop.core.runs import PhaseResult
from vv_desktop.core.training_request import TrainingRequest, request_of

SHARE = 0.02
"""Of a training's time that its checkpoints may take: those that would take more are passed over."""
_GROUPS = ("network", "best", "phase")
Arrays = list[npt.NDArray[Any]]


class Variable(Protocol):
    """A variable of TensorFlow or Keras."""

    def numpy(self) -> npt.NDArray[Any]:
        """Its value."""

    def assign(self, value: npt.NDArray[Any], /) -> object:
        """Give it another one."""


class Best(Protocol):
    """The weights of the best epoch so far, as in `ml.loop.BestWeights`."""

    @property
    def weights(self) -> list[Float32Array]:
        """As `keras.Model.get_weights` gives them; empty before the first good epoch."""


@dataclass(frozen=True)
class Checkpoint:
    """A training after an epoch of `phase`.

    photos: digest of the pretrained weights and of the contents of the images. history: of all phases.
    phases: those that were over. seconds: since the training began; phase_seconds: since `phase` did.
    random: state of the phase's random generator. arrays: by group, in the order of their variables.
    """

    request: TrainingRequest
    photos: str
    phase: PhaseName
    history: tuple[EpochEnd, ...]
    phases: tuple[PhaseResult, ...]
    seconds: float
    phase_seconds: float
    random: dict[str, Any]
    arrays: dict[str, Arrays]


def save_checkpoint(path: Path, checkpoint: Checkpoint) -> None:
    """Write it, whole or not at all; the one before stays until then. Raises UserError if the disk refuses."""
    values = {item.name: getattr(checkpoint, item.name) for item in dataclasses.fields(checkpoint)}
    arrays = values.pop("arrays")
    plain = {"schema": SCHEMA, **values, "request": dataclasses.asdict(checkpoint.request)}
    plain["history"] = [dataclasses.asdict(epoch) for epoch in checkpoint.history]
    plain["phases"] = [dataclasses.asdict(phase) for phase in checkpoint.phases]
    with atomic_path(path) as temporary, zipfile.ZipFile(temporary, "w") as file:
        file.writestr(STATE, json.dumps(plain))
        for group in _GROUPS:
            for number, array in enumerate(arrays[group]):
                with file.open(f"{group}/{number}.npy", "w") as member:
                    np.lib.format.write_array(member, array, allow_pickle=False)


def load_checkpoint(path: Path) -> Checkpoint:
    """Raises UserError if it is damaged or of a newer version of the app."""
    state = read_state(path)
    try:
        state.pop("schema")
        arrays: dict[str, Arrays] = {group: [] for group in _GROUPS}
        with zipfile.ZipFile(path) as file:
            for name in file.namelist():  # in the order in which they were written
                if found := re.fullmatch(r"(\w+)/\d+\.npy", name):
                    with file.open(name) as member:
                        arrays[found[1]].append(np.lib.format.read_array(member, allow_pickle=False))
        return Checkpoint(
            request=request_of(state.pop("request")),
            history=tuple(EpochEnd(**epoch) for epoch in state.pop("history")),
            phases=tuple(PhaseResult(**phase) for phase in state.pop("phases")),
            arrays=arrays,
            **state,
        )
    except (OSError, ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile) as error:
        raise UserError(f"The checkpoint cannot be read ({error}): {path}") from error


class Checkpoints:
    """Writes the checkpoints of one training to `path`, and gives back what an interrupted one left there.

    left: that checkpoint; None for a training that begins. share: see SHARE.
    Raises UserError if it is of other labels, photos, weights, versions, or another plan.
    """

    def __init__(
        self, path: Path, request: TrainingRequest, photos: str, progress: Progress, share: float = SHARE
    ) -> None:
        self._path, self._request, self._photos, self._progress, self._share = path, request, photos, progress, share
        self.left = load_checkpoint(path) if path.exists() else None
        if self.left is not None and (reason := _why_not(self.left, request, photos)):
            raise UserError(f"The interrupted training cannot be continued. {reason}: {path.parent}")
        self._cost, self._written, self._warned = 0.0, 0.0, False

    @property
    def seconds(self) -> float:
        """What the interrupted training took until its checkpoint; 0 for one that begins."""
        return 0.0 if self.left is None else self.left.seconds

    def over(self, phase: PhaseName) -> tuple[tuple[EpochEnd, ...], PhaseResult] | None:
        """What came of `phase`, if it was over when the training was interrupted."""
        if self.left is None:
            return None
        results = [result for result in self.left.phases if result.name == phase]
        return (self._epochs(phase), results[0]) if results else None

    def of_phase(
        self,
        phase: PhaseName,
        network: Sequence[Variable],
        best: Best,
        started: float,
        history: Sequence[EpochEnd],
        phases: Sequence[PhaseResult],
    ) -> "PhaseCheckpoints":
        """Those of a phase that begins or goes on now, after others with this `history`.

        network: all variables of the network. started: `time.perf_counter()` when the training began.
        """
        left = self.left if self.left is not None and self.left.phase == phase else None
        return PhaseCheckpoints(self, phase, network, best, started, (tuple(history), tuple(phases)), left)

    def write(self, make: Any, now: bool) -> None:
        """Write the checkpoint that `make` gives, if it may cost that much already or must be written `now`.

        The training goes on without it where the disk refuses, and says so once.
        """
        begun = time.perf_counter()
        if not now and self._share * (begun - self._written) < self._cost:
            return
        try:
            save_checkpoint(self._path, make(self._request, self._photos))
        except UserError as error:
            if not self._warned:
                self._progress.report(Note(f"The training goes on, but could not be continued if interrupted. {error}"))
            self._warned = True
        self._written = time.perf_counter()
        self._cost = self._written - begun

    def _epochs(self, phase: PhaseName) -> tuple[EpochEnd, ...]:
        assert self.left is not None
        return tuple(epoch for epoch in self.left.history if epoch.phase == phase)


class PhaseCheckpoints:
    """What `ml.loop` calls when a phase begins and after each of its epochs."""

    def __init__(
        self,
        checkpoints: Checkpoints,
        phase: PhaseName,
        network: Sequence[Variable],
        best: Best,
        started: float,
        before: tuple[tuple[EpochEnd, ...], tuple[PhaseResult, ...]],
        left: Checkpoint | None,
    ) -> None:
        self._checkpoints, self._phase, self._network, self._best = checkpoints, phase, network, best
        self._started, self._before, self._left = started, before, left
        self.begun = time.perf_counter() - (0.0 if left is None else left.phase_seconds)
        """`time.perf_counter()` when the phase began, as if it had never been interrupted."""

    def resume(self, variables: Sequence[Variable], random: np.random.Generator) -> list[EpochEnd]:
        """Bring the network, `variables` of the phase and its `random` to where they were; the epochs until there.

        None for a phase that begins, which stays as it is. Raises UserError if the checkpoint does not fit.
        """
        left = self._left
        if left is None:
            return []
        for group, targets in (("network", self._network), ("phase", variables)):
            arrays = left.arrays[group]
            if [a.shape for a in arrays] != [v.numpy().shape for v in targets]:
                raise UserError(f"The checkpoint is of another network or device; received {len(arrays)} arrays")
            for target, array in zip(targets, arrays, strict=True):
                target.assign(array)
        random.bit_generator.state = left.random
        return [epoch for epoch in left.history if epoch.phase == self._phase]

    def after(
        self, epochs: Sequence[EpochEnd], variables: Sequence[Variable], random: np.random.Generator, last: bool
    ) -> None:
        """An epoch ended; `epochs` are those of the phase until now. last: the phase is over."""

        def make(request: TrainingRequest, photos: str) -> Checkpoint:
            now, (history, phases) = time.perf_counter(), self._before
            arrays = {
                "network": [variable.numpy() for variable in self._network],
                "best": [np.asarray(weights) for weights in self._best.weights],
                "phase": [variable.numpy() for variable in variables],
            }
            return Checkpoint(
                request, photos, self._phase, (*history, *epochs), phases, now - self._started, now - self.begun,
                dict(random.bit_generator.state), arrays,
            )  # fmt: skip

        self._checkpoints.write(make, now=last)


def _why_not(left: Checkpoint, request: TrainingRequest, photos: str) -> str:
    """What is not as it was, in a sentence; empty if nothing is."""
    found = list(left.request.differences(request))
    if left.request.plan != request.plan:
        found.append("It was begun by another plan")
    if left.photos != photos and left.request.data_digest == request.data_digest:
        found.append("Photos or pretrained weights are others than then")
    return "; ".join(found)
