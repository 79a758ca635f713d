"""The nine diagnoses, in their one fixed order."""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Diagnosis:
    """One diagnosis of the taxonomy.

    Attributes:
        code: Short name used in columns, class folders and file formats.
        name: Full lower-case name.
        malignant: True for malignant and pre-malignant diagnoses, the ones a person is referred for.
    """

    code: str
    name: str
    malignant: bool


TAXONOMY: tuple[Diagnosis, ...] = (
    Diagnosis("akiec", "actinic keratosis", malignant=True),
    Diagnosis("bcc", "basal cell carcinoma", malignant=True),
    Diagnosis("df", "dermatofibroma", malignant=False),
    Diagnosis("mel", "melanoma", malignant=True),
    Diagnosis("nv", "nevus", malignant=False),
    Diagnosis("bkl", "pigmented benign keratosis", malignant=False),
    Diagnosis("sk", "seborrheic keratosis", malignant=False),
    Diagnosis("scc", "squamous cell carcinoma", malignant=True),
    Diagnosis("vasc", "vascular lesion", malignant=False),
)
"""The diagnoses in the order of every array, column and bar: alphabetical by full name."""

CODES: tuple[str, ...] = tuple(diagnosis.code for diagnosis in TAXONOMY)
"""The codes in taxonomy order."""

MALIGNANT: tuple[bool, ...] = tuple(diagnosis.malignant for diagnosis in TAXONOMY)
"""Which positions of the taxonomy count as malignant or pre-malignant."""

_BY_WORD = {word: diagnosis for diagnosis in TAXONOMY for word in (diagnosis.code, diagnosis.name)}
_OTHER_WORDS = {
    "ak": "akiec",
    "bowen": "scc",
    "bowen disease": "scc",
    "lentigo maligna": "mel",
    "melanocytic nevus": "nv",
    "melanoma in situ": "mel",
    "vascular": "vasc",
}
"""Further names. AK is ISIC 2019's code, and ISIC files Bowen's disease under squamous cell carcinoma."""

_BY_WORD |= {word: _BY_WORD[code] for word, code in _OTHER_WORDS.items()}
_SPELLINGS = {
    "bowens": "bowen",
    "carcinomas": "carcinoma",
    "dermatofibromas": "dermatofibroma",
    "keratoses": "keratosis",
    "lesions": "lesion",
    "melanomas": "melanoma",
    "naevi": "nevus",
    "naevus": "nevus",
    "nevi": "nevus",
    "seborrhoeic": "seborrheic",
}
"""British and plural words of the full names."""

_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])")


def find_diagnosis(word: str) -> Diagnosis | None:
    """Look a diagnosis up by code, full name or another name in use.

    Case, `_`, `-` and apostrophes make no difference; British, plural and camel-case spellings are known.

    Args:
        word: For example `"mel"`, `"AK"`, `"basal_cell_carcinoma"`, `"naevi"` or `"vascularLesions"`.

    Returns:
        The diagnosis, or None when the word names none of the nine.
    """
    return _BY_WORD.get(_plain(word)) or _BY_WORD.get(_plain(_HUMP.sub(" ", word)))


def _plain(word: str) -> str:
    parts = re.sub("['\u2019]", "", word.lower()).replace("_", " ").replace("-", " ").split()
    return " ".join(_SPELLINGS.get(part, part) for part in parts)
