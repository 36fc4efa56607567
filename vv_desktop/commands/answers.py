"""What the command predict does: each photo's answer as it comes, to the terminal, as JSON or into a CSV."""

import argparse
import contextlib
from pathlib import Path
from typing import Any

from vv_desktop import tasks
from vv_desktop.commands.verbs import EXIT_INPUT, Verbs, opened, print_answer
from vv_desktop.core.answers_csv import UNLIKE, AnswersCsv
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
    model, classes, here = _answerer(options, progress)
    if removed := [name for name in classes if name not in here]:
        progress.report(Note(f"The run also answers {', '.join(removed)}: {NOT_HERE}"))
    files, others = tasks.data.find_photos(options.files, progress=progress)
    for problem in others:
        progress.report(Note(f"{problem.reason}: {problem.path}"))
    documents: list[dict[str, Any]] = []
    done = 0
    with contextlib.ExitStack() as stack:
        rows = stack.enter_context(AnswersCsv(options.csv, classes)) if options.csv else None

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
                documents.append(_document(answer, classes, here))
            else:
                print(_line(answer, classes, here), flush=True)

        tasks.answers.predict(files, model, progress=progress.heard_by(hear))
    if options.csv:
        print_answer(options, {"csv": str(options.csv), "photos": done}, f"{done:,} photos: {options.csv}")
    elif options.json:
        print_answer(options, documents, "")


def _answerer(options: argparse.Namespace, progress: WorkerProgress) -> tuple[Run | Path, ClassList, ClassList]:
    """The run or the model file that is asked, its classes, and those of the project, or its own. Raises UserError."""
    from vv_desktop.core.project import is_project
    from vv_desktop.core.runs import find_run, today

    if is_project(options.model):
        folder = options.model if options.model.is_dir() else options.model.parent
        run = find_run(folder / "runs", options.run)
        try:
            with opened(folder, look=True) as project:
                now = project.classes
        except UserError as error:  # damaged: the run is asked all the same
            progress.report(Note(f"Classes have the names of the training. {error}"))
            return run, run.classes, run.classes
        run = today(run, now)
        return run, run.classes, now
    classes, assumed = tasks.answers.describe_model(options.model, progress=progress)
    if assumed:
        progress.report(Note(assumed))
    return options.model, classes, classes


def _document(answer: Answer, classes: ClassList, here: ClassList) -> dict[str, Any]:
    if answer.probabilities is None:
        return {"file": str(answer.path), "error": answer.error}
    top = sorted(zip(classes.names, answer.probabilities, strict=True), key=lambda pair: -pair[1])
    found = {"file": str(answer.path), "label": top[0][0], "confidence": top[0][1], "top": top[:5]}
    found |= {"unlike": answer.unlike, "distance": answer.distance}
    return found if top[0][0] in here.names else {**found, "problem": NOT_HERE}


def _line(answer: Answer, classes: ClassList, here: ClassList) -> str:
    if answer.probabilities is None:
        return answer.error or f"No answer came: {answer.path.name}"  # the sentence ends with the file
    highest = max(answer.probabilities)
    name = named_here(classes.names[answer.probabilities.index(highest)], here.names)
    said = f"{name}  {highest:.1%}  {answer.path}"
    return f"{said}  {UNLIKE}" if answer.unlike else said
