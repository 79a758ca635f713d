"""Which of several statements about one image holds.

A statement is a tuple of diagnoses that it allows, the likeliest first: HAM10000's `akiec` mixes actinic
keratosis with Bowen's disease, which other sources file under squamous cell carcinoma; `bkl` mixes in
seborrheic keratosis. Where statements are read from is in `label_files`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from naevia_train.labelling.manifest import UNLABELLED

Statement = tuple[str, ...]

_AGAINST, _REFINED = ", against ", ", refined by folder"

AUTHORITIES = ("own table", "ISIC 2019", "HAM10000", "ISIC 2017")
"""From the highest to the lowest: a person's own table beats the archives, later ones beat earlier ones."""


@dataclass(frozen=True)
class Resolution:
    """The label that holds for one image.

    Attributes:
        label: Diagnosis code, or None when no label can be trusted.
        official: What the authorities alone say, or None when none knows the image.
        why: The reason, in words.
    """

    label: str | None
    official: str | None
    why: str


def resolve(statements: Mapping[str, Statement], folders: Iterable[str]) -> Resolution:
    """Decide an image's label by authority.

    Official beats folder. Where official statements overlap, the finest diagnosis they share holds; where
    they exclude each other, the higher authority holds. A folder may only refine an official label that
    leaves it open.

    Args:
        statements: By authority.
        folders: Diagnosis codes of the class folders that the image was found in.
    """
    folder_codes = set(folders)
    if not statements:
        return _by_folder(folder_codes)
    allowed: Statement = ()
    used: list[str] = []
    overruled: list[str] = []
    for authority in sorted(statements, key=AUTHORITIES.index):
        common = tuple(code for code in allowed or statements[authority] if code in statements[authority])
        (used if common else overruled).append(authority)
        allowed = common or allowed
    official, why = allowed[0], " and ".join(used)
    if overruled:
        why += f"{_AGAINST}{' and '.join(overruled)}"
    if len(allowed) > 1 and len(folder_codes) == 1 and folder_codes <= set(allowed):
        (label,) = folder_codes
        return Resolution(label, official, f"{why}{_REFINED}" if label != official else why)
    return Resolution(official, official, why)


def _by_folder(folder_codes: set[str]) -> Resolution:
    if len(folder_codes) == 1:
        (label,) = folder_codes
        return Resolution(label, None, "folder")
    if folder_codes:
        return Resolution(None, None, f"contradictory folders: {', '.join(sorted(folder_codes))}")
    return Resolution(None, None, UNLABELLED)


def authorities_in(why: str) -> tuple[list[str], list[str]]:
    """The authorities that a label rests on and all that know the image, by the reason of a `Resolution`."""
    used, _, overruled = why.removesuffix(_REFINED).partition(_AGAINST)
    rests_on, others = (
        [name for name in names.split(" and ") if name in AUTHORITIES] for names in (used, overruled)
    )
    return rests_on, rests_on + others
