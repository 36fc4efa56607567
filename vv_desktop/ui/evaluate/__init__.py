"""The Evaluate page: scores of a run, its confusion matrix and the images behind each cell."""
