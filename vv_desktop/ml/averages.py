"""The model of an average: one backbone with the heads of all its runs behind it, where they share the backbone."""

from vv_desktop.core.averages import runs_of
from vv_desktop.core.errors import UserError
from vv_desktop.core.progress import ChildDied, Progress
from vv_desktop.core.runs import Run


def keep_model(average: Run, progress: Progress) -> None:
    """Write the average's model.keras, unless it is there: what is exported is made of it.

    Raises UserError for runs that do not share a backbone, as their average is several networks and no one file.
    """
    if average.keras_file.is_file():
        return
    runs = runs_of(average)
    if tuned := [run.name for run in runs if run.plan.fine_tune_epochs]:
        raise UserError(
            "Only runs that share the pretrained network as it was, as those of plan quick do, are exported as one "
            f"file; fine-tuned: {', '.join(tuned)}. Export one run, or train one that is better"
        )
    if twice := [run.name for run in runs if run.averaged is not None]:
        raise UserError(f"Runs that look at each image twice are not exported as one file; received {', '.join(twice)}")
    request = {
        "sources": [str(run.keras_file) for run in runs],
        "columns": [list(member.columns) for member in average.members],
        "out": str(average.keras_file),
    }
    try:
        progress.in_child("vv_desktop.ml.joined:join_models", request)
    except ChildDied as error:
        last = (str(error).strip().splitlines() or ["no reason"])[-1]
        raise UserError(f"The runs could not be put into one model; received: {last[:200]}") from error
