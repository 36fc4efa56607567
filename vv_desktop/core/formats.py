"""Which files are pictures, by their names."""

SUFFIXES = frozenset({".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".webp", ".bmp", ".gif", ".tif", ".tiff"})
"""Read here."""
CONVERT = frozenset({".heic", ".heif", ".avif", ".jp2", ".jxl", ".svg", ".pdf", ".psd", ".cr2", ".nef", ".arw", ".dng"})
"""Pictures all the same: the user is told to convert them."""
