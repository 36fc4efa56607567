"""The whole job without a window, for the demo and for scripts."""

from pathlib import Path
from typing import Any

from vv_desktop import tasks
from vv_desktop.core.demo import COUNT
from vv_desktop.core.evaluation import evaluate
from vv_desktop.core.plans import QUICK
from vv_desktop.core.progress import Progress
from vv_desktop.core.project import Project
from vv_desktop.core.report import write_report
from vv_desktop.core.runs import list_runs, today


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
    exported = tasks.answers.export(run, dataset, out / "export", ("fp32", "int8"), folder, True, (), progress=progress)
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
