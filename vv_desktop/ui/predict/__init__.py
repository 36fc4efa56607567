"""Asking the run about new photos, and taking them into the project."""
