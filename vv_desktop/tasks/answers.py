"""Tasks that answer with a model: predictions, heat maps, exports and their proof."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from vv_desktop.core import runs
from vv_desktop.core.caches import cache_of
from vv_desktop.core.classes import ClassList
from vv_desktop.core.dataset import Dataset
from vv_desktop.core.errors import UserError
from vv_desktop.core.progress import Predicted, Progress
from vv_desktop.core.user_folders import user_cache

if TYPE_CHECKING:
    from vv_desktop.core.heat import HeatMap
    from vv_desktop.ml.export import Exported
    from vv_desktop.ml.verification import Verified


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
    gates: Sequence[str],
    progress: Progress,
) -> Exported:
    """Write an export folder, each file held against the model on every validation and test image.

    gates: other gates than the usual ones, as "int8=0.95". Where one fails, nothing is written unless accepted.
    An average is put into one model first; it is refused if its runs do not share a backbone.
    """
    from vv_desktop.core.gates import gates_with
    from vv_desktop.ml.averages import keep_model
    from vv_desktop.ml.export import export

    if run.members:
        keep_model(run, progress)
    return export(run, dataset, out, formats, cache_of(project), gates_with(gates), accept_failed_gate, progress)


def verify(folder: Path, photos: Path | None, progress: Progress) -> Verified:
    """Whether an export folder is whole and answers as it did; with photos, a folder or CSV, the proof over them."""
    from vv_desktop.ml.verification import verify

    return verify(folder, photos, progress)
