"""The page for a folder: one scan, and its table."""
