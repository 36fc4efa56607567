"""The results as a CSV: filepath, label, confidence, then one column for each class."""

from collections.abc import Iterable
from pathlib import Path

from vv_desktop.core.classes import ClassList
from vv_desktop.core.label_csv import write_csv
from vv_desktop.ui.predict.results import Result


def save_results(path: Path, results: Iterable[Result], classes: ClassList) -> None:
    """Every photo is a row; one that could not be read has no label and no numbers. Raises UserError.

    Cells stay exact, also those that a spreadsheet takes for a formula: the file is for programs.
    """
    rows: list[tuple[object, ...]] = []
    for result in results:
        p = result.probabilities
        if p is None:
            rows.append((str(result.path), "", "", *("" for _ in classes.names)))
        else:
            rows.append(
                (
                    str(result.path),
                    classes.names[result.ranking[0]],
                    f"{result.confidence:.6f}",
                    *(f"{x:.6f}" for x in p),
                )
            )
    write_csv(path, ("filepath", "label", "confidence", *classes.names), rows)
