"""Where everything begins: the welcome page and the review of what was found before it becomes a project."""
