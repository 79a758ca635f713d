"""The page for photos: each with its answer, its heat map, and the answer as a file."""
