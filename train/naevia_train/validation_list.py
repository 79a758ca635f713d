"""Keeping the validation images of an earlier model, so that both can be compared on what neither saw."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from naevia.errors import DataError, UsageError
from naevia_train.manifest import ManifestRow

_MOVABLE = ("train", "validation")


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
    """Make the listed images the validation split, and every other validation image train.

    What shares a group with a listed image and is not listed is `excluded`: the earlier model may have learnt
    from it, and the new one must not.

    Args:
        rows: The audited manifest.
        image_ids: Images that an earlier model was validated on. Those that are `test` or `excluded` now stay
            so.

    Raises:
        DataError: None of the images is there.
    """
    listed = {row.group for row in rows if row.image_id in image_ids and row.split in _MOVABLE}
    if not listed:
        raise DataError("none of the listed validation images is among the usable ones; check the list")

    def split(row: ManifestRow) -> str:
        if row.split not in _MOVABLE:
            return row.split
        if row.image_id in image_ids:
            return "validation"
        return "excluded" if row.group in listed else "train"

    return [replace(row, split=split(row)) for row in rows]


def check_start(rows: Sequence[ManifestRow], kept: Path, *, left_out: bool) -> None:
    """Refuse to measure a network on images that its first weights were trained on.

    Args:
        rows: The manifest as the run will use it.
        kept: The `validation.csv` beside those weights. Where it shares no image with the manifest, they come
            from other data, and nothing is refused; so also where there is no such file.
        left_out: Whether the test split is a source that was left out, and not the declared one.

    Raises:
        UsageError: An image to be measured on is not in that list, so they may have learnt from it.
    """
    if not kept.is_file():
        return
    unseen = read_validation_ids(kept)
    if not any(row.image_id in unseen for row in rows):
        return
    measured = ("validation", "test") if left_out else ("validation",)
    learnt = {row.image_id for row in rows if row.split in measured} - unseen
    if learnt:
        raise UsageError(
            f"{len(learnt)} images that this run would be measured on are not in {kept}, so the weights it "
            "starts from may have learnt from them; give --validation and that file, and start a run "
            "with --leave-out from weights that never saw the source"
        )
