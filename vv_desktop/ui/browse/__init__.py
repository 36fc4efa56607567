"""The Browse page: every image of the project in a grid, to be found, looked at and relabelled."""
