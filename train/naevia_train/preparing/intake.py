"""The one door to training: folders are audited first, a manifest is checked."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from naevia.errors import DataError
from naevia.taxonomy import CODES
from naevia_train.auditing.engine import audit_folders
from naevia_train.auditing.output import read_noted
from naevia_train.labelling.collect import data_root
from naevia_train.labelling.manifest import USED, ManifestRow, first_files, read_manifest
from naevia_train.labelling.scoring_table import DATA_VARIABLE
from naevia_train.preparing.audit_notes import UNNAMED, Notes, audit_notes, diagnoses_in
from naevia_train.preparing.decoding import decode_rows

_MOST_NAMED = 3


@dataclass(frozen=True)
class RunData:
    """What training works with.

    Attributes:
        rows: The manifest, one row per file found.
        pixels: Photo by path, for every row that was not dropped.
        notes: Lines for the report, by heading.
    """

    rows: list[ManifestRow]
    pixels: dict[str, NDArray[np.uint8]]
    notes: dict[str, list[str]]


def take_folders(
    folders: Sequence[Path], labels: Sequence[Path], *, seed: int, limit_px: int, workers: int = 2
) -> RunData:
    """Audit folders, settle what contradicts, and read every image that may be used.

    Args:
        folders: Class-folder trees, trees with declared splits, or flat folders.
        labels: Official labels and metadata.
        seed: Seed of the split.
        limit_px: Photos whose shorter side is longer are shrunk to it, to save memory.
        workers: Threads.

    Raises:
        DataError: A folder or a label file cannot be used, or fewer than two diagnoses are left.
    """
    with audit_folders(folders, labels, seed=seed, workers=workers, strict_labels=True) as found:
        rows, notes = list(found.rows), audit_notes(found)
    _require_two_diagnoses(rows, notes)
    pixels = decode_rows(rows, [data_root(folders)], limit_px=limit_px, workers=workers)
    return RunData(rows, pixels, notes)


def take_manifest(path: Path, *, limit_px: int, workers: int = 2) -> RunData:
    """Take an audit's manifest as it stands, after checking that nothing in it contradicts or leaks.

    Args:
        path: `manifest.csv` or `manifest.parquet`. Its paths start from the folder that the audit noted
            beside it, or else from `NAEVIA_DATA`, or else from its own folder.
        limit_px: Photos whose shorter side is longer are shrunk to it, to save memory.
        workers: Threads.

    Raises:
        DataError: A row contradicts another, or an image is missing or has changed since the audit.
    """
    rows = read_manifest(path)
    if not rows:
        raise DataError(f"{path} holds no rows; make a manifest with `naevia audit`")
    _refuse_contradictions(rows, path)
    _require_two_diagnoses(rows, {})
    noted, variable = read_noted(path.parent), os.environ.get(DATA_VARIABLE)
    roots = [noted and noted.root, Path(variable) if variable else None, path.parent]
    pixels = decode_rows(rows, [root for root in roots if root], limit_px=limit_px, workers=workers)
    return RunData(rows, pixels, {})


def require_both_sides(rows: Sequence[ManifestRow]) -> None:
    """Check that there is something to learn and something to measure it on.

    Args:
        rows: The manifest as the run will use it.

    Raises:
        DataError: Training or validation has images of fewer than two diagnoses; the message counts them.
    """
    sides = {side: first_files(rows, side) for side in ("train", "validation")}
    if any(len({row.label for row in first}) < 2 for first in sides.values()):
        found = "; ".join(f"{side}: {diagnoses_in(rows, side) or 'none'}" for side in sides)
        raise DataError(
            f"training and validation each need images of two diagnoses or more, found {found}; "
            "give more images, or leave out fewer"
        )


def _require_two_diagnoses(rows: Sequence[ManifestRow], notes: Notes) -> None:
    labels = {row.image_id: row.label for row in rows if row.split in USED}
    if len(set(labels.values())) >= 2:
        return
    images = len({row.image_id for row in rows})
    found = f"{len(labels):,} usable of {images:,} images" + "".join(
        f", all {code}" for code in {*labels.values()}
    )
    way_out = "; ".join(notes.get(UNNAMED, [])[:_MOST_NAMED])
    way_out = way_out or "name class folders after diagnoses, or give --labels"
    raise DataError(f"expected images of at least two diagnoses, found {found}; {way_out}")


def _refuse_contradictions(rows: Sequence[ManifestRow], path: Path) -> None:
    labels: dict[str, str] = {}
    splits: dict[str, str] = {}
    for number, row in enumerate(rows, start=2):
        if row.split not in USED:
            continue
        where, way_out = f"{path}, row {number}", "settle it with `naevia audit --resolve authority`"
        label = labels.setdefault(row.image_id, row.label)
        split = splits.setdefault(row.group, row.split)
        if row.label not in CODES:
            raise DataError(f"{where}: {row.label!r} is none of {', '.join(CODES)}; correct the row")
        if label != row.label:
            raise DataError(f"{where}: {row.image_id} is {row.label} here and {label} above; {way_out}")
        if split != row.split:
            raise DataError(f"{where}: group {row.group} leaks from {split} to {row.split}; {way_out}")
