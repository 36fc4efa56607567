"""The test suite, and the slow figures behind `python -m tests.soak`, `tests.bench` and `tests.screenshots`."""
