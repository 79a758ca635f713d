"""What a reader is warned of before the figures of a model are believed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import PurePosixPath

from naevia_train.labelling.manifest import TEST, UNLABELLED, ManifestRow
from naevia_train.measuring.calibrate import (
    FEW_LESIONS,
    FEWEST_LESIONS,
    HIGHEST_TEMPERATURE,
    LOWEST_TEMPERATURE,
    count_sides,
)
from naevia_train.running.card_words import learnt_codes, never_learnt
from naevia_train.running.results import Results

_AT_THE_END = 1.01
"""The search stops a little short of the ends of its range."""
_MOST_NAMED = 5


def cautions(
    results: Results, rows: Sequence[ManifestRow], *, goes_on: bool, doubtful: int = 0
) -> tuple[str, ...]:
    """What a model lacks, and what makes its figures doubtful, in sentences; mostly nothing.

    Args:
        results: What was measured.
        rows: The manifest.
        goes_on: Whether the model also learnt from earlier models.
        doubtful: How many test images those may have learnt from.
    """
    validation = results.validation
    found = [never_learnt(learnt_codes(rows), goes_on=goes_on), _unlabelled(rows), _doubtful(doubtful)]
    found.append(_few(*count_sides(validation.labels, validation.lesions)))
    if not LOWEST_TEMPERATURE * _AT_THE_END < results.temperature < HIGHEST_TEMPERATURE / _AT_THE_END:
        found.append(
            f"The temperature {results.temperature:.3f} is an end of the range that is searched "
            f"({LOWEST_TEMPERATURE:g} to {HIGHEST_TEMPERATURE:g}): on these validation images the network "
            "knows next to nothing or everything, and its probabilities cannot be calibrated on them."
        )
    error = validation.measured.overall["calibration_error"].value
    chance = validation.by_chance["calibration_error"]
    if error > chance.high:
        found.append(
            f"The expected calibration error on validation, {error:.3f}, is more than chance explains: that "
            f"of perfectly calibrated answers would be {chance} there. Do not take the probabilities at "
            "their word."
        )
    return tuple(words for words in found if words)


def cautions_markdown(found: Sequence[str]) -> str:
    """The cautions as a section; empty when there is none."""
    return "\n".join(["## Caution", "", *(f"- **{words}**" for words in found)]) + "\n" if found else ""


def _unlabelled(rows: Sequence[ManifestRow]) -> str:
    dropped = {row.image_id: row for row in rows if row.split == "dropped" and row.why == UNLABELLED}
    if not dropped:
        return ""
    folders = Counter(str(PurePosixPath(row.path).parent) for row in dropped.values()).most_common()
    named = [f"{folder} ({count:,})" for folder, count in folders[:_MOST_NAMED]]
    more = [f"and {len(folders) - _MOST_NAMED:,} more"] if len(folders) > _MOST_NAMED else []
    return (
        f"Images left out because neither a folder nor a label file names their diagnosis: {len(dropped):,}, "
        f"in {', '.join([*named, *more])}."
    )


def _doubtful(images: int) -> str:
    if not images:
        return ""
    return (
        f"The models that this one was made from do not say that they kept {images:,} of the test images "
        f"apart ({TEST} in their folders), and may have learnt from them: believe no figure of that split."
    )


def _few(malignant: int, benign: int) -> str:
    fewer = min(malignant, benign)
    if fewer >= FEW_LESIONS:
        return ""
    consequence = (
        f" With fewer than {FEWEST_LESIONS} of either no threshold is chosen; the model recommends nothing."
        if fewer < FEWEST_LESIONS
        else ""
    )
    return (
        f"Measured on very little: the validation images show {_lesions(malignant, 'malignant')} and "
        f"{_lesions(benign, 'benign')}. With fewer than {FEW_LESIONS} of either, one lesion moves "
        f"sensitivity or specificity by more than 5 points, and intervals may be far too narrow.{consequence}"
    )


def _lesions(count: int, kind: str) -> str:
    return f"{count} {kind} lesion{'' if count == 1 else 's'}"
