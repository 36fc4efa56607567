"""What the command predict does: each photo's answer as it comes, to the terminal, as JSON or into a CSV."""

import argparse
import contextlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vv_desktop import tasks
from vv_desktop.commands.verbs import EXIT_INPUT, Verbs, opened, print_answer
from vv_desktop.core.answers_csv import NOT_SURE, UNLIKE, AnswersCsv, is_unsure
from vv_desktop.core.class_words import NOT_HERE, named_here
from vv_desktop.core.classes import ClassList
from vv_desktop.core.errors import UserError
from vv_desktop.core.progress import Answer, Event, Note, Predicted
from vv_desktop.core.runs import Run
from vv_desktop.workers import WorkerProgress


def declare(verb: Verbs) -> None:
    """The verb of this file."""
    sub = verb("predict", predict, "What a project's newest run, or a model file, says of photos.")
    sub.add_argument("model", type=Path, metavar="PROJECT_OR_MODEL")
    sub.add_argument("files", nargs="+", type=Path, metavar="FILE", help="a photo, or a folder of photos")
    sub.add_argument("--csv", type=Path, metavar="OUT.csv", help="write a row for each photo, as the answers come")
    sub.add_argument("--run", help="a run's id or name (default: the newest)")


def predict(options: argparse.Namespace, progress: WorkerProgress) -> None:
    """What a run or a model file says of photos and folders of photos. With --json alone they are kept to the end."""
    asked = _asked(options, progress)
    classes, here, threshold = asked.classes, asked.here, asked.threshold
    if removed := [name for name in classes if name not in here]:
        progress.report(Note(f"The run also answers {', '.join(removed)}: {NOT_HERE}"))
    files, others = tasks.data.find_photos(options.files, progress=progress)
    for problem in others:
        progress.report(Note(f"{problem.reason}: {problem.path}"))
    documents: list[dict[str, Any]] = []
    done = 0
    with contextlib.ExitStack() as stack:
        rows = stack.enter_context(AnswersCsv(options.csv, classes, threshold=threshold)) if options.csv else None

        def hear(event: Event) -> None:
            nonlocal done
            if not isinstance(event, Predicted):
                return
            answer = event.answer
            done += 1
            options.status = EXIT_INPUT if answer.error else options.status
            if rows is not None:
                rows.add(answer.path, answer.probabilities, answer.error, unlike=answer.unlike)
            elif options.json:
                documents.append(_document(answer, asked))
            else:
                print(_line(answer, asked), flush=True)

        tasks.answers.predict(files, asked.model, progress=progress.heard_by(hear))
    if options.csv:
        print_answer(options, {"csv": str(options.csv), "photos": done}, f"{done:,} photos: {options.csv}")
    elif options.json:
        print_answer(options, documents, "")


@dataclass(frozen=True)
class _Asked:
    """The run or model file, its classes, those of the project or else its own, and below what it is not sure."""

    model: Run | Path
    classes: ClassList
    here: ClassList
    threshold: float | None = None


def _asked(options: argparse.Namespace, progress: WorkerProgress) -> _Asked:
    """Who is asked. Raises UserError."""
    from vv_desktop.core.project import is_project
    from vv_desktop.core.runs import find_run, today

    if is_project(options.model):
        folder = options.model if options.model.is_dir() else options.model.parent
        run = find_run(folder / "runs", options.run)
        try:
            with opened(folder, look=True) as project:
                now, threshold = project.classes, project.threshold
        except UserError as error:  # damaged: the run is asked all the same
            progress.report(Note(f"Classes have the names of the training. {error}"))
            return _Asked(run, run.classes, run.classes)
        run = today(run, now)
        return _Asked(run, run.classes, now, threshold)
    classes, assumed = tasks.answers.describe_model(options.model, progress=progress)
    if assumed:
        progress.report(Note(assumed))
    return _Asked(options.model, classes, classes)


def _document(answer: Answer, asked: _Asked) -> dict[str, Any]:
    if answer.probabilities is None:
        return {"file": str(answer.path), "error": answer.error}
    top = sorted(zip(asked.classes.names, answer.probabilities, strict=True), key=lambda pair: -pair[1])
    found = {"file": str(answer.path), "label": top[0][0], "confidence": top[0][1], "top": top[:5]}
    found |= {"not_sure": is_unsure(answer.probabilities, asked.threshold)}
    found |= {"unlike": answer.unlike, "distance": answer.distance}
    return found if top[0][0] in asked.here.names else {**found, "problem": NOT_HERE}


def _line(answer: Answer, asked: _Asked) -> str:
    if answer.probabilities is None:
        return answer.error or f"No answer came: {answer.path.name}"  # the sentence ends with the file
    highest = max(answer.probabilities)
    name = named_here(asked.classes.names[answer.probabilities.index(highest)], asked.here.names)
    doubts = [NOT_SURE] * bool(is_unsure(answer.probabilities, asked.threshold)) + [UNLIKE] * bool(answer.unlike)
    return "  ".join([f"{name}  {highest:.1%}  {answer.path}", *doubts])
