"""The answer to "Did it help?": the verdict, what it rests on, and each class before and after."""

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from vv_desktop.core.comparison import ClassChange, Comparison, Paired
from vv_desktop.core.runs import Run
from vv_desktop.ui import words
from vv_desktop.ui.evaluate.score_words import images_of, percent
from vv_desktop.ui.theme import XS, M, S

COLUMNS = ("Class", "Images", "Before", "After", "Change")
ROW_HEIGHT, MOST_ROWS = 24, 8
P_TIP = "p: how often chance alone would part the two by as much or more, if neither were better."


class _Room(QScrollArea):
    """As high as its parts are at its width, and scrolling where there is less room than that."""

    def __init__(self, parts: Sequence[QWidget]) -> None:
        super().__init__()
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName("What the comparison rests on")
        inside = QWidget()
        inside.setObjectName("inside")
        self.setStyleSheet("QScrollArea, #inside { background: transparent; }")
        self._column = QVBoxLayout(inside)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(XS)
        for part in parts:
            self._column.addWidget(part)
        self.setWidget(inside)

    def sizeHint(self) -> QSize:
        return QSize(self.width(), self._column.totalHeightForWidth(self.viewport().width()))

    def minimumSizeHint(self) -> QSize:
        return QSize(0, 3 * self.fontMetrics().lineSpacing())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.updateGeometry()


class HelpPanel(QFrame):
    """Shows one comparison. Window's thread.

    Signals: put_away, it was read; kept_wanted, look at the run on the labels now.
    """

    put_away = Signal()
    kept_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "panel")
        self.verdict, self.basis, self.versions = (self._line() for _ in range(3))
        self.verdict.setStyleSheet("font-weight: 600;")
        self.basis.setProperty("role", "muted")
        self.basis.setToolTip(P_TIP)
        self.versions.setProperty("role", "muted")
        self.stale = self._line("Labels changed again since this comparison was begun.")
        self.classes = QPushButton("Class by class")
        self.classes.setProperty("role", "flat")
        self.classes.setCheckable(True)
        self.kept = QPushButton("Look at the new run")
        self.kept.setProperty("role", "flat")
        self.kept.setToolTip("The run on the labels now; it is in the list of runs")
        self.kept.clicked.connect(self.kept_wanted)
        self.close_ = QPushButton("Close")
        self.close_.setProperty("role", "flat")
        self.close_.setAccessibleName("Close the comparison")
        self.close_.clicked.connect(self.put_away)
        self.table = self._table()
        self.classes.toggled.connect(self._unfold)
        self._place()

    def show_comparison(self, comparison: Comparison, asked: Run, stale: bool, looked_at: bool) -> None:
        """Show this; asked: the run whose plan was trained twice; looked_at: the new run is the one on the page."""
        self.verdict.setText(comparison.verdict)
        self.basis.setText(basis(comparison, asked))
        self.versions.setText(versions(comparison))
        self.versions.setVisible(comparison.changed_there > 0)
        self.stale.setVisible(stale)
        self.kept.setVisible(not looked_at)
        self.table.setRowCount(len(comparison.per_class))
        for row, change in enumerate(comparison.per_class):
            for column, text in enumerate(_cells(change)):
                item = QTableWidgetItem(text)
                item.setTextAlignment(_side(column))
                self.table.setItem(row, column, item)
        shown = min(len(comparison.per_class), MOST_ROWS)
        head = self.table.horizontalHeader().sizeHint().height()
        self.table.setFixedHeight(head + shown * ROW_HEIGHT + 4)

    # How

    def _unfold(self, unfolded: bool) -> None:
        self.table.setVisible(unfolded)
        self.classes.setText("Hide the classes" if unfolded else "Class by class")

    def _line(self, text: str = "") -> QLabel:
        label = QLabel(text)
        label.setTextFormat(Qt.TextFormat.PlainText)
        label.setWordWrap(True)
        return label

    def _table(self) -> QTableWidget:
        table = QTableWidget(0, len(COLUMNS))
        table.setAccessibleName("Recall of each class before and after")
        for column, name in enumerate(COLUMNS):
            head = QTableWidgetItem(name)
            head.setTextAlignment(_side(column))
            table.setHorizontalHeaderItem(column, head)
        table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        table.setTabKeyNavigation(False)
        table.setShowGrid(False)
        table.verticalHeader().hide()
        table.verticalHeader().setMinimumSectionSize(ROW_HEIGHT)
        table.verticalHeader().setDefaultSectionSize(ROW_HEIGHT)
        header = table.horizontalHeader()
        header.setHighlightSections(False)
        header.setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        table.hide()
        return table

    def _place(self) -> None:
        row = QHBoxLayout()
        row.setSpacing(XS)
        for button in (self.classes, self.kept):
            row.addWidget(button)
        row.addStretch()
        row.addWidget(self.close_)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(M, S, M, S)
        layout.setSpacing(XS)
        layout.addWidget(self.verdict)
        layout.addWidget(_Room((self.stale, self.table, self.basis, self.versions)))
        layout.addLayout(row)


def basis(comparison: Comparison, asked: Run) -> str:
    """What the verdict rests on."""
    pair, plan = comparison.untouched, asked.plan
    chose = "" if comparison.split == "test" else " (which chose the best epochs, too)"
    return (
        f"Plan {plan.name}, seed {plan.seed}, trained on the labels then and on those now "
        f"({images_of(comparison.changed)} changed). {comparison.split.capitalize()} images whose label did not "
        f"change{chose}: {percent(pair.before)} → {percent(pair.after)} right; {pair.gained:,} gained, "
        f"{pair.lost:,} lost, McNemar's exact p = {pair.p_value:.2g}. Another seed would move both."
    )


def versions(comparison: Comparison) -> str:
    """The scores by both label versions, changed labels among them."""
    all_ = images_of(comparison.by_after.images, comparison.split)
    return (
        f"All {all_}: {_arrow(comparison.by_before)} by the labels then, {_arrow(comparison.by_after)} by those now; "
        f"{comparison.changed_there:,} of these labels changed by hand, which inflates the second score."
    )


def _side(column: int) -> Qt.AlignmentFlag:
    side = Qt.AlignmentFlag.AlignRight if column else Qt.AlignmentFlag.AlignLeft
    return side | Qt.AlignmentFlag.AlignVCenter


def _arrow(pair: Paired) -> str:
    return f"{percent(pair.before)} → {percent(pair.after)}"


def _cells(change: ClassChange) -> tuple[str, ...]:
    name, images = words.shown(change.name), f"{change.images:,}"
    if not change.images:
        return name, images, "–", "–", "–"
    gain = 100 * (change.after - change.before) / change.images
    sign = "" if not gain else "+" if gain > 0 else "−"
    before, after = (percent(count / change.images) for count in (change.before, change.after))
    return name, images, before, after, f"{sign}{abs(gain):.1f}"
