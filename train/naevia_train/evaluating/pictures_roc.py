"""ROC curves and the decision curve."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from naevia_train.evaluating.evaluation import Evaluation
from naevia_train.labelling.diagnosis_set import DiagnosisSet
from naevia_train.measuring import weighted
from naevia_train.measuring.bootstrap import weightings
from naevia_train.measuring.operating import PointResult, refers
from naevia_train.measuring.plots import GRID, INK, QUIET, SECOND_COLOUR, VALIDATION_COLOUR, new_figure, style

_BAND_ROUNDS = 300
_LARGEST_THRESHOLD = 0.6
_PALETTE = (
    "#0b6e75", "#c2571a", "#7a5195", "#b0213f", "#3b6fb6", "#8a7a1f", "#5f8f3e", "#d1779f", "#4b4f58",
)  # fmt: skip


def draw_roc(evaluation: Evaluation, points: Sequence[PointResult]) -> Any:
    """Malignant against benign with its 95 % band and thresholds; each diagnosis against the rest.

    Thresholds are left out where the set's malignant probability is another than the one they are of.
    """
    figure, (left, right) = new_figure(1, 2, (12.6, 5.9))
    _malignant_curve(left, evaluation, points)
    _curves_by_diagnosis(right, evaluation)
    for axis in (left, right):
        axis.plot([0, 1], [0, 1], color=QUIET, linewidth=0.8, linestyle=(0, (2, 3)))
        axis.set(xlim=(-0.01, 1.01), ylim=(-0.01, 1.01), aspect="equal")
        axis.grid(color=GRID, linewidth=0.8)
        axis.legend(frameon=False, fontsize=9, loc="lower right")
    return figure


def _malignant_curve(axis: Any, evaluation: Evaluation, points: Sequence[PointResult]) -> None:
    known = evaluation.known
    scores = known.malignant_probability(evaluation.probabilities)
    malignant = known.malignant[evaluation.labels]
    interval = evaluation.measured.overall.get("malignant_auc")
    style(axis, "Malignant or pre-malignant against benign", "1 - specificity", "sensitivity")
    if interval is None:
        return
    grid, low, high = _band(scores, malignant, evaluation.lesions)
    axis.fill_between(grid, low, high, color=VALIDATION_COLOUR, alpha=0.15, linewidth=0, label="95 % band")
    plain = weighted.curve(scores, malignant, np.ones((1, len(scores))))
    axis.plot(
        plain.fall_out[0], plain.sensitivity[0], color=VALIDATION_COLOUR, linewidth=2, label=f"AUC {interval}"
    )
    for point in points if evaluation.curve_is_of_referrals else ():
        axis.plot(
            1 - point.specificity.value,
            point.sensitivity.value,
            marker="o" if point.default else "s",
            markersize=9 if point.default else 7,
            color=SECOND_COLOUR,
            linestyle="none",
            label=f"{point.name}{' (in use)' if point.default else ''}: refer from {point.threshold:.3f}",
        )


def _band(
    scores: NDArray[np.floating], positive: NDArray[np.bool_], lesions: Sequence[str]
) -> tuple[NDArray[np.floating], NDArray[np.floating], NDArray[np.floating]]:
    grid = np.linspace(0, 1, 51)
    drawn = []
    for weights in weightings(lesions, _BAND_ROUNDS, 0):
        curves = weighted.curve(scores, positive, weights)
        drawn.append(np.stack([curves.sensitivity_at(1 - fall_out) for fall_out in grid], axis=1))
    values = np.concatenate(drawn)
    low, high = np.percentile(values[np.isfinite(values).all(axis=1)], (2.5, 97.5), axis=0)
    return grid, low, high


def _curves_by_diagnosis(axis: Any, evaluation: Evaluation) -> None:
    style(axis, "Each diagnosis against the rest", "1 - specificity", "sensitivity")
    measured, weights = evaluation.measured, np.ones((1, len(evaluation.labels)))
    for position, entry in enumerate(evaluation.known.entries):
        interval = measured.by_diagnosis.get(entry.code, {}).get("auc")
        if interval is None:
            continue
        scores = evaluation.probabilities[:, position]
        found = weighted.curve(scores, evaluation.labels == position, weights)
        axis.plot(
            found.fall_out[0],
            found.sensitivity[0],
            color=_PALETTE[position % len(_PALETTE)],
            linewidth=1.6,
            label=f"{entry.name} ({measured.images[entry.code]}): {interval.value:.3f}",
        )


def net_benefit(
    scores: NDArray[np.floating], malignant: NDArray[np.bool_], thresholds: NDArray[np.floating]
) -> NDArray[np.floating]:
    """Referred malignant images minus referred benign ones at the threshold's exchange rate, per image.

    Source: Vickers and Elkin, "Decision Curve Analysis" (2006).

    Args:
        scores: Malignant probability, shape (n,).
        malignant: Shape (n,).
        thresholds: Between 0 and 1, shape (t,).

    Returns:
        Shape (t,).
    """
    referred = refers(scores, thresholds[:, None])
    hits, alarms = (referred & malignant).mean(axis=1), (referred & ~malignant).mean(axis=1)
    return np.asarray(hits - alarms * thresholds / (1 - thresholds))


def draw_decision(evaluation: Evaluation, points: Sequence[PointResult]) -> Any:
    """Net benefit of the model, of referring everyone and no one; thresholds as in `draw_roc`."""
    known: DiagnosisSet = evaluation.known
    scores = known.malignant_probability(evaluation.probabilities)
    malignant = known.malignant[evaluation.labels]
    thresholds = np.linspace(0.005, _LARGEST_THRESHOLD, 240)
    model = net_benefit(scores, malignant, thresholds)
    everyone = net_benefit(np.ones_like(scores), malignant, thresholds)
    figure, axis = new_figure(1, 1, (10.6, 4.8))
    style(
        axis,
        "Decision curve",
        "threshold: malignant probability from which to refer",
        "net benefit per image",
    )
    axis.plot(thresholds, model, color=VALIDATION_COLOUR, linewidth=2.2, label="refer by the model")
    axis.plot(thresholds, everyone, color=SECOND_COLOUR, linewidth=1.5, label="refer everyone")
    axis.axhline(0, color=INK, linewidth=1.2, label="refer no one")
    for point in points if evaluation.curve_is_of_referrals else ():
        axis.axvline(
            point.threshold,
            color=QUIET,
            linewidth=1.2,
            linestyle="--" if point.default else ":",
            label=f"{point.name}{' (in use)' if point.default else ''}: {point.threshold:.3f}",
        )
    highest = max(float(model.max()), 0.02)
    axis.set(xlim=(0, _LARGEST_THRESHOLD), ylim=(-0.25 * highest, 1.1 * highest))
    axis.legend(frameon=False, fontsize=9, loc="upper left", bbox_to_anchor=(1.01, 1.0))
    return figure
