"""The diagnoses that a set of labelled images knows, and how the nine map to them.

A set is declared in a TOML file: `name`, `source` and one `[[diagnosis]]` table each with `code`, `name`,
`codes` (which of the nine count as it) and `malignant`. The files in `sets/` ship with the package.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from naevia.errors import DataError, UsageError
from naevia.taxonomy import CODES, TAXONOMY, find_diagnosis

_MALIGNANT = {True: "malignant", False: "benign"}


@dataclass(frozen=True)
class Entry:
    """One diagnosis of a set.

    Attributes:
        code: As the set writes it, such as `AKIEC`.
        name: Full name.
        codes: Codes of the nine that count as it.
        malignant: Whether it counts as malignant or pre-malignant.
    """

    code: str
    name: str
    codes: tuple[str, ...]
    malignant: bool


@dataclass(frozen=True)
class DiagnosisSet:
    """Diagnoses in a fixed order; no code of the nine is in two of them, some may be in none.

    Attributes:
        name: What the set is, in words.
        source: Where it is defined.
        entries: Its diagnoses.
    """

    name: str
    source: str
    entries: tuple[Entry, ...]

    @property
    def codes(self) -> tuple[str, ...]:
        """The set's own codes, in order."""
        return tuple(entry.code for entry in self.entries)

    @property
    def malignant(self) -> NDArray[np.bool_]:
        """Which diagnoses count as malignant or pre-malignant, shape (k,)."""
        return np.array([entry.malignant for entry in self.entries])

    def find(self, word: str) -> int | None:
        """Position of a diagnosis by the set's code or name, or by one of the nine; None for another."""
        plain = _plain(word)
        for position, entry in enumerate(self.entries):
            if plain in (_plain(entry.code), _plain(entry.name)):
                return position
        diagnosis = find_diagnosis(word)
        wanted = diagnosis.code if diagnosis else None
        return next((index for index, entry in enumerate(self.entries) if wanted in entry.codes), None)

    def code_of(self, word: str) -> str | None:
        """Code of the diagnosis that a word names: one of the nine, or else one of the set; None for none."""
        diagnosis, position = find_diagnosis(word), self.find(word)
        if diagnosis is not None:
            return diagnosis.code
        return None if position is None else self.codes[position]

    @property
    def called_otherwise(self) -> list[str]:
        """Those of the nine that are malignant and the set calls benign, or the other way round, in words."""
        ours = {diagnosis.code: diagnosis.malignant for diagnosis in TAXONOMY}
        return [
            f"{code} as {_MALIGNANT[entry.malignant]}, which is {_MALIGNANT[ours[code]]} among the nine"
            for entry in self.entries
            for code in entry.codes
            if ours[code] != entry.malignant
        ]

    def sum_up(self, probabilities: NDArray[np.floating]) -> NDArray[np.float64]:
        """Probabilities of the set's diagnoses from those of the nine.

        What belongs to none of them is shared out in proportion; where nothing is left, equally.

        Args:
            probabilities: Shape (n, 9), taxonomy order.

        Returns:
            Shape (n, k), each row sums to 1.
        """
        weights = np.array([[code in entry.codes for entry in self.entries] for code in CODES], np.float64)
        sums = probabilities.astype(np.float64) @ weights
        totals = sums.sum(axis=1, keepdims=True)
        equal = np.full_like(sums, 1 / len(self.entries))
        return np.divide(sums, totals, out=equal, where=totals > 0)

    def malignant_probability(self, probabilities: NDArray[np.floating]) -> NDArray[np.float64]:
        """Sum over the malignant diagnoses, shape (n,), 0 to 1, of probabilities of shape (n, k).

        Of the nine it is, to the last digit, what the clinic's rule compares.
        """
        return np.minimum(1.0, probabilities[..., self.malignant].sum(axis=-1, dtype=np.float64))


NINE = DiagnosisSet(
    name="the nine diagnoses",
    source="naevia.taxonomy",
    entries=tuple(Entry(d.code, d.name, (d.code,), d.malignant) for d in TAXONOMY),
)
"""The taxonomy itself."""


def shipped_sets() -> tuple[str, ...]:
    """Names of the sets that ship with the package."""
    folder = resources.files("naevia_train.labelling.sets")
    return tuple(sorted(Path(item.name).stem for item in folder.iterdir() if item.name.endswith(".toml")))


def find_set(name: str) -> DiagnosisSet:
    """Look a set up by its name, or read it from a TOML file.

    Raises:
        UsageError: There is no such set.
        DataError: The file declares none.
    """
    if name in shipped_sets():
        text = resources.files("naevia_train.labelling.sets").joinpath(f"{name}.toml").read_text("utf-8")
        return parse_set(text, source=name)
    path = Path(name)
    if path.suffix.lower() != ".toml" or not path.is_file():
        raise UsageError(
            f"there is no set of diagnoses {name!r}; choose one of {', '.join(shipped_sets())}, "
            "or name a TOML file that declares one"
        )
    try:
        return parse_set(path.read_text(encoding="utf-8"), source=str(path))
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"{path} cannot be read: {error}; check the file") from error


def sets_that_know(words: Iterable[str]) -> list[str]:
    """Names of the shipped sets that know every one of these words."""
    wanted = list(words)
    return [name for name in shipped_sets() if all(find_set(name).find(word) is not None for word in wanted)]


def parse_set(text: str, *, source: str) -> DiagnosisSet:
    """Read the declaration of a set.

    Args:
        text: The TOML.
        source: Where it comes from, for the error message.

    Raises:
        DataError: It is no TOML, a field is missing, or two diagnoses share a code.
    """
    try:
        declared = tomllib.loads(text)
        entries = tuple(_entry(item) for item in declared["diagnosis"])
        found = DiagnosisSet(str(declared["name"]), str(declared.get("source", "")), entries)
    except (tomllib.TOMLDecodeError, KeyError, TypeError, ValueError) as error:
        raise DataError(
            f"{source} declares no set of diagnoses ({error}); it needs name and, for each [[diagnosis]], "
            "code, name, codes and malignant"
        ) from error
    _check(found, source)
    return found


def _entry(item: dict[str, Any]) -> Entry:
    malignant = item["malignant"]
    if not isinstance(malignant, bool):
        raise TypeError(
            f"malignant of {item['code']} is {malignant!r}, neither true nor false without quotes"
        )
    return Entry(str(item["code"]), str(item["name"]), tuple(item["codes"]), malignant)


def _check(found: DiagnosisSet, source: str) -> None:
    ours = [code for entry in found.entries for code in entry.codes]
    if unknown := [code for code in ours if code not in CODES]:
        raise DataError(f"{source}: {unknown[0]!r} is none of {', '.join(CODES)}; correct `codes`")
    for where, codes in (("the code", found.codes), ("in `codes`,", ours)):
        if doubled := _doubled(codes):
            raise DataError(f"{source}: {where} {doubled!r} stands twice; name each once")
    if len(found.entries) < 2 or any(not entry.codes for entry in found.entries):
        raise DataError(f"{source}: expected two diagnoses or more, each with one of the nine in `codes`")


def _doubled(codes: Sequence[str]) -> str:
    return next((code for index, code in enumerate(codes) if code in codes[:index]), "")


def _plain(word: str) -> str:
    return " ".join(word.lower().replace("_", " ").replace("-", " ").split())
