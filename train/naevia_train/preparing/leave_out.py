"""Leaving a source, or one fold of it, out of training, to be tested on: other cameras, other clinics."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Self

from naevia.errors import DataError, UsageError
from naevia_train.labelling.manifest import ManifestRow
from naevia_train.labelling.splits import shuffled

_FORM = "expected SOURCE or SOURCE:FOLD/FOLDS, as in isic2017_train or ham10000:1/5"


@dataclass(frozen=True)
class LeftOut:
    """A source of images, or one of `folds` folds of its groups; folds count from 1."""

    source: str
    fold: int = 1
    folds: int = 1

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `SOURCE` or `SOURCE:FOLD/FOLDS`.

        Raises:
            UsageError: The text has another form.
        """
        source, colon, share = text.rpartition(":")
        if not colon:
            return cls(text)
        fold, _, folds = share.partition("/")
        if not (source and fold.isdecimal() and folds.isdecimal() and 1 <= int(fold) <= int(folds)):
            raise UsageError(f"{_FORM}; received {text!r}")
        return cls(source, int(fold), int(folds))

    def holds(self, row: ManifestRow) -> bool:
        """Whether a row comes from the source or from a folder below it."""
        return f"{row.source}/".startswith(f"{self.source}/")


def leave_out(rows: Sequence[ManifestRow], left_out: LeftOut, *, seed: int) -> list[ManifestRow]:
    """Make a source the test split.

    Groups with an image of the source leave training and validation altogether: its images are `test`, their
    other images `excluded`. Images that were declared `test` are `excluded`.

    Args:
        rows: The audited manifest.
        left_out: What to test on.
        seed: Seed of the folds; each holds about the same share of every diagnosis.

    Raises:
        DataError: No usable image comes from the source.
    """
    labels = {row.group: row.label for row in rows if row.split != "dropped" and left_out.holds(row)}
    if not labels:
        sources = ", ".join(sorted({row.source for row in rows}))
        raise DataError(f"no usable image comes from {left_out.source!r}; choose one of {sources}")
    held = _fold(labels, left_out, seed=seed)
    return [replace(row, split=_split(row, left_out, held)) for row in rows]


def _split(row: ManifestRow, left_out: LeftOut, held: set[str]) -> str:
    if row.split == "dropped":
        return "dropped"
    if row.group in held:
        return "test" if left_out.holds(row) else "excluded"
    return "excluded" if row.split == "test" else row.split


def _fold(labels: dict[str, str], left_out: LeftOut, *, seed: int) -> set[str]:
    by_label: dict[str, list[str]] = defaultdict(list)
    for group, label in labels.items():
        by_label[label].append(group)
    return {
        group
        for members in by_label.values()
        for group in shuffled(members, seed=seed)[left_out.fold - 1 :: left_out.folds]
    }
