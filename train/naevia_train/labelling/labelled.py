"""Labelled images to evaluate on, from a CSV that a run wrote; `labelled_folders` finds them in folders."""

from __future__ import annotations

import os
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import NamedTuple

from naevia.errors import DataError, UsageError
from naevia.taxonomy import find_diagnosis
from naevia_train.labelling.collect import set_of
from naevia_train.labelling.diagnosis_set import NINE, DiagnosisSet
from naevia_train.labelling.tables import Row, Table, read_table

DATA_VARIABLE = "NAEVIA_DATA"
DEFAULT_SPLIT = "validation"


@dataclass(frozen=True)
class LabelledFile:
    """One file with its true diagnosis.

    Attributes:
        path: Where it is.
        name: How the report calls it.
        image_id: The image it shows.
        source: The folder it came from.
        diagnosis: Code of its diagnosis in the set that is asked for.
        lesion: Lesion id, empty where it is unknown.
        group: What its image is resampled with: the manifest's group, or else the lesion, or else the image.
        split: `train`, `validation` or `test` where a table or a folder says so, else empty.
    """

    path: Path
    name: str
    image_id: str
    source: str
    diagnosis: str
    lesion: str
    group: str
    split: str = ""


@dataclass(frozen=True)
class NotScored:
    """What is not scored, and why.

    Attributes:
        outside: Number of files whose diagnosis the set does not know.
        contradictory: Images whose rows, or whose class folders where no label settles them, state different
            diagnoses.
        unlabelled: Number of files without a diagnosis, by the name of the folder that should say it.
        other_splits: Number of files by the split that they belong to, where another one is scored.
    """

    outside: int = 0
    contradictory: tuple[str, ...] = ()
    unlabelled: Mapping[str, int] = field(default_factory=dict)
    other_splits: Mapping[str, int] = field(default_factory=dict)


class Labelled(NamedTuple):
    """Labelled files, and what was left out."""

    files: list[LabelledFile]
    left_out: NotScored


def read_labelled_csv(
    path: Path, roots: Sequence[Path], *, split: str | None = None, known: DiagnosisSet = NINE
) -> Labelled:
    """Read `validation.csv` or `manifest.csv` of a run.

    Images whose rows state different diagnoses are left out, as `find_labelled_files` leaves those out whose
    folders do.

    Args:
        path: The CSV: columns `path` and `diagnosis` (or `label`), and if known `image_id`, `source`,
            `lesion`, `group`, `split`.
        roots: Folders that the paths are looked up from, in order; then `NAEVIA_DATA`, then the CSV's own
            folder.
        split: Which rows of a manifest count; by default those of validation.
        known: The diagnoses; a row may name one of them or one of the nine.

    Raises:
        DataError: The file, a column, a diagnosis or an image is not there, or a row is cut off.
        UsageError: A split is asked for, and the file has no such column.
    """
    table = read_table(path)
    columns = set(table.columns)
    label = "diagnosis" if "diagnosis" in columns else "label"
    if not {"path", label} <= columns:
        found = ", ".join(sorted(columns)) or "none"
        raise DataError(f"{path}: expected the columns path and diagnosis, found {found}; check the file")
    if split is not None and "split" not in columns:
        raise UsageError(f"{path} has no column split, so all its rows count; leave --split out")
    table.require_whole_rows()
    variable = os.environ.get(DATA_VARIABLE)
    places = [*roots, *([Path(variable)] if variable else []), path.parent]
    rows, other_splits = _of_split(table, split or DEFAULT_SPLIT, path)
    settled, contradictory = _without_contradictions(rows, label, known)
    if not settled:
        raise DataError(f"{path}: the rows of every image state different diagnoses; correct them")
    read = [_from_row(cells, where, cells[label], places, known) for where, cells in settled]
    left_out = NotScored(contradictory=contradictory, other_splits=other_splits)
    return of_known_diagnoses(read, str(path), left_out)


def _of_split(table: Table, split: str, path: Path) -> tuple[list[Row], Counter[str]]:
    """The rows of a split, and the number of all others by split; every row where the table knows none."""
    rows = [row for row in table.rows if row.cells.get("split", split) == split]
    others = Counter(row.cells["split"] for row in table.rows if row.cells.get("split", split) != split)
    if not rows:
        found = f", only of {', '.join(sorted(others))}" if others else ""
        raise DataError(f"{path} holds no rows of the split {split}{found}; choose another --split")
    return rows, others


def _without_contradictions(
    rows: Sequence[Row], label: str, known: DiagnosisSet
) -> tuple[list[Row], tuple[str, ...]]:
    """The rows of images that all their rows agree on, and the ids of the other images."""
    stated: dict[str, set[str]] = defaultdict(set)
    for where, cells in rows:
        stated[_image_id(cells)].add(_stated(cells[label], where, known))
    contradictory = tuple(image_id for image_id, of in stated.items() if len(of) > 1)
    return [row for row in rows if len(stated[_image_id(row.cells)]) == 1], contradictory


def _image_id(row: Mapping[str, str]) -> str:
    return row.get("image_id") or row["path"]


def _stated(word: str, where: str, known: DiagnosisSet) -> str:
    """Code of the diagnosis that a word names: one of the nine, or else one of the set."""
    position, diagnosis = known.find(word), find_diagnosis(word)
    if diagnosis is not None:
        return diagnosis.code
    if position is not None:
        return known.codes[position]
    expected = "the nine diagnoses" if known is NINE else f"{', '.join(known.codes)} or the nine diagnoses"
    raise DataError(f"{where}: {word!r} is none of {expected}; correct the row")


def _from_row(
    row: Mapping[str, str], where: str, word: str, places: Sequence[Path], known: DiagnosisSet
) -> LabelledFile | None:
    """The file that a row names; None when the set does not know its diagnosis."""
    position = known.find(word)
    if position is None:
        return None
    name = row["path"]
    path = next((place / name for place in places if (place / name).is_file()), None)
    if path is None:
        looked = ", ".join(str(place.resolve()) for place in places)
        raise DataError(f"{where}: {name} is in none of {looked}; name the folder it starts from with --root")
    image_id, lesion = _image_id(row), row.get("lesion", "")
    return LabelledFile(
        path=path,
        name=name,
        image_id=image_id,
        source=row.get("source") or set_of(path.parent.resolve()).name,
        diagnosis=known.codes[position],
        lesion=lesion,
        group=row.get("group") or lesion or image_id,
        split=row.get("split", ""),
    )


def of_known_diagnoses(read: Sequence[LabelledFile | None], where: str, left_out: NotScored) -> Labelled:
    """The files whose diagnosis the set knows; the others, which are None, are counted.

    Raises:
        DataError: There are none.
    """
    files = [file for file in read if file is not None]
    if not files:
        raise DataError(
            f"{where} holds no image of a diagnosis that the set knows; choose another --taxonomy"
        )
    return Labelled(files, replace(left_out, outside=len(read) - len(files)))
