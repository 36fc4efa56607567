"""What drives the whole window for the faults of faults.md, section G, in the tests and in python -m tests.soak."""
