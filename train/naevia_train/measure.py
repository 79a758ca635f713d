"""Figures of merit from probabilities and true diagnoses, with their intervals."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from naevia.taxonomy import CODES, MALIGNANT

Probabilities = NDArray[np.floating]
Labels = NDArray[np.int64]
Z95 = 1.959964


@dataclass(frozen=True)
class Interval:
    """A figure with its 95 % interval."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.value:.3f} ({self.low:.3f} to {self.high:.3f})"


def auc(scores: NDArray[np.floating], positive: NDArray[np.bool_]) -> float:
    """Area under the ROC curve by ranks, ties shared; NaN when one side is empty."""
    from scipy.stats import rankdata

    positives = int(positive.sum())
    negatives = len(positive) - positives
    if positives == 0 or negatives == 0:
        return float("nan")
    ranks = rankdata(scores)
    return float((ranks[positive].sum() - positives * (positives + 1) / 2) / (positives * negatives))


def accuracy(probabilities: Probabilities, labels: Labels) -> float:
    """Share of images whose likeliest diagnosis is the true one."""
    return float((probabilities.argmax(axis=1) == labels).mean())


def balanced_accuracy(probabilities: Probabilities, labels: Labels) -> float:
    """Mean recall over the diagnoses that occur."""
    right = probabilities.argmax(axis=1) == labels
    return float(np.mean([right[labels == position].mean() for position in np.unique(labels)]))


def macro_auc(probabilities: Probabilities, labels: Labels) -> float:
    """Mean one-against-rest AUC over the diagnoses that occur; NaN when only one does."""
    present = np.unique(labels)
    if len(present) < 2:
        return float("nan")
    return float(np.mean([auc(probabilities[:, position], labels == position) for position in present]))


def melanoma_auc(probabilities: Probabilities, labels: Labels) -> float:
    """AUC of the melanoma probability, melanoma against the rest."""
    position = CODES.index("mel")
    return auc(probabilities[:, position], labels == position)


def malignant_probability(probabilities: Probabilities) -> NDArray[np.floating]:
    """Sum over the malignant and pre-malignant diagnoses, shape (n,)."""
    return probabilities[:, list(MALIGNANT)].sum(axis=1)


def malignant_auc(probabilities: Probabilities, labels: Labels) -> float:
    """AUC of the malignant probability."""
    return auc(malignant_probability(probabilities), np.asarray(MALIGNANT)[labels])


def calibration_error(probabilities: Probabilities, labels: Labels, *, bins: int = 15) -> float:
    """Expected calibration error of the top answer over bins of equal width.

    Source: Guo et al., "On Calibration of Modern Neural Networks" (2017), equation 3.
    """
    confidence = probabilities.max(axis=1)
    right = probabilities.argmax(axis=1) == labels
    place = np.minimum((confidence * bins).astype(int), bins - 1)
    gaps = [
        abs(right[place == b].mean() - confidence[place == b].mean()) * (place == b).mean()
        for b in np.unique(place)
    ]
    return float(sum(gaps))


def log_loss(probabilities: Probabilities, labels: Labels) -> float:
    """Mean negative log probability of the true diagnosis."""
    return float(-np.log(np.maximum(probabilities[np.arange(len(labels)), labels], 1e-12)).mean())


FIGURES: dict[str, Callable[[Probabilities, Labels], float]] = {
    "macro_auc": macro_auc,
    "melanoma_auc": melanoma_auc,
    "malignant_auc": malignant_auc,
    "accuracy": accuracy,
    "balanced_accuracy": balanced_accuracy,
    "calibration_error": calibration_error,
}
"""The figures that every report states, by name."""


def wilson(successes: int, total: int) -> Interval:
    """A share with its 95 % Wilson interval; 0 to 1 when there is nothing to count.

    Source: Wilson, "Probable Inference, the Law of Succession, and Statistical Inference" (1927).
    """
    if total == 0:
        return Interval(0.0, 0.0, 1.0)
    share, z2 = successes / total, Z95**2
    centre = (share + z2 / (2 * total)) / (1 + z2 / total)
    half = Z95 / (1 + z2 / total) * np.sqrt(share * (1 - share) / total + z2 / (4 * total**2))
    return Interval(share, max(0.0, float(centre - half)), min(1.0, float(centre + half)))


def bootstrap(
    probabilities: Probabilities, labels: Labels, groups: Sequence[str], *, rounds: int = 400, seed: int = 0
) -> dict[str, Interval]:
    """Every figure with a 95 % percentile interval, resampling whole groups (lesions) with replacement.

    Args:
        probabilities: Shape (n, 9).
        labels: Taxonomy positions, shape (n,).
        groups: Lesion of each image; images of one lesion are not independent.
        rounds: Resamples.
        seed: Seed of the resampling.

    Returns:
        Figures by name; one that cannot be computed on these images is absent.
    """
    rng = np.random.default_rng(seed)
    _, place = np.unique(np.asarray(groups), return_inverse=True)
    members = [np.flatnonzero(place == group) for group in range(place.max() + 1)]
    drawn: dict[str, list[float]] = {name: [] for name in FIGURES}
    for _ in range(rounds):
        chosen = np.concatenate([members[group] for group in rng.integers(len(members), size=len(members))])
        for name, figure in FIGURES.items():
            drawn[name].append(figure(probabilities[chosen], labels[chosen]))
    result = {}
    for name, figure in FIGURES.items():
        value, values = figure(probabilities, labels), np.asarray(drawn[name])
        values = values[np.isfinite(values)]
        if np.isfinite(value) and len(values):
            low, high = np.percentile(values, (2.5, 97.5))
            result[name] = Interval(value, float(low), float(high))
    return result


def recalls(probabilities: Probabilities, labels: Labels) -> dict[str, tuple[Interval, int]]:
    """Recall and number of images of each diagnosis that occurs, by code."""
    right = probabilities.argmax(axis=1) == labels
    return {
        CODES[position]: (
            wilson(int(right[labels == position].sum()), int((labels == position).sum())),
            int((labels == position).sum()),
        )
        for position in np.unique(labels)
    }
