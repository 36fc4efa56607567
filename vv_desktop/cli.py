"""The command line: the window by default, and every task also without one."""

import argparse
import contextlib
import json
import logging
import math
import signal
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any, NoReturn

from vv_desktop import __version__, tasks
from vv_desktop.console import ConsoleSink
from vv_desktop.core.dataset import SPLITS, Split
from vv_desktop.core.errors import Cancelled, UserError
from vv_desktop.core.plans import PLANS
from vv_desktop.workers import Flags, WorkerProgress, run_task

EXIT_DONE, EXIT_INPUT, EXIT_USAGE, EXIT_CANCELLED = 0, 1, 2, 130
FORMATS = ("keras", "saved_model", "fp32", "fp16", "int8")
_COMMANDS = ("demo", "import", "train", "evaluate", "predict", "export", "doctor")


def main(arguments: list[str] | None = None) -> NoReturn:
    """Parse, run, and exit: 0 done, 1 the input was at fault, 2 usage, 130 cancelled."""
    arguments = sys.argv[1:] if arguments is None else arguments
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")  # a name that is no Unicode must not stop us
    if not arguments or (arguments[0] not in _COMMANDS and arguments[0] not in ("-h", "--help", "--version")):
        sys.exit(_window(arguments))
    options = _parser().parse_args(arguments)
    logging.basicConfig(level=logging.INFO if options.verbose else logging.CRITICAL, format="%(message)s")
    sys.exit(_run(options))


def _run(options: argparse.Namespace) -> int:
    flags = Flags()
    with ConsoleSink() as sink, _interruptible(flags):
        progress = WorkerProgress(flags, sink)
        try:
            _, failure = run_task(options.call, (options,), progress, flags)
        except Cancelled:
            print("Cancelled.", file=sys.stderr)
            return EXIT_CANCELLED
    if failure is not None:
        print(failure.sentence, file=sys.stderr)
        if failure.details:
            print(failure.details, file=sys.stderr)
        return EXIT_INPUT
    return int(options.status)


@contextlib.contextmanager
def _interruptible(flags: Flags) -> Iterator[None]:
    """The first Ctrl-C asks the task to end; a second one ends the process as usual."""
    before = signal.getsignal(signal.SIGINT)

    def cancel(*_: Any) -> None:
        flags.cancel.set()
        signal.signal(signal.SIGINT, signal.SIG_DFL)

    signal.signal(signal.SIGINT, cancel)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _window(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser("vv-desktop", description="Label, train, check and export an image classifier.")
    parser.add_argument(
        "path", nargs="*", type=Path, metavar="PATH", help="a project, a folder of images, or CSV files"
    )
    return _show(parser.parse_args(arguments).path)


def _show(paths: list[Path]) -> int:
    from vv_desktop.screen import why_no_window

    if reason := why_no_window():
        print(f"{reason}. Every task also runs without a window: vv-desktop --help", file=sys.stderr)
        return EXIT_INPUT
    from vv_desktop.app import run

    return run(paths)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "vv-desktop",
        description="From a folder of photos to a trustworthy image classifier on a phone.",
        epilog="Without a command: vv-desktop [PATH] opens the window. Exit: 0 done, 1 input, 2 usage, 130 cancelled.",
    )
    parser.add_argument("--version", action="version", version=f"vv-desktop {__version__}")
    commands = parser.add_subparsers(dest="command", required=True)

    def command(name: str, call: Callable[..., None], text: str) -> argparse.ArgumentParser:
        sub = commands.add_parser(name, help=text, description=text)
        sub.add_argument(
            "--json", action="store_true", help="print one JSON document on stdout, and nothing else there"
        )
        sub.add_argument("--verbose", "-v", action="store_true", help="log what happens")
        sub.set_defaults(call=call, status=EXIT_DONE)
        return sub

    sub = command("demo", _demo, "The demo project of toy vehicles: in the window, or the whole job without one.")
    sub.add_argument("--dir", type=Path, default=Path("demo"), help="where it is kept (default: demo)")
    sub.add_argument(
        "--headless", action="store_true", help="no window: train, evaluate, predict, export, and a report"
    )
    sub = command("import", _import, "Make a project of a folder of images, or of CSV files (filepath,label).")
    sub.add_argument("sources", nargs="+", type=Path, metavar="SOURCE")
    sub.add_argument("--project", type=Path, help="the project's folder (default: vv-project beside the images)")
    sub.add_argument("--labels", type=Path, metavar="labels.txt", help="the classes, one name a line")
    sub = command("train", _train, "Train a classifier on a project.")
    sub.add_argument("project", type=Path)
    sub.add_argument("--plan", choices=list(PLANS), default="quick")
    sub.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", dest="changes", help="another value")
    sub.add_argument("--seed", type=int)
    sub.add_argument("--weights", metavar="FILE", help="pretrained weights (.h5); 'random' to start from nothing")
    sub = command("evaluate", _evaluate, "Score a run on one split of its project.")
    sub.add_argument("project", type=Path)
    sub.add_argument("--run", help="a run's id or name (default: the newest)")
    sub.add_argument("--split", choices=SPLITS, help="default: test, or val where no test image is labelled")
    sub = command("predict", _predict, "What a project's newest run, or a model file, says of photos.")
    sub.add_argument("model", type=Path, metavar="PROJECT_OR_MODEL")
    sub.add_argument("files", nargs="+", type=Path, metavar="FILE")
    sub.add_argument("--run", help="a run's id or name (default: the newest)")
    sub = command("export", _export, "Write a run's model for phones and servers, and check each file against it.")
    sub.add_argument("project", type=Path)
    sub.add_argument("--out", type=Path, required=True)
    sub.add_argument("--run", help="a run's id or name (default: the newest)")
    sub.add_argument("--formats", default=",".join(FORMATS), help=f"some of {','.join(FORMATS)} (default: all)")
    command("doctor", _doctor, "What this machine has: versions, screen, pretrained weights.")
    return parser


def _demo(options: argparse.Namespace, progress: WorkerProgress) -> None:
    from vv_desktop.headless import demo_report
    from vv_desktop.screen import why_no_window

    headless, reason = options.headless, None if options.headless else why_no_window()
    if reason:
        print(f"{reason}: the same job runs without a window.", file=sys.stderr)
        headless = True
    project = tasks.make_demo(options.dir, progress=progress)
    if not headless:
        options.status = _show([project])
        return
    answer = demo_report(project, options.dir / "report", progress)
    _print(options, answer, f"{answer['sentence']}\nReport: {answer['report']}")


def _import(options: argparse.Namespace, progress: WorkerProgress) -> None:
    from vv_desktop.core.project import default_project_folder

    plan = tasks.read_sources(options.sources, options.labels, progress=progress)
    folder = tasks.create_project(plan, options.project or default_project_folder(plan.sources), progress=progress)
    counts = plan.counts()
    answer: dict[str, Any] = {
        "project": str(folder),
        "images": len(plan.images),
        "labelled": sum(1 for image in plan.images if image.label is not None),
        "classes": list(plan.classes.names),
        "splits": {split: sum(n for (_, s), n in counts.items() if s == split) for split in SPLITS},
        "problems": [asdict(problem) for problem in plan.problems]
        + [
            {"path": "", "reason": f"{n} images are labelled {name!r}, which is not a class"}
            for name, n in plan.unknown_labels
        ],
    }
    lines = [
        f"{answer['images']} images, {answer['labelled']} labelled, {len(plan.classes)} classes ({plan.labels_source})"
    ]
    lines += [f"Splits: {', '.join(f'{n} {name}' for name, n in answer['splits'].items())}. {plan.splits_source}"]
    lines += [f"{p['path']}: {p['reason']}" if p["path"] else p["reason"] for p in answer["problems"]]
    _print(options, answer, "\n".join([*lines, f"Project: {folder}"]))


def _train(options: argparse.Namespace, progress: WorkerProgress) -> None:
    changes = dict(_key_value(text) for text in options.changes)
    if options.seed is not None:
        changes["seed"] = str(options.seed)
    plan = PLANS[options.plan].changed(**changes)
    weights: Any = options.weights if options.weights in (None, "random") else Path(options.weights)
    with _opened(options.project) as project:
        dataset, folder = project.dataset(), project.folder
    run = tasks.train(dataset, plan, folder, weights, progress=progress)
    answer = {
        "run": run.id,
        "phases": [asdict(phase) for phase in run.phases],
        "seconds": run.seconds,
        "test": run.scores.get("test"),
    }
    best = f"best validation accuracy {run.best.val_accuracy:.4f} in epoch {run.best.epoch} of phase {run.best.phase}"
    _print(options, answer, f"{run.id}: {best}, {run.seconds:.0f} s")


def _evaluate(options: argparse.Namespace, progress: WorkerProgress) -> None:
    from vv_desktop.core.evaluation import evaluate
    from vv_desktop.core.runs import find_run

    with _opened(options.project) as project:
        dataset, folder = project.dataset(), project.runs_folder
    split: Split = options.split or ("test" if dataset.of("test") else "val")
    run = find_run(folder, options.run)
    scores = evaluate(dataset, split, run.predictions(), run.classes)
    if not len(scores.images):
        raise UserError(f"No labelled image with a prediction is in this split; received {split!r}")
    answer = {
        "classes": list(scores.classes.names),
        "split": split,
        "images": len(scores.images),
        "accuracy": scores.accuracy,
        "interval": list(scores.interval),
        "macro_f1": scores.macro_f1,
        "per_class": {
            s.name: {"precision": s.precision, "recall": s.recall, "f1": s.f1, "support": s.support}
            for s in scores.per_class
        },
        "confusion": scores.confusion.tolist(),
    }
    low, high = scores.interval
    lines = [f"{scores.accuracy:.1%} of {len(scores.images)} {split} images are right (95 %: {low:.1%} to {high:.1%})"]
    lines += [
        f"{s.name:>16}  precision {s.precision:.3f}  recall {s.recall:.3f}  of {s.support}" for s in scores.per_class
    ]
    _print(options, answer, "\n".join(lines))


def _predict(options: argparse.Namespace, progress: WorkerProgress) -> None:
    from vv_desktop.core.project import is_project
    from vv_desktop.core.runs import find_run

    if is_project(options.model):
        folder = options.model if options.model.is_dir() else options.model.parent
        run = find_run(folder / "runs", options.run)
        classes, answers = run.classes, tasks.predict(options.files, run, progress=progress)
    else:
        classes, answers = tasks.predict_with_model(options.files, options.model, progress=progress)
    documents: list[dict[str, Any]] = []
    for answer in answers:
        if answer.probabilities is None:
            documents.append({"file": str(answer.path), "error": answer.error})
            options.status = EXIT_INPUT
            continue
        top = sorted(zip(classes.names, answer.probabilities, strict=True), key=lambda pair: -pair[1])
        documents.append({"file": str(answer.path), "label": top[0][0], "confidence": top[0][1], "top": top[:5]})
    lines = [
        d["error"] if "error" in d else f"{d['label']}  {d['confidence']:.1%}  {d['file']}" for d in documents
    ]  # an error's sentence ends with the file
    _print(options, documents, "\n".join(lines))


def _export(options: argparse.Namespace, progress: WorkerProgress) -> None:
    from vv_desktop.core.runs import find_run

    formats = [name.strip() for name in options.formats.split(",") if name.strip()]
    if not formats or set(formats) - set(FORMATS):
        raise UserError(f"Formats are {', '.join(FORMATS)}; received {options.formats!r}")
    with _opened(options.project) as project:
        dataset, folder = project.dataset(), project.folder
    run = find_run(folder / "runs", options.run)
    exported = tasks.export(run, dataset, options.out, formats, folder, progress=progress)
    files = [{**asdict(file), "path": str(file.path)} for file in exported.files]
    lines = [
        f"{f['format']:>12}  {f['bytes'] / 1e6:6.2f} MB  "
        f"same answer on {f['top1_agreement']:.1%} of {f['images']} images, "
        f"largest difference {f['max_abs_diff']:.2g}  {f['path']}"
        for f in files
    ]
    _print(options, {"files": files}, "\n".join(lines))


def _doctor(options: argparse.Namespace, progress: WorkerProgress) -> None:
    from vv_desktop.headless import diagnosis

    answer = diagnosis(progress)
    _print(options, answer, "\n".join(f"{key}: {value}" for key, value in answer.items()))


@contextlib.contextmanager
def _opened(folder: Path) -> Iterator[Any]:
    """The project, closed again as soon as its labels were read: a training holds no lock."""
    from vv_desktop.core.project import Project

    project = Project.open(folder)
    try:
        yield project
    finally:
        project.close()


def _key_value(text: str) -> tuple[str, str]:
    key, equals, value = text.partition("=")
    if not equals:
        raise UserError(f"--set takes KEY=VALUE; received {text!r}")
    return key.strip(), value.strip()


def _print(options: argparse.Namespace, document: Any, text: str) -> None:
    print(json.dumps(_plain(document), indent=1) if options.json else text)


def _plain(value: Any) -> Any:
    """Without nan and infinity, which JSON does not know."""
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value
