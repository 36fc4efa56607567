"""What everything looks like: colours, type, spacing, icons and the colour of each class, in light and dark."""

from dataclasses import dataclass
from pathlib import Path
from string import Template

from PySide6.QtCore import QByteArray, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QGuiApplication, QIcon, QPainter, QPalette, QPixmap
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QApplication

from vv_desktop.core import viewpoint
from vv_desktop.core.classes import ClassList

XS, S, M, L, XL = 4, 8, 12, 16, 24
"""Spacing in pixels; nothing is placed by other numbers."""
SMALL, TEXT, TITLE = 11, 13, 18
"""Sizes of type in pixels."""
RADIUS = 6

_CIRCLE_LIGHT = {
    "Front": "#d9a21b",
    "FrontLeft": "#3f9fb5",
    "RearLeft": "#2166ac",
    "Rear": "#4b3a86",
    "RearRight": "#a4286a",
    "FrontRight": "#d9622b",
}
_CIRCLE_DARK = {
    "Front": "#f0c350",
    "FrontLeft": "#5fc0d5",
    "RearLeft": "#5a9ce0",
    "Rear": "#9a8ae0",
    "RearRight": "#dd6ba6",
    "FrontRight": "#f08a58",
}
_MANY_LIGHT = (
    "#0072b2",
    "#d55e00",
    "#00896a",
    "#b0568c",
    "#b58900",
    "#3f9fd0",
    "#6b4fa0",
    "#7a5c3e",
    "#5a7d1e",
    "#a03030",
)
_MANY_DARK = (
    "#4fa8e0",
    "#f08a4a",
    "#33bd97",
    "#dd8fbb",
    "#e0b840",
    "#86c8ee",
    "#a58fdc",
    "#b8987a",
    "#9cc050",
    "#e07a7a",
)


@dataclass(frozen=True)
class Theme:
    """The colours of one scheme, as #rrggbb. Text on `window` and `base` has a contrast of at least 4.5 : 1."""

    dark: bool
    window: str
    base: str
    sunken: str
    text: str
    muted: str
    line: str
    accent: str
    on_accent: str
    good: str
    danger: str

    def colour_of(self, classes: ClassList, name: str) -> QColor:
        """The colour that stands for a class everywhere: chips, matrix, bars, map. Grey for what has none."""
        if name not in classes.names or name == viewpoint.BACKGROUND:
            return QColor("#9a9ea5" if self.dark else "#74787f")
        if viewpoint.speaks_of(classes):
            return QColor((_CIRCLE_DARK if self.dark else _CIRCLE_LIGHT)[name])
        many = _MANY_DARK if self.dark else _MANY_LIGHT
        return QColor(many[classes.names.index(name) % len(many)])

    def text_on(self, colour: QColor) -> QColor:
        """Black or white, whichever reads better on `colour`."""
        channels = [
            c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4
            for c in (colour.redF(), colour.greenF(), colour.blueF())
        ]
        luminance = 0.2126 * channels[0] + 0.7152 * channels[1] + 0.0722 * channels[2]
        return QColor("#111214" if luminance > 0.179 else "#ffffff")


LIGHT = Theme(
    False, "#f6f6f7", "#ffffff", "#ececee", "#1b1c1f", "#5c6067", "#d8d9dd", "#2459c2", "#ffffff", "#1c7a40", "#b3261e"
)
DARK = Theme(
    True, "#1c1d20", "#26272b", "#151618", "#ececef", "#a4a8af", "#3b3d43", "#7fb0ff", "#0e1726", "#74d296", "#ff9389"
)


def system_theme() -> Theme:
    """The scheme that the desktop asks for; light where it says nothing."""
    return DARK if QGuiApplication.styleHints().colorScheme() == Qt.ColorScheme.Dark else LIGHT


def apply_theme(app: QApplication, theme: Theme, resources: Path) -> None:
    """Dress the whole application: Fusion, the scheme's palette and resources/style.qss."""
    app.setStyle("Fusion")
    app.setPalette(_palette(theme))
    font = app.font()
    font.setPixelSize(TEXT)
    app.setFont(font)
    template = Template((resources / "style.qss").read_text())
    values = {key: str(value) for key, value in vars(theme).items()}
    scheme = "dark" if theme.dark else "light"
    app.setStyleSheet(template.substitute(values, icons=(resources / "icons").as_posix(), scheme=scheme))


def icon(resources: Path, name: str, colour: str, size: int = 20) -> QIcon:
    """resources/icons/NAME.svg, whose strokes are `currentColor`, drawn in `colour`."""
    svg = (resources / "icons" / f"{name}.svg").read_text().replace("currentColor", colour)
    pixmap = QPixmap(QSize(2 * size, 2 * size))
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    QSvgRenderer(QByteArray(svg.encode())).render(painter, QRectF(0, 0, 2 * size, 2 * size))
    painter.end()
    pixmap.setDevicePixelRatio(2)
    return QIcon(pixmap)


def _palette(theme: Theme) -> QPalette:
    roles = QPalette.ColorRole
    palette = QPalette()
    for role, colour in {
        roles.Window: theme.window,
        roles.WindowText: theme.text,
        roles.Base: theme.base,
        roles.AlternateBase: theme.sunken,
        roles.Text: theme.text,
        roles.PlaceholderText: theme.muted,
        roles.Button: theme.base,
        roles.ButtonText: theme.text,
        roles.BrightText: theme.danger,
        roles.ToolTipBase: theme.base,
        roles.ToolTipText: theme.text,
        roles.Highlight: theme.accent,
        roles.HighlightedText: theme.on_accent,
        roles.Link: theme.accent,
        roles.Mid: theme.line,
        roles.Light: theme.base,
        roles.Dark: theme.line,
    }.items():
        palette.setColor(role, QColor(colour))
    for role in (roles.Text, roles.ButtonText, roles.WindowText):
        palette.setColor(QPalette.ColorGroup.Disabled, role, QColor(theme.muted))
    return palette
