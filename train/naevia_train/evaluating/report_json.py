"""An evaluation as JSON, for programs."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import numpy as np

from naevia_train.evaluating.scored import Scored
from naevia_train.measuring.stress_text import stress_json
from naevia_train.measuring.subgroup_text import subgroup_json
from naevia_train.measuring.weighted import calibration_error, confusion

FORMAT_VERSION = 4
"""Raised when a field is renamed or changes its meaning."""


def metrics(scored: Scored) -> dict[str, Any]:
    """Everything that `metrics.json` holds."""
    evaluation = scored.evaluation
    measured, known = evaluation.measured, evaluation.known
    table = confusion_counts(scored)
    return {
        "format": "naevia-evaluation",
        "format_version": FORMAT_VERSION,
        "model_id": scored.model_id,
        "model_files": scored.contract.files,
        "target": scored.target,
        "diagnoses": known.name,
        "images": len(evaluation.first),
        "lesions": len(set(evaluation.lesions)),
        "images_without_lesion_id": evaluation.without_lesion_id,
        "images_of_the_models_validation": scored.listed,
        "images_of_the_models_test": scored.tested,
        "files": len(evaluation.files),
        "refused_files": int(evaluation.refused.sum()),
        "unread": evaluation.unread,
        "outside": scored.left_out.outside,
        "contradictory": len(scored.left_out.contradictory),
        "unlabelled": dict(scored.left_out.unlabelled),
        "other_splits": dict(scored.left_out.other_splits),
        "figures": {name: asdict(interval) for name, interval in measured.overall.items()},
        "operating_points": [asdict(point) for point in scored.points],
        "by_diagnosis": {
            code: {"images": measured.images[code]} | {name: asdict(i) for name, i in of.items()}
            for code, of in measured.by_diagnosis.items()
        },
        "calibration_error_before_temperature": error_before(scored),
        "confusion": {
            code: dict(zip(known.codes, row, strict=True))
            for code, row in zip(known.codes, table, strict=True)
        },
        "renditions": {f"{a}, {b}": asdict(found) for (a, b), found in scored.agreement.items()},
        "subgroups": subgroup_json(scored.subgroups),
        "stress": stress_json(scored.stress) if scored.stress else None,
    }


def confusion_counts(scored: Scored) -> list[list[int]]:
    """Images by true (rows) and given diagnosis (columns), in the order of the set."""
    evaluation = scored.evaluation
    answers, labels = evaluation.probabilities.argmax(axis=1), evaluation.labels
    counts = confusion(answers, labels, np.ones((1, len(labels))), len(evaluation.known.codes))[0]
    return [[round(count) for count in row] for row in counts.tolist()]


def error_before(scored: Scored) -> float:
    """Expected calibration error without the model's temperature."""
    evaluation = scored.evaluation
    weights = np.ones((1, len(evaluation.labels)))
    return float(calibration_error(evaluation.uncalibrated, evaluation.labels, weights)[0])
