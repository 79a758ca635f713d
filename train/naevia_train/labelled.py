"""Labelled images to evaluate on: from a CSV that a run wrote, or from class folders."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from naevia.errors import DataError
from naevia.taxonomy import find_diagnosis
from naevia_train.collect import FoundFile, data_root, find_files
from naevia_train.evaluating.diagnosis_set import NINE, DiagnosisSet
from naevia_train.label_files import read_label_files
from naevia_train.labels import resolve
from naevia_train.tables import read_table

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
    """Labelled files, and what was left out.

    Attributes:
        files: The files.
        outside: Number of files whose diagnosis the set does not know.
        contradictory: Number of images whose files lie in class folders of different diagnoses, and that no
            label settles.
    """

    files: list[LabelledFile]
    outside: int
    contradictory: int = 0


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
        DataError: The file, a column, a diagnosis or an image is not there, or a row is cut off.
    """
    table = read_table(path)
    columns = set(table.columns)
    label = "diagnosis" if "diagnosis" in columns else "label"
    if not {"path", label} <= columns:
        found = ", ".join(sorted(columns)) or "none"
        raise DataError(f"{path}: expected the columns path and diagnosis, found {found}; check the file")
    table.require_whole_rows()
    variable = os.environ.get(DATA_VARIABLE)
    places = [*roots, *([Path(variable)] if variable else []), path.parent]
    wanted = [row for row in table.rows if row.cells.get("split", split) == split]
    if not wanted:
        raise DataError(f"{path} holds no rows of the split {split}; choose another --split")
    read = [_from_row(cells, where, cells[label], places, known) for where, cells in wanted]
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

    A label is that of the image, whichever folders its files lie in.

    Args:
        folders: Class folders, or folders of images that the labels list.
        labels: Official labels.
        known: The diagnoses.

    Raises:
        DataError: No image has a label.
    """
    book = read_label_files(labels)
    files = find_files(folders, book.image_ids)
    folder_labels: dict[str, set[str]] = defaultdict(set)
    for file in files:
        folder_labels[file.image_id] |= {file.folder_label} if file.folder_label else set()
    labels_of = {
        image_id: resolve(book.statements.get(image_id, {}), of).label
        for image_id, of in folder_labels.items()
    }
    contradictory = sum(labels_of[image_id] is None and len(of) > 1 for image_id, of in folder_labels.items())
    found = [
        _of_folder(file, code, book.lesions.get(file.image_id, file.image_id), known)
        for file in files
        if (code := labels_of[file.image_id])
    ]
    if not found:
        against = f", {contradictory} images lie in folders of different diagnoses" if contradictory else ""
        raise DataError(
            f"no image under {data_root(folders)} has a label{against}; "
            "name class folders after diagnoses, or give --labels"
        )
    return _of_known(found, str(data_root(folders)))._replace(contradictory=contradictory)


def _of_folder(file: FoundFile, code: str, lesion: str, known: DiagnosisSet) -> LabelledFile | None:
    """A file of a folder with its image's diagnosis; None when the set does not know it."""
    position = known.find(code)
    if position is None:
        return None
    return LabelledFile(file.path, file.name, file.image_id, file.source, known.codes[position], lesion)
