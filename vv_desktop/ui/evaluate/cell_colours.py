"""How dark a cell of the confusion matrix is: one scale for what was right, one for mistakes."""

import math

from PySide6.QtGui import QColor

from vv_desktop.ui.theme import Theme


class CellColours:
    """Mixes the theme's colours by the share of a row that a cell holds. Any thread.

    Right answers are blue and mistakes red, which colour-blind people tell apart; and both get
    darker (in the dark scheme: brighter) with the share, so that grey tones alone can be read too.
    """

    def __init__(self, theme: Theme) -> None:
        self._theme = theme
        self._empty = QColor(theme.base)

    def fill(self, share: float, right: bool) -> QColor:
        """The colour of a cell with this share (0–1) of its row."""
        if share <= 0 or math.isnan(share):
            return QColor(self._empty)
        # small mistakes are what one looks for: the root lifts them out of the ground
        strength = 0.12 + 0.88 * share if right else 0.10 + 0.90 * math.sqrt(share)
        return mixed(self._empty, QColor(self._theme.accent if right else self._theme.danger), strength)

    def ink(self, fill: QColor) -> QColor:
        """Black or white, whichever reads better there: pure ones, or middle shades would fall below 4.5 : 1."""
        return QColor("#ffffff") if self._theme.text_on(fill).lightness() > 127 else QColor("#000000")


def mixed(ground: QColor, colour: QColor, strength: float) -> QColor:
    """`ground` with `strength` (0–1) of `colour` over it."""
    pairs = zip(ground.getRgb()[:3], colour.getRgb()[:3], strict=True)  # type: ignore[index]
    return QColor(*(round(a + (b - a) * strength) for a, b in pairs))
