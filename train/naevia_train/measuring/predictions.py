"""`predictions.csv`, of a run and of an evaluation: what was answered to each file, beside the truth."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from naevia.taxonomy import CODES


class AnsweredFile(NamedTuple):
    """One file with its truth and its answer.

    Attributes:
        image_id: The image it shows.
        path: Path from the data root.
        source: The folder it came from.
        split: Its split, empty where it belongs to none.
        diagnosis: Code of the true diagnosis.
        lesion: Lesion id, empty where it is unknown.
        group: What its image is resampled with.
        answer: Code of the likeliest diagnosis.
        refused: Whether the model gives no answer to the photo; None where that was not asked.
        probabilities: Of the nine diagnoses, shape (9,).
    """

    image_id: str
    path: str
    source: str
    split: str
    diagnosis: str
    lesion: str
    group: str
    answer: str
    refused: bool | None
    probabilities: NDArray[np.floating]


def predictions_csv(answered: Iterable[AnsweredFile]) -> str:
    """The table, one row per file; `refused` is 1 or 0, or empty where it is not known."""
    table = io.StringIO()
    writer = csv.writer(table, lineterminator="\n")
    writer.writerow([*AnsweredFile._fields[:-1], *(f"p_{code}" for code in CODES)])
    for file in answered:
        *cells, refused, probabilities = file
        known = "" if refused is None else int(refused)
        writer.writerow([*cells, known, *(f"{probability:.6f}" for probability in probabilities)])
    return table.getvalue()
