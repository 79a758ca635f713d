"""Drawn photos as files, how a run of the program ended, and the table that it left."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import NamedTuple

import cv2

from naevia.synthetic import draw_lesion


def write_photo(
    path: Path, code: str = "mel", seed: int = 1, *, width_px: int = 200, height_px: int = 150
) -> Path:
    """Draw a lesion into a file; returns the path."""
    drawn = draw_lesion(code, seed=seed, width_px=width_px, height_px=height_px)
    assert cv2.imwrite(str(path), drawn[..., ::-1])
    return path


class Done(NamedTuple):
    """How a run of the program ended."""

    code: int
    out: str
    err: str


def read_csv(path: Path) -> list[dict[str, str]]:
    """The rows of a table that a scan wrote."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
