"""Whether what is said with some probability is true that often, beside what chance alone would show."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import compress

import numpy as np
from numpy.typing import NDArray

from naevia_train.measuring import weighted
from naevia_train.measuring.bootstrap import ROUNDS, Key, resample
from naevia_train.measuring.interval import Interval
from naevia_train.measuring.weighted import Flags, Floats

BAND = (0.3, 0.9)
"""Where a malignant probability is read as a number: below, it is the threshold that counts."""


@dataclass(frozen=True)
class Gap:
    """How far the malignant probabilities of a band lie above what was found.

    Attributes:
        too_high: Mean of probability minus truth, -1 to 1, its 95 % interval by lesion.
        images: Number of images with such a probability.
        lesions: Number of their lesions.
    """

    too_high: Interval
    images: int
    lesions: int


def malignant_gap(said: Floats, malignant: Flags, lesions: Sequence[str]) -> Gap | None:
    """Measure the probabilities between the ends of `BAND`; None where there are none.

    Args:
        said: Malignant probability, shape (n,).
        malignant: Which images are, shape (n,).
        lesions: Of each image.
    """
    inside = (said >= BAND[0]) & (said < BAND[1])
    if not inside.any():
        return None
    off, groups = (said - malignant)[inside], list(compress(lesions, inside))

    def compute(weights: Floats) -> dict[Key, Floats]:
        return {("gap", ""): weighted.ratio(weights @ off, weights.sum(axis=1))}

    return Gap(resample(compute, groups, ROUNDS, 0)["gap", ""], len(off), len(set(groups)))


def error_by_chance(said: Floats, lesions: Sequence[str], *, rounds: int = ROUNDS, seed: int = 0) -> Interval:
    """The calibration error that perfectly calibrated answers would show on these images.

    The truth is drawn anew, each answer being right as often as it says; images of one lesion share the draw,
    as they share their diagnosis.

    Args:
        said: Probabilities, shape (n,).
        lesions: Of each image.
        rounds: Number of draws.
        seed: Seed of the draws.

    Returns:
        The mean, and the middle 95 % of the draws.
    """
    rng, once = np.random.default_rng(seed), np.ones((1, len(said)))
    names, place = np.unique(np.asarray(lesions), return_inverse=True)
    errors: NDArray[np.floating] = np.array(
        [weighted.calibration_gap(said, rng.random(len(names))[place] < said, once)[0] for _ in range(rounds)]
    )
    low, high = np.percentile(errors, (2.5, 97.5))
    return Interval(float(errors.mean()), float(low), float(high))
