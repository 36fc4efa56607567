"""The whole job without a window, for the demo and for scripts, and what `doctor` tells."""

import importlib.metadata
import importlib.util
import os
import platform
import sys
from pathlib import Path
from typing import Any

from vv_desktop import __version__, tasks
from vv_desktop.core.demo import COUNT
from vv_desktop.core.evaluation import evaluate
from vv_desktop.core.plans import QUICK
from vv_desktop.core.progress import Progress
from vv_desktop.core.project import Project
from vv_desktop.core.report import write_report
from vv_desktop.core.runs import list_runs, today
from vv_desktop.core.user_folders import user_cache
from vv_desktop.screen import why_no_window

LIBRARIES = (
    "tensorflow",
    "keras",
    "ai-edge-litert",
    "PySide6-Essentials",
    "pyqtgraph",
    "pandas",
    "scikit-learn",
    "pillow",
    "numpy",
)


def demo_report(folder: Path, out: Path, progress: Progress) -> dict[str, Any]:
    """Train, evaluate, predict and export the demo project in `folder`; a report with pictures in `out`.

    A run that is there is used again. Raises UserError.
    """
    from vv_desktop.ml.predictor import predict_files

    project = Project.open(folder)
    try:
        dataset, images = project.dataset(), {i: project.path_of(i) for i in project.images}
    finally:
        project.close()
    runs, _ = list_runs(folder / "runs")
    trained = [run for run in runs if not run.members]  # an average has no model to export
    run = trained[0] if trained else tasks.training.train(dataset, QUICK, folder, None, progress=progress)
    run = today(run, dataset.classes)
    scores = evaluate(dataset, "test", run.predictions(), run.classes)
    shown = [images[int(i)] for i in scores.images[:12]]
    size = run.plan.image_size
    answers = tuple(predict_files(shown, run.tflite_file, run.classes, size, progress, run.averaged))
    # Of so few images one changed answer fails a gate; the report says so, and a demo has to end.
    exported = tasks.answers.export(run, dataset, out / "export", ("fp32", "int8"), folder, True, progress=progress)
    report = write_report(out, run, scores, images, answers, exported.files)
    low, high = scores.interval
    return {
        "project": str(folder),
        "run": run.id,
        "images": COUNT,
        "accuracy": scores.accuracy,
        "interval": [low, high],
        "files": [
            {
                "format": f.format,
                "path": str(f.path),
                "top1_agreement": f.top1_agreement,
                "gate": "pass" if f.proof.passed else "fail",
            }
            for f in exported.files
        ],
        "report": str(report),
        "sentence": f"{scores.accuracy:.1%} of {len(scores.images)} test images are right "
        f"(95 %: {low:.1%} to {high:.1%})",
    }


def diagnosis(progress: Progress) -> dict[str, Any]:
    """Versions, screen, pretrained weights and folders of this machine, as plain JSON values."""
    answer: dict[str, Any] = {
        "vv_desktop": __version__,
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
        "cores": os.cpu_count() or 1,
    }
    for name in LIBRARIES:
        try:
            answer[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            answer[name] = "missing"
    answer["window"] = why_no_window() or "can be shown"
    answer["pretrained weights"] = tasks.training.describe_weights(progress=progress)
    answer["cache"] = _short(user_cache())
    answer["executable"] = _short(Path(sys.executable))
    return answer


def _short(path: Path) -> str:
    """Without the name of the user's home."""
    home = Path.home()
    return f"~/{path.relative_to(home)}" if path.is_relative_to(home) else str(path)
