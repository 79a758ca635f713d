"""The figures that training follows, one number each.

Probabilities have the shape (n, 9) in taxonomy order, labels are taxonomy positions of shape (n,).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from naevia.taxonomy import CODES
from naevia_train.labelling.diagnosis_set import NINE
from naevia_train.measuring import weighted

Probabilities = NDArray[np.floating]
Labels = NDArray[np.int64]


def auc(scores: NDArray[np.floating], positive: NDArray[np.bool_]) -> float:
    """Area under the ROC curve, equal scores counting half.

    Args:
        scores: Higher is more likely positive, shape (n,).
        positive: Shape (n,).

    Returns:
        0 to 1; NaN when one side is empty or a score is NaN.
    """
    if not np.isfinite(scores).all():
        return float("nan")
    return float(weighted.curve(scores, positive, np.ones((1, len(scores)))).area()[0])


def accuracy(probabilities: Probabilities, labels: Labels) -> float:
    """Share of images whose likeliest diagnosis is the true one, of shapes (n, 9) and (n,)."""
    return float((probabilities.argmax(axis=1) == labels).mean())


def macro_auc(probabilities: Probabilities, labels: Labels) -> float:
    """Mean one-against-rest AUC of the diagnoses that occur, of shapes (n, 9) and (n,); NaN of one alone."""
    present = np.unique(labels)
    if len(present) < 2:
        return float("nan")
    return float(np.mean([auc(probabilities[:, position], labels == position) for position in present]))


def melanoma_auc(probabilities: Probabilities, labels: Labels) -> float:
    """AUC of the melanoma probability, melanoma against the rest, of shapes (n, 9) and (n,)."""
    position = CODES.index("mel")
    return auc(probabilities[:, position], labels == position)


def malignant_auc(probabilities: Probabilities, labels: Labels) -> float:
    """AUC of the malignant probability, of shapes (n, 9) and (n,)."""
    return auc(NINE.malignant_probability(probabilities), NINE.malignant[labels])


def calibration_error(probabilities: Probabilities, labels: Labels) -> float:
    """Expected calibration error of the top answer, of shapes (n, 9) and (n,)."""
    return float(weighted.calibration_error(probabilities, labels, np.ones((1, len(labels))))[0])


def log_loss(probabilities: Probabilities, labels: Labels) -> float:
    """Mean negative log probability of the true diagnosis, of shapes (n, 9) and (n,)."""
    return float(-np.log(np.maximum(probabilities[np.arange(len(labels)), labels], 1e-12)).mean())
