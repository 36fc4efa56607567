"""The map with many points: frames while it is moved and zoomed, and how long t-SNE takes."""

import os
import statistics
import time

import numpy as np

from vv_desktop.core.map_points import MapRows
from vv_desktop.core.progress import NullProgress
from vv_desktop.ml.map_points import spread

FRAMES = 120
CLASSES = 7


def map_(points: int, settle: bool) -> None:
    """Print milliseconds a frame; settle: and seconds of t-SNE for so many points in 50 dimensions."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from PySide6.QtGui import QColor
    from PySide6.QtWidgets import QApplication

    from vv_desktop.ui.map.scatter import Scatter, Spots
    from vv_desktop.ui.theme import LIGHT

    application = QApplication.instance() or QApplication([])
    random = np.random.default_rng(0)
    labels = random.integers(0, CLASSES, points)
    places = (random.normal(0, 30, (CLASSES, 2))[labels] + random.normal(0, 12, (points, 2))).astype(np.float32)
    scatter = Scatter(LIGHT)
    scatter.resize(800, 600)
    scatter.show()
    kinds = [Spots(labels == number, QColor.fromHsv(50 * number, 180, 200)) for number in range(CLASSES)]
    begun = time.perf_counter()
    scatter.show_places(places, kinds, random.random(points) < 0.1, fit=True)
    scatter.viewport().repaint()
    print(f"{points:,} points: first drawn in {1000 * (time.perf_counter() - begun):.0f} ms")
    frames = []
    for number in range(FRAMES):
        begun = time.perf_counter()
        if number % 2:
            scatter.box.translateBy(x=1.5, y=0.7)
        else:
            scatter.box.scaleBy((0.96, 0.96) if number % 40 < 20 else (1 / 0.96, 1 / 0.96))
        application.processEvents()
        scatter.viewport().repaint()
        frames.append(1000 * (time.perf_counter() - begun))
    worst = statistics.quantiles(frames, n=20)[-1]
    print(f"moved and zoomed: median {statistics.median(frames):.0f} ms a frame, 95 % below {worst:.0f} ms")
    if settle:
        rows = random.normal(0, 6, (CLASSES, 50))[labels] + random.normal(0, 1, (points, 50))
        begun = time.perf_counter()
        spread(MapRows(np.arange(points), rows.astype(np.float32)), NullProgress(), max(1, (os.cpu_count() or 2) - 1))
        print(f"t-SNE: {time.perf_counter() - begun:.1f} s")
