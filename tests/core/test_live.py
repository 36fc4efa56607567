"""Which answers an update of the live head changed."""

import numpy as np

from vv_desktop.core.live import changed_answers
from vv_desktop.core.runs import Predictions


def test_answers_that_changed_come_surest_first_and_only_if_both_answer() -> None:
    before = Predictions(np.array([1, 2, 3, 4]), np.array([[0.9, 0.1], [0.6, 0.4], [0.2, 0.8], [0.7, 0.3]], np.float32))
    after = Predictions(np.array([5, 4, 3, 2]), np.array([[0.1, 0.9], [0.3, 0.7], [0.4, 0.6], [0.2, 0.8]], np.float32))
    assert changed_answers(before, after).tolist() == [2, 4]
    assert changed_answers(after, before).tolist() == [4, 2]
    assert changed_answers(after, after).tolist() == []
