"""Labelled images to evaluate on, from a CSV that a run wrote; `scoring_folders` finds them in folders."""

from __future__ import annotations

import os
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import NamedTuple

from naevia.errors import DataError, UsageError
from naevia_train.labelling.collect import image_id_of, set_of
from naevia_train.labelling.diagnosis_set import NINE, DiagnosisSet, sets_that_know
from naevia_train.labelling.metadata import ImageFacts
from naevia_train.labelling.tables import (
    LESION_COLUMNS,
    PATIENT_COLUMNS,
    Row,
    Table,
    first_cell,
    read_table,
)

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
        group: What its image is resampled with: the manifest's group, or else the patient, the lesion or the
            image.
        split: `train`, `validation` or `test` where a table or a folder says so, else empty.
        patient: Patient id, empty where it is unknown.
    """

    path: Path
    name: str
    image_id: str
    source: str
    diagnosis: str
    lesion: str
    group: str
    split: str = ""
    patient: str = ""


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


class FilesToScore(NamedTuple):
    """Labelled files to score a model on, and what was left out."""

    files: list[LabelledFile]
    left_out: NotScored


def read_labelled_csv(
    path: Path,
    roots: Sequence[Path],
    *,
    split: str | None = None,
    known: DiagnosisSet = NINE,
    facts: Mapping[str, ImageFacts] | None = None,
) -> FilesToScore:
    """Read `validation.csv` or `manifest.csv` of a run.

    Images whose rows state different diagnoses are left out, as `find_labelled_files` leaves those out whose
    folders do.

    Args:
        path: The CSV: columns `path` and `diagnosis` (or `label`), and if known `image_id`, `source`,
            `lesion_id` (or `lesion`), `patient_id` (or `patient`), `group`, `split`. Without `image_id`, a
            path says which image it is as `image_id_of` reads it. A file that is missing is left to be
            found out when it is read, unless all are.
        roots: Folders that the paths are looked up from, in order; then `NAEVIA_DATA`, then the CSV's own
            folder.
        split: Which rows of a manifest count; by default those of validation.
        known: The diagnoses; a row may name one of them or one of the nine.
        facts: What other tables say of images, by their ids: lesions and patients.

    Raises:
        DataError: The file, a column, a diagnosis or every image is not there, or a row is cut off.
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
    ids = [cells.get("image_id") or image_id_of(cells["path"], facts or {}) for _, cells in rows]
    codes = [_stated(cells[label], where, known) for where, cells in rows]
    differing = _contradictory(ids, codes)
    settled = [
        _from_row(cells, image_id, code, places, known, (facts or {}).get(image_id, ImageFacts()))
        for (_, cells), image_id, code in zip(rows, ids, codes, strict=True)
        if image_id not in differing
    ]
    if not settled:
        raise DataError(f"{path}: the rows of every image state different diagnoses; correct them")
    left_out = NotScored(contradictory=tuple(differing), other_splits=other_splits)
    found = of_known_diagnoses(settled, str(path), left_out)
    _require_a_file(found.files, path, places)
    return found


def _require_a_file(files: Sequence[LabelledFile], table: Path, places: Sequence[Path]) -> None:
    if not any(file.path.is_file() for file in files):
        looked = [str(place.resolve()) for place in places]
        where = f"is not in {looked[0]}" if len(looked) == 1 else f"is in none of {', '.join(looked)}"
        others = f", nor is any of the {len(files) - 1:,} others" if len(files) > 1 else ""
        raise DataError(
            f"{table}: {files[0].name} {where}{others}; name the folder that the paths start from with --root"
        )


def _of_split(table: Table, split: str, path: Path) -> tuple[list[Row], Counter[str]]:
    """The rows of a split, and the number of all others by split; every row where the table knows none."""
    rows = [row for row in table.rows if row.cells.get("split", split) == split]
    others = Counter(row.cells["split"] for row in table.rows if row.cells.get("split", split) != split)
    if not rows:
        found = f", only of {', '.join(sorted(others))}" if others else ""
        raise DataError(f"{path} holds no rows of the split {split}{found}; choose another --split")
    return rows, others


def _contradictory(ids: Sequence[str], codes: Sequence[str]) -> dict[str, set[str]]:
    """Images whose rows name different diagnoses, by their ids, with those diagnoses."""
    stated: dict[str, set[str]] = defaultdict(set)
    for image_id, code in zip(ids, codes, strict=True):
        stated[image_id].add(code)
    return {image_id: said for image_id, said in stated.items() if len(said) > 1}


def _stated(word: str, where: str, known: DiagnosisSet) -> str:
    """Code of the diagnosis that a word names: one of the nine, or else one of the set."""
    if code := known.code_of(word):
        return code
    expected = "the nine diagnoses" if known is NINE else f"{', '.join(known.codes)} or the nine diagnoses"
    fitting = f"give --taxonomy {names[0]}, or " if (names := sets_that_know([word])) else ""
    raise DataError(f"{where}: {word!r} is none of {expected}; {fitting}correct the row")


def _from_row(
    row: Mapping[str, str],
    image_id: str,
    code: str,
    places: Sequence[Path],
    known: DiagnosisSet,
    facts: ImageFacts,
) -> LabelledFile | None:
    """The file that a row names; None when the set does not know its diagnosis."""
    position = known.find(code)
    if position is None:
        return None
    name = row["path"]
    path = next((place / name for place in places if (place / name).is_file()), places[0] / name)
    lesion = first_cell(row, LESION_COLUMNS) or facts.lesion
    patient = first_cell(row, PATIENT_COLUMNS) or facts.patient
    return LabelledFile(
        path=path,
        name=name,
        image_id=image_id,
        source=row.get("source") or set_of(path.parent.resolve()).name,
        diagnosis=known.codes[position],
        lesion=lesion,
        group=row.get("group") or patient or lesion or image_id,
        split=row.get("split", ""),
        patient=patient,
    )


def of_known_diagnoses(read: Sequence[LabelledFile | None], where: str, left_out: NotScored) -> FilesToScore:
    """The files whose diagnosis the set knows; the others, which are None, are counted.

    Raises:
        DataError: There are none.
    """
    files = [file for file in read if file is not None]
    if not files:
        raise DataError(
            f"{where} holds no image of a diagnosis that the set knows; choose another --taxonomy"
        )
    return FilesToScore(files, replace(left_out, outside=len(read) - len(files)))
