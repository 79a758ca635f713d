"""Rows of label files that cannot be used, counted by file and reason."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from naevia.taxonomy import CODES
from naevia_train.labelling.label_problems import LabelProblem

_WORDS = {
    "unknown diagnosis": ("names no known diagnosis", "name no known diagnosis"),
    "malformed row": ("makes no sense", "make no sense"),
}
"""By kind, what one row does and what several do."""

_WAY_OUT = {"unknown diagnosis": f"; expected {', '.join(CODES)} or a full name of one"}


@dataclass
class UnusableRows:
    """The rows of one label file that cannot be used for one reason.

    Attributes:
        first: The first of them.
        rows: How many there are.
    """

    first: LabelProblem
    rows: int = 0

    def sentence(self) -> str:
        """How many, of which file, and the first of them."""
        one, several = _WORDS[self.first.kind]
        value = f", {self.first.value!r}" if self.first.value else ""
        said = (
            f"1 row of {self.first.csv} {one}: "
            if self.rows == 1
            else f"{self.rows:,} rows of {self.first.csv} {several}, first: "
        )
        return f"{said}row {self.first.row}{value}{_WAY_OUT.get(self.first.kind, '')}."


def unusable_rows(problems: Iterable[LabelProblem]) -> list[UnusableRows]:
    """The rows that cannot be used, by file and reason in the order of their first ones.

    Args:
        problems: All that is wrong; ids and images without a counterpart are passed over.
    """
    found: dict[tuple[str, str], UnusableRows] = {}
    for problem in problems:
        if problem.kind in _WORDS:
            found.setdefault((problem.csv, problem.kind), UnusableRows(problem)).rows += 1
    return list(found.values())
