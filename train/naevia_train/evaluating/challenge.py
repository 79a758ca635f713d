"""Answers and truth as tables: Naevia's own, and the two that the ISIC challenges exchange."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

from naevia.taxonomy import CODES
from naevia_train.evaluating.evaluation import Evaluation


def predictions_csv(evaluation: Evaluation) -> str:
    """One row per file: what it shows, what was answered, all nine probabilities."""
    head = ["image_id", "path", "source", "diagnosis", "answer", "refused", *(f"p_{code}" for code in CODES)]
    answers = evaluation.every_probability.argmax(axis=1)
    rows = (
        [file.image_id, file.name, file.source, file.diagnosis, evaluation.known.codes[answer], int(refused)]
        + [f"{probability:.6f}" for probability in given]
        for file, given, answer, refused in zip(
            evaluation.files, evaluation.raw, answers, evaluation.refused, strict=True
        )
    )
    return _csv(head, rows)


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
