"""The figures that training follows, and the interval of a share."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from naevia.taxonomy import CODES, MALIGNANT
from naevia_train.evaluating import weighted

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
    """Area under the ROC curve, equal scores counting half; NaN when one side is empty or a score is NaN."""
    if not np.isfinite(scores).all():
        return float("nan")
    return float(weighted.curve(scores, positive, np.ones((1, len(scores)))).area()[0])


def accuracy(probabilities: Probabilities, labels: Labels) -> float:
    """Share of images whose likeliest diagnosis is the true one."""
    return float((probabilities.argmax(axis=1) == labels).mean())


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


def calibration_error(probabilities: Probabilities, labels: Labels) -> float:
    """Expected calibration error of the top answer."""
    return float(weighted.calibration_error(probabilities, labels, np.ones((1, len(labels))))[0])


def log_loss(probabilities: Probabilities, labels: Labels) -> float:
    """Mean negative log probability of the true diagnosis."""
    return float(-np.log(np.maximum(probabilities[np.arange(len(labels)), labels], 1e-12)).mean())


def wilson(successes: float, total: int) -> Interval:
    """A share with its 95 % Wilson interval; 0 to 1 when there is nothing to count.

    Args:
        successes: Of `total`; not whole where the share was counted on something else, such as the images of
            `total` lesions.
        total: Independent trials.

    Source: Wilson, "Probable Inference, the Law of Succession, and Statistical Inference" (1927).
    """
    if total == 0:
        return Interval(0.0, 0.0, 1.0)
    share, z2 = successes / total, Z95**2
    centre = (share + z2 / (2 * total)) / (1 + z2 / total)
    half = Z95 / (1 + z2 / total) * np.sqrt(share * (1 - share) / total + z2 / (4 * total**2))
    return Interval(share, max(0.0, float(centre - half)), min(1.0, float(centre + half)))
