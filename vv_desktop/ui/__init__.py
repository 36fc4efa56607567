"""Everything the user sees, one page per file."""
