"""Every figure of an evaluation, as PNG and as SVG."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from naevia_train.evaluating.pictures_calibration import draw_reliability
from naevia_train.evaluating.pictures_roc import draw_decision, draw_roc
from naevia_train.evaluating.pictures_stress import draw_stress
from naevia_train.evaluating.scored import Scored
from naevia_train.measuring.plots import draw_confusion, save

SUFFIXES = (".png", ".svg")


def save_pictures(scored: Scored, folder: Path) -> dict[str, Path]:
    """Write every figure that these images allow.

    Args:
        scored: What was found.
        folder: An existing folder.

    Returns:
        The SVG files by name.
    """
    pictures = _pictures(scored)
    for name, picture in pictures.items():
        for suffix in SUFFIXES:
            save(picture, folder / f"{name}{suffix}")
    return {name: folder / f"{name}.svg" for name in pictures}


def _pictures(scored: Scored) -> dict[str, Any]:
    evaluation = scored.evaluation
    pictures = {}
    if "malignant_auc" in evaluation.measured.overall:
        pictures["roc"] = draw_roc(evaluation, scored.points)
        pictures["decision"] = draw_decision(evaluation, scored.points)
    pictures["reliability"] = draw_reliability(evaluation)
    pictures["confusion"] = draw_confusion(
        evaluation.probabilities.argmax(axis=1),
        evaluation.labels,
        f"{scored.model_id}: {len(evaluation.first):,} images",
        known=evaluation.known,
    )
    if scored.stress:
        pictures["stress"] = draw_stress(scored.stress)
    return pictures
