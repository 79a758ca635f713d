"""What can be wrong with a row of a label file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

LabelProblemKind = Literal["unknown diagnosis", "malformed row", "id without image", "image without id"]


@dataclass(frozen=True)
class LabelProblem:
    """A row of a label file that cannot be used, or that has no counterpart.

    Attributes:
        kind: What is wrong.
        csv: The label file's name as given; empty for an image without id.
        row: Its row, the header being row 1; 0 for an image without id.
        value: The id, the word or the image's path.
        message: One line for a person.
    """

    kind: LabelProblemKind
    csv: str
    row: int
    value: str
    message: str
