"""Every figure of an evaluation, as PNG and as SVG."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from naevia_train.evaluating.pictures_calibration import reliability_figure
from naevia_train.evaluating.pictures_roc import decision_figure, roc_figure
from naevia_train.evaluating.pictures_stress import stress_figure
from naevia_train.evaluating.scored import Scored
from naevia_train.measuring.plots import confusion_figure, save

SUFFIXES = (".png", ".svg")


def draw_figures(scored: Scored, folder: Path) -> dict[str, Path]:
    """Write every figure that these images allow.

    Args:
        scored: What was found.
        folder: An existing folder.

    Returns:
        The SVG files by name.
    """
    figures = _figures(scored)
    for name, figure in figures.items():
        for suffix in SUFFIXES:
            save(figure, folder / f"{name}{suffix}")
    return {name: folder / f"{name}.svg" for name in figures}


def _figures(scored: Scored) -> dict[str, Any]:
    evaluation = scored.evaluation
    figures = {}
    if "malignant_auc" in evaluation.measured.overall:
        figures["roc"] = roc_figure(evaluation, scored.points)
        figures["decision"] = decision_figure(evaluation, scored.points)
    figures["reliability"] = reliability_figure(evaluation)
    figures["confusion"] = confusion_figure(
        evaluation.probabilities.argmax(axis=1),
        evaluation.labels,
        f"{scored.model_id}: {len(evaluation.first):,} images",
        known=evaluation.known,
    )
    if scored.stress:
        figures["stress"] = stress_figure(scored.stress)
    return figures
