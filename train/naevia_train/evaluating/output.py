"""What `naevia evaluate --output` leaves in the folder."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from naevia_train.evaluating.challenge import challenge_csv, truth_csv
from naevia_train.evaluating.evaluation import Evaluation
from naevia_train.evaluating.pictures import save_pictures
from naevia_train.evaluating.report_html import write_html
from naevia_train.evaluating.report_json import metrics
from naevia_train.evaluating.report_text import report_lines
from naevia_train.evaluating.scored import Scored
from naevia_train.files import write_text
from naevia_train.measuring.predictions import AnsweredFile, predictions_csv


def write_outputs(scored: Scored, folder: Path) -> Path:
    """Write the report, its figures, the metrics and the tables of answers.

    Args:
        scored: What was found.
        folder: Made where it is missing; files of the same names are replaced.

    Returns:
        The page for people.
    """
    folder.mkdir(parents=True, exist_ok=True)
    text = "\n".join(report_lines(scored))
    write_text(folder / "report.md", f"# Evaluation of {scored.model_id}\n\n```text\n{text}\n```\n")
    write_text(folder / "metrics.json", json.dumps(metrics(scored), indent=2) + "\n")
    write_text(folder / "predictions.csv", predictions_csv(_answered(scored.evaluation)))
    write_text(folder / "challenge.csv", challenge_csv(scored.evaluation))
    write_text(folder / "challenge_truth.csv", truth_csv(scored.evaluation))
    pictures = save_pictures(scored, folder)
    write_html(scored, pictures, folder / "report.html")
    return folder / "report.html"


def _answered(evaluation: Evaluation) -> Iterator[AnsweredFile]:
    answers = evaluation.every_probability.argmax(axis=1)
    for file, given, answer, refused in zip(
        evaluation.files, evaluation.raw, answers, evaluation.refused, strict=True
    ):
        yield AnsweredFile(
            image_id=file.image_id,
            path=file.name,
            source=file.source,
            split=file.split,
            diagnosis=file.diagnosis,
            lesion=file.lesion,
            group=file.group,
            answer=evaluation.known.codes[answer],
            refused=bool(refused),
            probabilities=given,
        )
