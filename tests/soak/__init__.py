"""The slow figures of the faults, one module a theme: python -m tests.soak PART ... [--record]."""
