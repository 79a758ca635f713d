"""How the model's own thresholds do on these images."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from naevia.contract import OperatingPoint
from naevia_train.evaluating import weighted
from naevia_train.evaluating.diagnosis_set import NINE, DiagnosisSet
from naevia_train.evaluating.intervals import ROUNDS, Key, not_certain, resample
from naevia_train.evaluating.weighted import Floats, Labels
from naevia_train.measure import Interval


@dataclass(frozen=True)
class PointResult:
    """One threshold on these images.

    Attributes:
        name: Its name in the contract, such as `sensitivity-95`.
        threshold: Malignant probability from which the model refers.
        default: Whether recommendations use it.
        sensitivity: Share of malignant images that are referred.
        specificity: Share of benign images that are not.
    """

    name: str
    threshold: float
    default: bool
    sensitivity: Interval
    specificity: Interval


def point_results(
    points: Sequence[OperatingPoint],
    default: str | None,
    probabilities: Floats,
    labels: Labels,
    lesions: Sequence[str],
    *,
    known: DiagnosisSet = NINE,
) -> list[PointResult]:
    """Sensitivity and specificity of thresholds with 95 % intervals, resampled by lesion.

    Args:
        points: The contract's.
        default: Name of the one that recommendations use.
        probabilities: Shape (n, k).
        labels: Positions in the set, shape (n,).
        lesions: Of each image.
        known: The diagnoses.

    Returns:
        In the order of the contract; none when the images are all malignant, or all benign.
    """
    scores, malignant = known.malignant_probability(probabilities), known.malignant[labels]
    if malignant.all() or not malignant.any():
        return []

    def compute(weights: Floats) -> dict[Key, Floats]:
        found = {}
        for point in points:
            found[point.name, "sensitivity"] = share(scores >= point.threshold, malignant, weights)
            found[point.name, "specificity"] = share(scores < point.threshold, ~malignant, weights)
        return found

    found = resample(compute, lesions, ROUNDS, 0)
    return [
        PointResult(
            point.name,
            point.threshold,
            point.name == default,
            not_certain(found[point.name, "sensitivity"], int(malignant.sum())),
            not_certain(found[point.name, "specificity"], int((~malignant).sum())),
        )
        for point in points
    ]


def share(hits: NDArray[np.bool_], of: NDArray[np.bool_], weights: Floats) -> Floats:
    """Weighted share of `of` that is hit, shape (rounds,)."""
    return weighted.ratio(weights @ (hits & of).astype(float), weights @ of.astype(float))
