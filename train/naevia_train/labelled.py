"""Labelled images to evaluate on: from a CSV that a run wrote, or from class folders."""

from __future__ import annotations

import csv
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from naevia.errors import DataError
from naevia.taxonomy import find_diagnosis
from naevia_train.collect import data_root, find_files
from naevia_train.labels import read_label_files, resolve

DATA_VARIABLE = "NAEVIA_DATA"


@dataclass(frozen=True)
class LabelledFile:
    """One file with its true diagnosis.

    Attributes:
        path: Where it is.
        name: How the report calls it.
        image_id: The image it shows.
        source: The folder it came from.
        diagnosis: Diagnosis code.
        lesion: Lesion id, or the image id where it is unknown.
    """

    path: Path
    name: str
    image_id: str
    source: str
    diagnosis: str
    lesion: str


def read_labelled_csv(path: Path, roots: Sequence[Path], *, split: str = "validation") -> list[LabelledFile]:
    """Read `validation.csv` or `manifest.csv` of a run.

    Args:
        path: The CSV: columns `path` and `diagnosis` (or `label`), and if known `image_id`, `source`,
            `lesion`, `split`.
        roots: Folders that the paths are looked up from, in order; then `NAEVIA_DATA`, then the CSV's own
            folder.
        split: Which rows of a manifest count.

    Raises:
        DataError: The file, a column, a diagnosis or an image is not there.
    """
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.DictReader(file)
            rows, columns = list(reader), set(reader.fieldnames or ())
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"{path} cannot be read as a CSV: {error}; check the file") from error
    label = "diagnosis" if "diagnosis" in columns else "label"
    if not {"path", label} <= columns:
        found = ", ".join(sorted(columns)) or "none"
        raise DataError(f"{path}: expected the columns path and diagnosis, found {found}; check the file")
    variable = os.environ.get(DATA_VARIABLE)
    places = [*roots, *([Path(variable)] if variable else []), path.parent]
    wanted = [(number, row) for number, row in enumerate(rows, start=2) if row.get("split", split) == split]
    if not wanted:
        raise DataError(f"{path} holds no rows of the split {split}; choose another --split")
    return [_from_row(row, f"{path}, row {number}", row[label], places) for number, row in wanted]


def _from_row(row: dict[str, str], where: str, word: str, places: Sequence[Path]) -> LabelledFile:
    diagnosis = find_diagnosis(word)
    if diagnosis is None:
        raise DataError(f"{where}: {word!r} is none of the nine diagnoses; correct the row")
    name = row["path"]
    path = next((place / name for place in places if (place / name).is_file()), None)
    if path is None:
        looked = ", ".join(str(place) for place in places)
        raise DataError(f"{where}: {name} is in none of {looked}; name the folder it starts from with --root")
    image_id = row.get("image_id") or name
    source = row.get("source") or path.parent.name
    return LabelledFile(path, name, image_id, source, diagnosis.code, row.get("lesion") or image_id)


def find_labelled_files(folders: Sequence[Path], labels: Sequence[Path]) -> list[LabelledFile]:
    """Find labelled images in folders; files without a label that can be trusted are left out.

    Raises:
        DataError: No image has a label.
    """
    book = read_label_files(labels)
    found = []
    for file in find_files(folders, book.image_ids):
        folder_labels = [file.folder_label] if file.folder_label else []
        code = resolve(book.statements.get(file.image_id, {}), folder_labels).label
        if code:
            lesion = book.lesions.get(file.image_id, file.image_id)
            found.append(LabelledFile(file.path, file.name, file.image_id, file.source, code, lesion))
    if not found:
        raise DataError(
            f"no image under {data_root(folders)} has a label; "
            "name class folders after diagnoses, or give --labels"
        )
    return found
