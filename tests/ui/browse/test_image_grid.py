"""The grid: the keys that label, the selection, what goes out, and the right picture on every cell."""

import time

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor, QGuiApplication, QImage
from PySide6.QtWidgets import QMenu
from pytestqt.qtbot import QtBot

from tests_browse import Browse, COUNT, colour_of  # type: ignore[import-not-found]
