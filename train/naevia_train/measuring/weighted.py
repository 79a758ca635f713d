"""Figures of merit of weighted images, for many weightings at once.

A bootstrap resample is a weighting: an image that was drawn twice weighs 2. Every function takes weights of
shape (rounds, n) and gives one figure per round, shape (rounds,); weights of one in a single round give the
plain figure. What cannot be computed, such as the AUC of one class alone, is NaN.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating]
Flags = NDArray[np.bool_]
Labels = NDArray[np.int64]

_SLACK = 1e-9
"""A share that equals the wanted one but for rounding counts as reaching it."""


def ratio(over: Floats, under: Floats) -> Floats:
    """A quotient, of shapes that broadcast, that is NaN where it divides by zero."""
    shape = np.broadcast_shapes(over.shape, under.shape)
    return np.divide(over, under, out=np.full(shape, np.nan), where=np.broadcast_to(under > 0, shape))


@dataclass(frozen=True, eq=False)
class Curve:
    """A ROC curve per round, from the strictest threshold to the loosest; it starts where nothing is flagged.

    Attributes:
        thresholds: An image is flagged when its score is at least this; shape (points,), from infinity down.
        sensitivity: Shape (rounds, points).
        fall_out: Share of negative images that are flagged, shape (rounds, points).
    """

    thresholds: Floats
    sensitivity: Floats
    fall_out: Floats

    def area(self) -> Floats:
        """Area under the curve; equal scores count half."""
        return np.trapezoid(self.sensitivity, self.fall_out, axis=1)

    def sensitivity_at(self, specificity: float) -> Floats:
        """The highest sensitivity of a threshold with at least this specificity."""
        place = np.sum(self.fall_out <= 1 - specificity + _SLACK, axis=1) - 1
        chosen = np.take_along_axis(self.sensitivity, np.maximum(place, 0)[:, None], axis=1)[:, 0]
        return np.where(place < 0, np.nan, chosen)

    def specificity_at(self, sensitivity: float) -> Floats:
        """The highest specificity of a threshold with at least this sensitivity."""
        place = np.sum(self.sensitivity < sensitivity - _SLACK, axis=1)
        possible = place < self.sensitivity.shape[1]
        place = np.minimum(place, self.sensitivity.shape[1] - 1)
        chosen = np.take_along_axis(self.fall_out, place[:, None], axis=1)[:, 0]
        return np.where(possible & np.isfinite(self.sensitivity[:, -1]), 1 - chosen, np.nan)


def curve(scores: Floats, positive: Flags, weights: Floats) -> Curve:
    """The ROC curve of a score.

    Args:
        scores: Higher is more likely positive, shape (n,).
        positive: Shape (n,).
        weights: Shape (rounds, n).
    """
    order = np.argsort(-scores, kind="stable")
    ranked = scores[order]
    ends = np.flatnonzero(np.append(ranked[1:] != ranked[:-1], True))
    weighted = weights[:, order]
    caught = np.cumsum(np.where(positive[order], weighted, 0), axis=1)[:, ends]
    flagged = np.cumsum(np.where(positive[order], 0, weighted), axis=1)[:, ends]
    start = np.zeros((len(weights), 1))
    return Curve(
        thresholds=np.append(np.inf, ranked[ends]),
        sensitivity=ratio(np.hstack([start, caught]), caught[:, -1:]),
        fall_out=ratio(np.hstack([start, flagged]), flagged[:, -1:]),
    )


def confusion(answers: Labels, labels: Labels, weights: Floats, classes: int) -> Floats:
    """Weight by true and given diagnosis, shape (rounds, classes, classes), true ones along axis 1."""
    cells = np.zeros((len(labels), classes * classes))
    cells[np.arange(len(labels)), labels * classes + answers] = 1
    return (weights @ cells).reshape(-1, classes, classes)


def recall(table: Floats) -> Floats:
    """Recall by diagnosis of a confusion table, shape (rounds, classes)."""
    return ratio(np.diagonal(table, axis1=1, axis2=2), table.sum(axis=2))


def precision(table: Floats) -> Floats:
    """Precision by diagnosis, shape (rounds, classes); NaN where a diagnosis is never the answer."""
    return ratio(np.diagonal(table, axis1=1, axis2=2), table.sum(axis=1))


def f1(table: Floats) -> Floats:
    """Harmonic mean of precision and recall by diagnosis, shape (rounds, classes)."""
    hits = np.diagonal(table, axis1=1, axis2=2)
    return ratio(2 * hits, table.sum(axis=1) + table.sum(axis=2))


def mean_of_present(values: Floats) -> Floats:
    """Mean over the diagnoses that have a figure, shape (rounds,)."""
    finite = np.isfinite(values)
    return ratio(np.where(finite, values, 0).sum(axis=1), finite.sum(axis=1).astype(float))


def calibration_error(probabilities: Floats, labels: Labels, weights: Floats, *, bins: int = 15) -> Floats:
    """Expected calibration error of the top answer over bins of equal width.

    Args:
        probabilities: Shape (n, k).
        labels: Positions, shape (n,).
        weights: Shape (rounds, n).
        bins: Number of bins.

    Source: Guo et al., "On Calibration of Modern Neural Networks" (2017), equation 3.
    """
    return calibration_gap(probabilities.max(axis=1), probabilities.argmax(axis=1) == labels, weights, bins)


def calibration_gap(said: Floats, true: Flags, weights: Floats, bins: int = 15) -> Floats:
    """Mean distance between probabilities and shares that are true, over bins of equal width.

    Args:
        said: Probabilities, shape (n,).
        true: Whether what they were given to is true, shape (n,).
        weights: Shape (rounds, n).
        bins: Number of bins.
    """
    place = np.minimum((said * bins).astype(int), bins - 1)
    gaps = np.eye(bins)[place] * (true - said)[:, None]
    return ratio(np.abs(weights @ gaps).sum(axis=1), weights.sum(axis=1))


def brier_score(probabilities: Floats, labels: Labels, weights: Floats) -> Floats:
    """Mean squared distance of the probabilities from the truth, summed over the diagnoses, 0 to 2.

    Args:
        probabilities: Shape (n, k).
        labels: Positions, shape (n,).
        weights: Shape (rounds, n).

    Source: Brier, "Verification of Forecasts Expressed in Terms of Probability" (1950), equation 2.
    """
    truth = np.eye(probabilities.shape[1])[labels]
    return ratio(weights @ ((probabilities - truth) ** 2).sum(axis=1), weights.sum(axis=1))
