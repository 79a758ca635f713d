"""What an audit keeps in memory must not grow with the number of files."""

from __future__ import annotations

import gc
import tracemalloc
from pathlib import Path

import cv2
import numpy as np

from naevia_train.auditing.engine import audit_folders

FEW, MANY = 300, 1200
MOST_BYTES_PER_FILE = 120
"""A number, a group and a split take a few bytes, a record of a file several hundred; caches of other parts
of the program move by tens."""


def held_bytes(folder: Path, count: int) -> int:
    """What is kept when everything was found and every row was gone through."""
    place = folder / "set" / "nevus"
    place.mkdir(parents=True)
    for number in range(count):
        pixels = np.random.default_rng(number).integers(0, 256, (32, 32), np.uint8)
        cv2.imwrite(str(place / f"{number}.png"), pixels)
    tracemalloc.start()
    try:
        with audit_folders([folder / "set"], cache=folder / "cache") as audit:
            assert sum(row.label == "nv" for row in audit.rows) == count
            gc.collect()
            return tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()


def test_what_is_kept_hardly_grows_with_the_number_of_files(tmp_path: Path) -> None:
    held_bytes(tmp_path / "first", 1)  # what is imported on the way stays, too
    few, many = held_bytes(tmp_path / "few", FEW), held_bytes(tmp_path / "many", MANY)
    assert many - few < MOST_BYTES_PER_FILE * (MANY - FEW)
