"""The commands that write an export folder, and that hold one against the model again."""

import argparse
from pathlib import Path
from typing import Any

from vv_desktop import tasks
from vv_desktop.commands.verbs import EXIT_INPUT, Verbs, opened, print_answer
from vv_desktop.core.errors import UserError
from vv_desktop.core.export_formats import FILES, formats_here, why_not
from vv_desktop.core.gates import Gate, gates_with
from vv_desktop.core.runs import find_run, today
from vv_desktop.workers import WorkerProgress


def declare(verb: Verbs) -> None:
    """The verbs of this file."""
    sub = verb("export", export, "Write a run's model as files, and prove each against it.")
    sub.add_argument("project", type=Path)
    sub.add_argument("--out", type=Path, required=True)
    sub.add_argument("--run", help="a run's id or name (default: the newest)")
    sub.add_argument("--formats", help=f"some of {','.join(FILES)} (default: all that can be written here)")
    sub.add_argument(
        "--gate",
        action="append",
        default=[],
        metavar="LIMIT",
        help="another limit: int8=0.95 (share of same answers), int8.loss=0.02, fp32.difference=0.01 or =none",
    )
    sub.add_argument("--accept-failed-gate", action="store_true", help="write it although a file is below its gate")
    sub = verb("verify", verify, "Is an export whole, and does it still answer as the model?")
    sub.add_argument("export", type=Path, metavar="EXPORT_DIR")
    sub.add_argument("photos", nargs="?", type=Path, metavar="IMAGES_OR_CSV", help="prove it again on these photos")


def export(options: argparse.Namespace, progress: WorkerProgress) -> None:
    """The folder of a run, or why it was not written."""
    from vv_desktop.core.export_texts import file_document

    chosen = ",".join(formats_here()) if options.formats is None else options.formats
    formats = [name.strip() for name in chosen.split(",") if name.strip()]
    if not formats or set(formats) - set(FILES):
        raise UserError(f"Formats are {', '.join(FILES)}; received {options.formats!r}")
    for reason in filter(None, map(why_not, formats)):
        raise UserError(reason)
    gates_with(options.gate)  # what is no gate is said at once, not after the project was read
    with opened(options.project, look=True) as project:
        dataset, folder = project.dataset(), project.folder
    run = today(find_run(folder / "runs", options.run), dataset.classes)
    accept = options.accept_failed_gate
    exported = tasks.answers.export(run, dataset, options.out, formats, folder, accept, options.gate, progress=progress)
    files = [file_document(file) for file in exported.files]
    lines = [line for file in files for line in _lines(file)]
    if exported.written:
        lines.append(f"Export: {options.out}")
    else:
        options.status = EXIT_INPUT
        lines.append("Nothing was written, as a file is below its gate. To write it all the same: --accept-failed-gate")
    print_answer(options, {"written": exported.written, "files": files}, "\n".join(lines))


def verify(options: argparse.Namespace, progress: WorkerProgress) -> None:
    """Whether an export is what it was, and the proof again on any photos."""
    from vv_desktop.core.export_texts import proof_document

    found = tasks.answers.verify(options.export, options.photos, progress=progress)
    files = [{"format": name, "path": str(path), **proof_document(proof)} for name, path, proof in found.files]
    answer = {
        "unchanged": found.unchanged,
        "golden": found.golden,
        "reference": found.reference,
        "files": files,
        "problems": list(found.problems),
    }
    lines = [f"PASS: {found.unchanged} files unchanged, {found.golden} golden pictures answered as they were"]
    if files:
        lines.append(f"Held against {Path(found.reference).name}:")
    lines += [line for file in files for line in _lines(file)]
    lines += found.problems
    if any(file["gate"] == "fail" for file in files):
        options.status = EXIT_INPUT
    print_answer(options, answer, "\n".join(lines))


def _lines(file: dict[str, Any]) -> list[str]:
    gate = Gate(**file["gate_asked"])
    text = (
        f"{file['format']:>12}  {file['gate']}  "
        f"same answer on {gate.agreement_figure(file['top1_agreement'])}% of {file['images']}, "
        f"|Δp| {gate.difference_figure(file['max_abs_diff'])} at most, {file['mean_abs_diff']:.2g} on average"
    )
    if file["accuracy"] is not None:
        low, high = file["interval"]
        text += f"; {file['accuracy']:.1%} of {file['split']} right (95 %: {low:.1%} to {high:.1%})"
    if file.get("bytes"):
        text += f"; {file['bytes'] / 1e6:.2f} MB"
    if file.get("latency_ms"):
        text += f"; {file['latency_ms']['2']:.1f} ms"
    return [text, *(f"{'':>12}  {reason}" for reason in file["gate_reasons"])]
