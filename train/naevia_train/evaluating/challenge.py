"""Answers and truth as the two tables that the ISIC challenges exchange."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

from naevia_train.evaluating.evaluation import Evaluation


def challenge_csv(evaluation: Evaluation) -> str:
    """One row per image in the format of an ISIC challenge submission: `image` and the set's codes."""
    rows = (
        [file.image_id, *(f"{min(1.0, probability):.9f}" for probability in given)]
        for file, given in zip(evaluation.images, evaluation.probabilities, strict=True)
    )
    return _csv(["image", *evaluation.known.codes], rows)


def truth_csv(evaluation: Evaluation) -> str:
    """The labels in the format of an ISIC challenge's ground truth."""
    rows = (
        [file.image_id, *(f"{float(code == file.diagnosis):.1f}" for code in evaluation.known.codes)]
        for file in evaluation.images
    )
    return _csv(["image", *evaluation.known.codes], rows)


def _csv(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    table = io.StringIO()
    writer = csv.writer(table, lineterminator="\n")
    writer.writerow(head)
    writer.writerows(rows)
    return table.getvalue()
