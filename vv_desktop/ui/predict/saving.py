"""The list as a CSV file, as it is shown."""

from pathlib import Path

from vv_desktop.core.answers_csv import AnswersCsv
from vv_desktop.core.errors import UserError
from vv_desktop.ui.predict.result_model import ResultsModel


def save_shown(path: Path, model: ResultsModel) -> None:
    """The photos that are shown, in their order, into `path`. Raises UserError."""
    first, second = model.reading.classes
    if first is None:
        raise UserError(f"No run answers, so there is nothing to save: {path}")
    with AnswersCsv(path, first, second, model.reading.threshold) as rows:
        for result in model.shown:
            problem = result.error or result.second_error
            unlike = None if result.distance is None else result.unlike
            rows.add(result.path, result.probabilities, problem, result.second, unlike)
