"""From a folder of photos to a trustworthy image classifier on a phone."""

__version__ = "0.1.0"
