"""Temperature and operating points, fitted on validation images."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from naevia.contract import TOLERANCE, DiagnosisReferred, Estimate, OperatingPoint
from naevia.taxonomy import CODES, MALIGNANT
from naevia_train.labelling.diagnosis_set import NINE
from naevia_train.measuring.bootstrap import count_groups, not_certain, weightings
from naevia_train.measuring.interval import Interval
from naevia_train.measuring.metrics import log_loss
from naevia_train.measuring.operating import count_referred, refers
from naevia_train.measuring.probabilities import softmax

LOWEST_TEMPERATURE, HIGHEST_TEMPERATURE = 0.05, 20.0
WANTED_SENSITIVITIES = (0.90, 0.95)
DEFAULT_POINT = "sensitivity-95"
ROUNDS, SEED = 1000, 0

MARGIN = TOLERANCE * sum(MALIGNANT)
"""How far the summed probability of the malignant diagnoses may lie lower on another computer, each of them
by the tolerance."""

FEWEST_LESIONS = 4
"""Malignant or benign lesions below which no threshold is chosen.

Where a threshold keeps three of three, the 95 % interval (Wilson) of its sensitivity still reaches below one
half; of four it no longer does.
"""

FEW_LESIONS = 20
"""Malignant or benign lesions below which thresholds are doubtful.

One lesion is more than 5 % of them, so that a sensitivity of 0.95 cannot be told from one of 1.
"""


def fit_temperature(logits: NDArray[np.floating], labels: NDArray[np.int64]) -> float:
    """The number to divide logits by so that probabilities fit best.

    Source: Guo et al., "On Calibration of Modern Neural Networks" (2017), section 4.2.

    Args:
        logits: Shape (n, 9).
        labels: Taxonomy positions, shape (n,).

    Returns:
        The one with the lowest negative log likelihood, between `LOWEST_TEMPERATURE` and
        `HIGHEST_TEMPERATURE`.
    """
    from scipy.optimize import minimize_scalar

    found = minimize_scalar(
        lambda exponent: log_loss(softmax(logits, math.exp(exponent)), labels),
        bounds=(math.log(LOWEST_TEMPERATURE), math.log(HIGHEST_TEMPERATURE)),
        method="bounded",
    )
    return float(math.exp(found.x))


def choose_operating_points(
    probabilities: NDArray[np.floating], labels: NDArray[np.int64], lesions: Sequence[str], *, chosen_on: str
) -> tuple[OperatingPoint, ...]:
    """The highest thresholds that reach the wanted sensitivities.

    A threshold that is measured on the images which chose it has its sensitivity by construction. So the
    intervals come from choosing it anew on resampled lesions, and measuring it on the lesions not drawn.
    Those are about a third of all (1/e), and few lesions spread more than many: the intervals are of sets of
    that size, wider than the uncertainty of the shares themselves.

    Args:
        probabilities: Calibrated, shape (n, 9).
        labels: Taxonomy positions, shape (n,).
        lesions: Of each image, shape (n,).
        chosen_on: The images, in words.

    Returns:
        One point per wanted sensitivity; none where fewer than `FEWEST_LESIONS` lesions are malignant, or are
        benign.
    """
    if min(count_sides(labels, lesions)) < FEWEST_LESIONS:
        return ()
    scores = NINE.malignant_probability(probabilities)
    drawn = np.concatenate(list(weightings(lesions, ROUNDS, SEED)))
    return tuple(_point(scores, labels, lesions, drawn, wanted, chosen_on) for wanted in WANTED_SENSITIVITIES)


def count_sides(labels: NDArray[np.int64], lesions: Sequence[str]) -> tuple[int, int]:
    """Number of malignant lesions and of benign ones.

    Args:
        labels: Taxonomy positions, shape (n,).
        lesions: Of each image, shape (n,).
    """
    malignant = np.asarray(MALIGNANT)[labels]
    return count_groups(lesions, malignant), count_groups(lesions, ~malignant)


def default_point(points: Sequence[OperatingPoint]) -> OperatingPoint | None:
    """The point that recommendations use; None where it was not chosen."""
    return next((point for point in points if point.name == DEFAULT_POINT), None)


def _point(
    scores: NDArray[np.floating],
    labels: NDArray[np.int64],
    lesions: Sequence[str],
    drawn: NDArray[np.floating],
    wanted: float,
    chosen_on: str,
) -> OperatingPoint:
    malignant = np.asarray(MALIGNANT)[labels]
    threshold = _threshold(scores[malignant], np.ones(malignant.sum()), wanted)
    found = []
    for weights in drawn:
        left = weights == 0
        if weights[malignant].any() and (left & malignant).any() and (left & ~malignant).any():
            resampled = _threshold(scores[malignant], weights[malignant], wanted)
            found.append(_shares(scores[left], labels[left], resampled))
    estimates = {
        name: _estimate(value, [shares[name] for shares in found if name in shares])
        for name, value in _shares(scores, labels, threshold).items()
    }
    counts = count_referred(scores, labels, threshold)
    return OperatingPoint(
        name=f"sensitivity-{wanted * 100:.0f}",
        threshold=threshold,
        sensitivity=estimates["sensitivity"],
        specificity=estimates["specificity"],
        chosen_on=chosen_on,
        by_diagnosis={
            code: DiagnosisReferred(
                referred=referred,
                images=images,
                sensitivity=_less_certain(estimates[code], lesions, labels == CODES.index(code)),
            )
            for code, (referred, images) in counts.items()
        },
    )


def _threshold(scores: NDArray[np.floating], weights: NDArray[np.floating], wanted: float) -> float:
    """The highest one that the wanted share of the weighted scores reaches."""
    order = np.argsort(-scores, kind="stable")
    reached = np.cumsum(weights[order])
    last = scores[order[np.searchsorted(reached, wanted * reached[-1] - 1e-9)]]
    # Lower by what another computer may answer, so that none pushes the deciding image below it; and rounded.
    return max(0.0, math.floor((float(last) - MARGIN) * 1e4) / 1e4)


def _shares(scores: NDArray[np.floating], labels: NDArray[np.int64], threshold: float) -> dict[str, float]:
    """Sensitivity and specificity, and by code the sensitivity of each malignant diagnosis that occurs."""
    referred, malignant = refers(scores, threshold), np.asarray(MALIGNANT)[labels]
    counts = count_referred(scores, labels, threshold)
    return {
        "sensitivity": float(referred[malignant].mean()),
        "specificity": float((~referred[~malignant]).mean()),
        **{code: kept / images for code, (kept, images) in counts.items()},
    }


def _estimate(value: float, elsewhere: Sequence[float]) -> Estimate:
    """A share with the 95 % interval of what it was elsewhere; 0 to 1 when that is not known."""
    low, high = np.percentile(elsewhere, (2.5, 97.5)) if elsewhere else (0.0, 1.0)
    return Estimate(value=value, low=min(value, float(low)), high=max(value, float(high)))


def _less_certain(share: Estimate, lesions: Sequence[str], of: NDArray[np.bool_]) -> Estimate:
    """See `not_certain`: a diagnosis of which every resample keeps all is not certain to keep all."""
    return not_certain(Interval(share.value, share.low, share.high), count_groups(lesions, of)).of_share()
