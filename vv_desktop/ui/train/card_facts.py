"""What is known of each plan, written onto its card and the invitation: how long it takes, how good it was so far."""

from collections.abc import Sequence

from PySide6.QtCore import QObject

from vv_desktop.core.evaluation import wilson_interval
from vv_desktop.core.runs import Run
from vv_desktop.session import Session
from vv_desktop.ui.train.curves_pane import CurvesPane
from vv_desktop.ui.train.expected import Expectations, explained
from vv_desktop.ui.train.plan_pane import PlanPane
from vv_desktop.ui.train.run_list import best_val


class CardFacts(QObject):
    """Keeps the cards of a plan pane and the invitation beside it up to date. Window's thread; no signals."""

    def __init__(self, session: Session, expected: Expectations, pane: PlanPane, curves: CurvesPane) -> None:
        super().__init__(pane)
        self._session, self._expected, self._pane, self._curves = session, expected, pane, curves
        expected.changed.connect(self._show)
        pane.edited.connect(self._consider)
        pane.measure_wanted.connect(expected.measure)

    def refresh(self) -> None:
        """The project, its labels or its runs may be others."""
        self._expected.count()
        self._consider()
        self._show()

    # How

    def _consider(self) -> None:
        self._expected.consider(self._pane.form.plans(), self._pane.weights.wish)

    def _show(self) -> None:
        expected = self._expected
        for name, card in self._pane.chooser.cards.items():
            duration = expected.of(name)
            card.show_facts(
                duration.sentence if duration else "",
                explained(duration) if duration else "",
                best_so_far([run for run in self._session.runs if run.plan.name == name]),
            )
        self._pane.show_times(expected.source, expected.measuring)
        chosen = expected.of(self._pane.chooser.choice)
        self._curves.offer_training(self._pane.ready, chosen.sentence if chosen else "")


def best_so_far(runs: Sequence[Run]) -> str:
    """ "Best 84.4 % ± 3.7 of 381 val images"; empty where there was no run."""
    scored = [run for run in runs if any(epoch.best for epoch in run.history) and run.counts.get("val")]
    if not scored:
        return ""
    run = max(scored, key=best_val)
    accuracy, count = best_val(run), run.counts["val"]
    low, high = wilson_interval(round(accuracy * count), count)
    return f"Best {100 * accuracy:.1f} % ± {50 * (high - low):.1f} of {count:,} val images"
