"""Keeping the validation images of an earlier model, so that both can be compared on what neither saw."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from naevia.errors import DataError
from naevia_train.manifest import ManifestRow


def read_validation_ids(path: Path) -> set[str]:
    """The image ids of a `validation.csv`.

    Raises:
        DataError: The file cannot be read or has no column `image_id`.
    """
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.DictReader(file)
            ids = {row["image_id"] for row in reader} if "image_id" in (reader.fieldnames or ()) else set()
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"{path} cannot be read as a CSV: {error}; check the file") from error
    if not ids:
        raise DataError(
            f"{path}: expected a column image_id with image ids, found none; give a validation.csv"
        )
    return ids


def keep_validation(rows: Sequence[ManifestRow], image_ids: set[str]) -> list[ManifestRow]:
    """Make the groups of the listed images the validation split, and every other validation group train.

    Args:
        rows: The audited manifest.
        image_ids: Images that an earlier model was validated on. Those that are `test` or `excluded` now stay
            so.

    Raises:
        DataError: None of the images is there.
    """
    movable = ("train", "validation")
    listed = {row.group for row in rows if row.image_id in image_ids and row.split in movable}
    if not listed:
        raise DataError("none of the listed validation images is among the usable ones; check the list")
    return [
        replace(row, split="validation" if row.group in listed else "train") if row.split in movable else row
        for row in rows
    ]
