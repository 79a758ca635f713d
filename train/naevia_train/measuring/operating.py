"""How the model's own thresholds do on these images."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import compress

import numpy as np
from numpy.typing import NDArray

from naevia.contract import DiagnosisReferred, OperatingPoint
from naevia.taxonomy import CODES, MALIGNANT
from naevia_train.measuring import weighted
from naevia_train.measuring.bootstrap import ROUNDS, Key, count_groups, mean_by_group, not_certain, resample
from naevia_train.measuring.interval import Interval
from naevia_train.measuring.weighted import Floats


@dataclass(frozen=True)
class PointResult:
    """One threshold on these images.

    Attributes:
        name: Its name in the contract, such as `sensitivity-95`.
        threshold: Malignant probability from which the model refers.
        default: Whether recommendations use it.
        sensitivity: Share of malignant images at or above the threshold.
        specificity: Share of benign images below it.
        malignant_refused: Share of malignant images that the model refuses, whatever their probability; the
            recommendation for them is `cannot tell`.
        malignant_missed: Share of malignant images that it neither refuses nor refers.
        benign_refused: Share of benign images that it refuses.
        benign_referred: Share of benign images that it refers without refusing them.
        by_diagnosis: Malignant images at or above the threshold, and all of them, by code of their diagnosis.
    """

    name: str
    threshold: float
    default: bool
    sensitivity: Interval
    specificity: Interval
    malignant_refused: float
    malignant_missed: float
    benign_refused: float
    benign_referred: float
    by_diagnosis: dict[str, tuple[int, int]]


def refers(scores: Floats, thresholds: Floats | float | None) -> NDArray[np.bool_]:
    """Which images the clinic's rule refers: those with the threshold's malignant probability or more.

    Args:
        scores: Malignant probability, shape (n,).
        thresholds: One, or several of shape (t, 1); None refers nothing.

    Returns:
        Shape (n,) or (t, n).
    """
    return np.zeros(scores.shape, bool) if thresholds is None else np.asarray(scores >= thresholds)


def count_referred(scores: Floats, labels: NDArray[np.int64], threshold: float) -> dict[str, tuple[int, int]]:
    """Images that a threshold refers, and all images, of each malignant diagnosis that occurs, by code.

    Args:
        scores: Malignant probability, shape (n,).
        labels: Taxonomy positions, shape (n,).
        threshold: The one that refers.
    """
    malignant = np.asarray(MALIGNANT)[labels]
    return _counts(refers(scores, threshold)[malignant], np.array(CODES)[labels[malignant]])


def try_point(
    point: OperatingPoint,
    scores: Floats,
    labels: NDArray[np.int64],
    lesions: Sequence[str],
    *,
    tested_on: str,
) -> OperatingPoint:
    """A threshold with what it refers of images that did not choose it, 95 % intervals by lesion.

    Args:
        point: The threshold.
        scores: Malignant probability, shape (n,).
        labels: Taxonomy positions, shape (n,).
        lesions: Of each image.
        tested_on: The images, in words.
    """
    hits, tested = refers(scores, point.threshold), {}
    for code, (referred, images) in count_referred(scores, labels, point.threshold).items():
        shown = labels == CODES.index(code)
        share = mean_by_group(hits[shown].astype(float), list(compress(lesions, shown)))
        tested[code] = DiagnosisReferred(referred=referred, images=images, sensitivity=share.of_share())
    return point.model_copy(update={"tested": tested, "tested_on": tested_on})


def point_results(
    points: Sequence[OperatingPoint],
    default: str | None,
    scores: Floats,
    malignant: NDArray[np.bool_],
    lesions: Sequence[str],
    *,
    codes: Sequence[str],
    refused: NDArray[np.bool_],
) -> list[PointResult]:
    """Sensitivity and specificity of thresholds with 95 % intervals, resampled by lesion.

    Args:
        points: The contract's.
        default: Name of the one that recommendations use.
        scores: Malignant probability of the nine diagnoses, shape (n,): what the clinic's rule compares.
        malignant: Which images are, shape (n,).
        lesions: Of each image.
        codes: Of each image's diagnosis.
        refused: Which images the model refuses; they count in sensitivity and specificity all the same.

    Returns:
        In the order of the contract; none when the images are all malignant, or all benign.
    """
    if malignant.all() or not malignant.any():
        return []

    def compute(weights: Floats) -> dict[Key, Floats]:
        found = {}
        for point in points:
            referred = refers(scores, point.threshold)
            found[point.name, "sensitivity"] = share(referred, malignant, weights)
            found[point.name, "specificity"] = share(~referred, ~malignant, weights)
        return found

    found = resample(compute, lesions, ROUNDS, 0)
    return [
        PointResult(
            point.name,
            point.threshold,
            point.name == default,
            not_certain(found[point.name, "sensitivity"], count_groups(lesions, malignant)),
            not_certain(found[point.name, "specificity"], count_groups(lesions, ~malignant)),
            malignant_refused=float(refused[malignant].mean()),
            malignant_missed=float((~refused & ~refers(scores, point.threshold))[malignant].mean()),
            benign_refused=float(refused[~malignant].mean()),
            benign_referred=float((~refused & refers(scores, point.threshold))[~malignant].mean()),
            by_diagnosis=_counts(refers(scores, point.threshold)[malignant], np.array(codes)[malignant]),
        )
        for point in points
    ]


def _counts(hits: NDArray[np.bool_], codes: NDArray[np.str_]) -> dict[str, tuple[int, int]]:
    """Images that are hit, and all images, by diagnosis."""
    return {
        str(code): (int(hits[codes == code].sum()), int((codes == code).sum())) for code in np.unique(codes)
    }


def share(hits: NDArray[np.bool_], of: NDArray[np.bool_], weights: Floats) -> Floats:
    """Weighted share of `of` that is hit, shape (rounds,)."""
    return weighted.ratio(weights @ (hits & of).astype(float), weights @ of.astype(float))
