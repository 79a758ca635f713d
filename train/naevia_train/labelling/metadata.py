"""Sex, age and body site of images, from the metadata tables of the archives."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from naevia.errors import DataError
from naevia_train.labelling.collect import stem
from naevia_train.labelling.tables import LESION_COLUMNS, PATIENT_COLUMNS, first_cell, read_table

_ID_COLUMNS = ("image_id", "isic_id", "image")
_SEX, _AGE = ("sex",), ("age", "age_approx")
_SITE = ("localization", "anatom_site_general", "anatom_site_general_challenge", "site")
FACT_COLUMNS = (*_SEX, *_AGE, *_SITE)
_GENERAL_SITES = {
    "abdomen": "anterior torso",
    "acral": "palms/soles",
    "back": "posterior torso",
    "chest": "anterior torso",
    "ear": "head/neck",
    "face": "head/neck",
    "foot": "lower extremity",
    "genital": "oral/genital",
    "hand": "upper extremity",
    "neck": "head/neck",
    "scalp": "head/neck",
}
"""The words of HAM10000 in those of ISIC 2019, as the images of both pair them, `genital` by its name.

`trunk` may be any side.
"""

OLDEST = 120
"""Years; an age above it, or below 0, is a slip or a code for an unknown one."""


@dataclass(frozen=True)
class ImageFacts:
    """What is known about the person and the place; empty or None where it is not.

    Attributes:
        sex: `female` or `male`.
        age: In years, 0 to `OLDEST`, as the archives round it.
        site: Body site, in the general words of ISIC 2019 where they have one for it.
        lesion: Lesion id.
        patient: Patient id.
    """

    sex: str = ""
    age: float | None = None
    site: str = ""
    lesion: str = ""
    patient: str = ""


def read_metadata(paths: Sequence[Path], *, required: Sequence[Path] = ()) -> dict[str, ImageFacts]:
    """Read the tables that hold sex, age or site; later tables fill what earlier ones leave open.

    Args:
        paths: CSVs; those that hold no image ids or none of the three say nothing.
        required: CSVs that must hold some of the three; they are read before the others.

    Returns:
        Facts by image id.

    Raises:
        DataError: A file cannot be read as a CSV, a required one lacks the columns, or a row with facts has
            no image id.
    """
    facts: dict[str, ImageFacts] = {}
    for number, path in enumerate([*required, *paths]):
        for image_id, found in _read(path, required=number < len(required)):
            known = facts.get(image_id, ImageFacts())
            facts[image_id] = ImageFacts(
                known.sex or found.sex,
                found.age if known.age is None else known.age,
                known.site or found.site,
                known.lesion or found.lesion,
                known.patient or found.patient,
            )
    return facts


def _read(path: Path, *, required: bool) -> list[tuple[str, ImageFacts]]:
    table = read_table(path)
    identity = next((name for name in _ID_COLUMNS if name in table.columns), None)
    if identity is None or not {*FACT_COLUMNS} & set(table.columns):
        if required:
            raise DataError(
                f"{path}: expected a column of image ids ({', '.join(_ID_COLUMNS)}) and one of sex, age or "
                f"site ({', '.join(FACT_COLUMNS)}), found {', '.join(table.columns) or 'none'}; "
                "rename the columns"
            )
        return []
    return [(_id(where, cells, identity), _facts(cells)) for where, cells in table.rows]


def _id(where: str, cells: Mapping[str, str], column: str) -> str:
    image_id = stem(cells[column] or "")
    if not image_id:
        raise DataError(f"{where}: the column {column} is empty; correct the row")
    return image_id


def _facts(row: Mapping[str, str]) -> ImageFacts:
    age = _word(row, _AGE)
    try:
        years = float(age) if age else None
    except ValueError:
        years = None
    if years is not None and not 0 <= years <= OLDEST:
        years = None
    site = _word(row, _SITE)
    return ImageFacts(
        _word(row, _SEX),
        years,
        _GENERAL_SITES.get(site, site),
        first_cell(row, LESION_COLUMNS),
        first_cell(row, PATIENT_COLUMNS),
    )


def _word(row: Mapping[str, str], columns: Sequence[str]) -> str:
    return first_cell(row, columns).lower()
