"""Temperature and operating points, fitted on validation images."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from naevia.contract import Estimate, OperatingPoint
from naevia.taxonomy import MALIGNANT
from naevia_train.measure import Interval, log_loss, malignant_probability, wilson
from naevia_train.probabilities import softmax

WANTED_SENSITIVITIES = (0.90, 0.95)
DEFAULT_POINT = "sensitivity-95"


def fit_temperature(logits: NDArray[np.floating], labels: NDArray[np.int64]) -> float:
    """The number to divide logits by so that probabilities fit best.

    Source: Guo et al., "On Calibration of Modern Neural Networks" (2017), section 4.2.

    Args:
        logits: Shape (n, 9).
        labels: Taxonomy positions, shape (n,).

    Returns:
        Between 0.05 and 20; the one with the lowest negative log likelihood.
    """
    from scipy.optimize import minimize_scalar

    found = minimize_scalar(
        lambda exponent: log_loss(softmax(logits, math.exp(exponent)), labels),
        bounds=(math.log(0.05), math.log(20)),
        method="bounded",
    )
    return float(math.exp(found.x))


def choose_operating_points(
    probabilities: NDArray[np.floating], labels: NDArray[np.int64], *, chosen_on: str
) -> tuple[OperatingPoint, ...]:
    """The highest thresholds that reach the wanted sensitivities.

    Args:
        probabilities: Calibrated, shape (n, 9).
        labels: Taxonomy positions, shape (n,).
        chosen_on: The images, in words.

    Returns:
        One point per wanted sensitivity; none when all images are malignant or none is.
    """
    malignant = np.asarray(MALIGNANT)[labels]
    if malignant.all() or not malignant.any():
        return ()
    scores = malignant_probability(probabilities)
    return tuple(_point(scores, malignant, wanted, chosen_on) for wanted in WANTED_SENSITIVITIES)


def default_point(points: Sequence[OperatingPoint]) -> OperatingPoint | None:
    """The point that recommendations use; None where it was not chosen."""
    return next((point for point in points if point.name == DEFAULT_POINT), None)


def _point(
    scores: NDArray[np.floating], malignant: NDArray[np.bool_], wanted: float, chosen_on: str
) -> OperatingPoint:
    ranked = np.sort(scores[malignant])[::-1]
    needed = math.ceil(wanted * len(ranked) - 1e-9)
    # Rounded down, so that the last digits of another runtime cannot push the deciding image below it.
    threshold = math.floor(min(1.0, float(ranked[needed - 1])) * 1e4) / 1e4
    referred = scores >= threshold
    return OperatingPoint(
        name=f"sensitivity-{wanted * 100:.0f}",
        threshold=threshold,
        sensitivity=_estimate(wilson(int((referred & malignant).sum()), int(malignant.sum()))),
        specificity=_estimate(wilson(int((~referred & ~malignant).sum()), int((~malignant).sum()))),
        chosen_on=chosen_on,
    )


def _estimate(interval: Interval) -> Estimate:
    return Estimate(value=interval.value, low=interval.low, high=interval.high)
