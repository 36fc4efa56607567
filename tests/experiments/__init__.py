"""What was tried on the real photos, each with the command that does it again: docs/experiments.md."""
