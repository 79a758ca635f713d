"""Where images come from, under which licence, and how to say so."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from naevia_train.labelling.manifest import ManifestRow
from naevia_train.labelling.statements import authorities_in

LICENCES = {
    "HAM10000": "CC BY-NC 4.0 (Tschandl, Rosendahl and Kittler 2018)",
    "ISIC 2019": "CC BY-NC 4.0 (ISIC 2019 challenge: BCN20000, HAM10000, MSK)",
    "ISIC 2017": "CC0 (ISIC 2017 challenge)",
    "own table": "as the owner of the table states",
}
FOLDER_LICENCE = "as the owner of the folder states"
NON_COMMERCIAL = ("HAM10000", "ISIC 2019")

_HAM10000_IDS = ("ISIC_0024306", "ISIC_0034320")
"""The first and the last; all ids between them are of HAM10000, too."""


def images_by_source(rows: Iterable[ManifestRow]) -> dict[tuple[str, str], int]:
    """Training and validation images by the authorities that label them, and by licence.

    Returns:
        The most frequent first; the authorities joined by " and ", `folder` where none labels an image.
    """
    images = {row.image_id: row for row in rows if row.split in ("train", "validation")}
    counts = Counter((_labelled_by(row), _licence(row)) for row in images.values())
    return dict(counts.most_common())


def licence_of(rows: Iterable[ManifestRow]) -> str:
    """The licence of the weights, by the strictest of the images they were fitted to.

    An image is of an archive where a label file of the archive knows it, be its label used or not, or its id
    says so.
    """
    archives = {name for row in rows if row.split == "train" for name in _known_to(row)}
    strict = [name for name in NON_COMMERCIAL if name in archives]
    if strict:
        return (
            "Research use only, not a medical device: fitted to images under CC BY-NC 4.0 "
            f"({', '.join(strict)}), non-commercial"
        )
    return "Research use only, not a medical device: bound by the licence of the training images"


def _labelled_by(row: ManifestRow) -> str:
    rests_on, _ = authorities_in(row.why)
    return " and ".join(name for name in LICENCES if name in rests_on) or "folder"


def _licence(row: ManifestRow) -> str:
    return "; ".join(LICENCES[name] for name in LICENCES if name in _known_to(row)) or FOLDER_LICENCE


def _known_to(row: ManifestRow) -> set[str]:
    """The archives that an image is of, and a person's table where it lists it."""
    _, knowing = authorities_in(row.why)
    first, last = _HAM10000_IDS
    return {*knowing, *(["HAM10000"] if first <= row.image_id <= last else [])}
