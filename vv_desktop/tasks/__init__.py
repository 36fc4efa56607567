"""What can run in the background: the table of contents of the app.

Every task is `task(values..., progress) -> value`: plain values in, plain values out. `ml` is
imported inside the functions only, so that the window starts without TensorFlow.
"""

from vv_desktop.tasks import answers, data, diagnosis, review, training

__all__ = ["answers", "data", "diagnosis", "review", "training"]
