"""Writing the run out as files for phones and servers."""
