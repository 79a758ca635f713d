"""Where images come from, under which licence, and how to say so."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from naevia_train.labelling.manifest import ManifestRow

LICENCES = {
    "HAM10000": "CC BY-NC 4.0 (Tschandl, Rosendahl and Kittler 2018)",
    "ISIC 2019": "CC BY-NC 4.0 (ISIC 2019 challenge: BCN20000, HAM10000, MSK)",
    "ISIC 2017": "CC0 (ISIC 2017 challenge)",
    "own table": "as the owner of the table states",
}
FOLDER_LICENCE = "as the owner of the folder states"
NON_COMMERCIAL = ("HAM10000", "ISIC 2019")


def authorities_of(why: str) -> list[str]:
    """The authorities that a manifest's reason names."""
    return [name for name in LICENCES if name in why]


def images_by_authority(rows: Iterable[ManifestRow]) -> dict[str, int]:
    """Training and validation images by the authorities that label them; `folder` where none does."""
    reasons = {row.image_id: row.why for row in rows if row.split in ("train", "validation")}
    counts = Counter(" and ".join(authorities_of(why)) or "folder" for why in reasons.values())
    return dict(counts.most_common())


def licence_of(rows: Iterable[ManifestRow]) -> str:
    """The licence of the weights, by the strictest of the images they were fitted to."""
    reasons = {row.why for row in rows if row.split == "train"}
    strict = [name for name in NON_COMMERCIAL if any(name in why for why in reasons)]
    if strict:
        return (
            "Research use only, not a medical device: fitted to images under CC BY-NC 4.0 "
            f"({', '.join(strict)}), non-commercial"
        )
    return "Research use only, not a medical device: bound by the licence of the training images"
