"""Labelled images to evaluate on: from a CSV that a run wrote, or from class folders."""

from __future__ import annotations

import csv
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from naevia.errors import DataError
from naevia.taxonomy import find_diagnosis
from naevia_train.collect import data_root, find_files
from naevia_train.evaluating.diagnosis_set import NINE, DiagnosisSet
from naevia_train.label_files import read_label_files
from naevia_train.labels import resolve

DATA_VARIABLE = "NAEVIA_DATA"


@dataclass(frozen=True)
class LabelledFile:
    """One file with its true diagnosis.

    Attributes:
        path: Where it is.
        name: How the report calls it.
        image_id: The image it shows.
        source: The folder it came from.
        diagnosis: Code of its diagnosis in the set that is asked for.
        lesion: Lesion id, or the image id where it is unknown.
    """

    path: Path
    name: str
    image_id: str
    source: str
    diagnosis: str
    lesion: str


class Labelled(NamedTuple):
    """Labelled files, and how many were left out because the set does not know their diagnosis."""

    files: list[LabelledFile]
    outside: int


def read_labelled_csv(
    path: Path, roots: Sequence[Path], *, split: str = "validation", known: DiagnosisSet = NINE
) -> Labelled:
    """Read `validation.csv` or `manifest.csv` of a run.

    Args:
        path: The CSV: columns `path` and `diagnosis` (or `label`), and if known `image_id`, `source`,
            `lesion`, `split`.
        roots: Folders that the paths are looked up from, in order; then `NAEVIA_DATA`, then the CSV's own
            folder.
        split: Which rows of a manifest count.
        known: The diagnoses; a row may name one of them or one of the nine.

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
    read = [_from_row(row, f"{path}, row {number}", row[label], places, known) for number, row in wanted]
    return _of_known(read, str(path))


def _from_row(
    row: dict[str, str], where: str, word: str, places: Sequence[Path], known: DiagnosisSet
) -> LabelledFile | None:
    """The file that a row names; None when the set does not know its diagnosis."""
    position = known.find(word)
    if position is None:
        if find_diagnosis(word) is not None:
            return None
        expected = (
            "the nine diagnoses" if known is NINE else f"{', '.join(known.codes)} or the nine diagnoses"
        )
        raise DataError(f"{where}: {word!r} is none of {expected}; correct the row")
    name = row["path"]
    path = next((place / name for place in places if (place / name).is_file()), None)
    if path is None:
        looked = ", ".join(str(place) for place in places)
        raise DataError(f"{where}: {name} is in none of {looked}; name the folder it starts from with --root")
    image_id = row.get("image_id") or name
    source = row.get("source") or path.parent.name
    return LabelledFile(path, name, image_id, source, known.codes[position], row.get("lesion") or image_id)


def _of_known(read: Sequence[LabelledFile | None], where: str) -> Labelled:
    files = [file for file in read if file is not None]
    if not files:
        raise DataError(
            f"{where} holds no image of a diagnosis that the set knows; choose another --taxonomy"
        )
    return Labelled(files, len(read) - len(files))


def find_labelled_files(
    folders: Sequence[Path], labels: Sequence[Path], *, known: DiagnosisSet = NINE
) -> Labelled:
    """Find labelled images in folders; files without a label that can be trusted are left out.

    Args:
        folders: Class folders, or folders of images that the labels list.
        labels: Official labels.
        known: The diagnoses.

    Raises:
        DataError: No image has a label.
    """
    book = read_label_files(labels)
    found: list[LabelledFile | None] = []
    for file in find_files(folders, book.image_ids):
        folder_labels = [file.folder_label] if file.folder_label else []
        code = resolve(book.statements.get(file.image_id, {}), folder_labels).label
        if code:
            position = known.find(code)
            lesion = book.lesions.get(file.image_id, file.image_id)
            found.append(
                None
                if position is None
                else LabelledFile(
                    file.path, file.name, file.image_id, file.source, known.codes[position], lesion
                )
            )
    if not found:
        raise DataError(
            f"no image under {data_root(folders)} has a label; "
            "name class folders after diagnoses, or give --labels"
        )
    return _of_known(found, str(data_root(folders)))
