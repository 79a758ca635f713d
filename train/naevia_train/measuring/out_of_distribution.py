"""How unlike dermoscopy a picture is, told by a straight boundary in the network's own embedding.

A boundary was preferred to distances from the training photos (Mahalanobis over 75 to 611 principal
components, the residual outside them, and both together): those refuse fewer pictures without a lesion, miss
healthy skin almost entirely, and need a matrix in the file where a boundary needs one number per feature.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from naevia.contract import SCORE_ALLOWANCE, TOLERANCE
from naevia_train.files import replace_file

STATISTIC = (
    "log-odds of showing no skin lesion (a logistic regression on the embedding, fitted on training photos "
    "against drawn surfaces, documents and objects, two photographs and skin beside lesions; 0 is even odds)"
)
PENALTY = 1e-3
"""Inverse strength of the squared penalty on standardised features."""
ACCEPTED_SHARE = 0.995
"""Share of all known dermoscopy files that is not refused. A camera that the network has not learnt from pays
several times what the known ones pay: see "Comparing honestly" in docs/training.md."""
SOURCE_SHARE = 0.98
"""Share that is not refused in any source with `SOURCE_FILES` files, nor among views as other cameras might
have taken them: no camera pays for the others."""
SOURCE_FILES = 100
EVEN_ODDS = 0.0
"""What is rather a photo of a lesion than not is never refused by its score. Known cameras alone would let
the limit lie lower, and an unknown one pay for it."""


@dataclass(frozen=True, eq=False)
class Boundary:
    """A fitted boundary.

    Attributes:
        weights: Shape (features,), float32.
        bias: Log-odds of an embedding of zeros.
    """

    weights: NDArray[np.float32]
    bias: float

    def scores(self, embeddings: NDArray[np.floating]) -> NDArray[np.float64]:
        """Log-odds of showing no skin lesion, shape (n,)."""
        return embeddings.astype(np.float64) @ self.weights.astype(np.float64) + self.bias

    def save(self, path: Path) -> None:
        """Write `ood.npz`."""
        replace_file(path, lambda part: np.savez(part, weights=self.weights, bias=np.float32(self.bias)))


def fit_boundary(known: NDArray[np.floating], strange: NDArray[np.floating]) -> Boundary:
    """Fit the boundary; both sides weigh the same, however many pictures they have.

    Args:
        known: Embeddings of training photos, shape (n, features).
        strange: Embeddings of pictures that show no skin lesion, shape (m, features).
    """
    from sklearn.linear_model import LogisticRegression

    mean = known.mean(axis=0, dtype=np.float64)
    spread = known.std(axis=0, dtype=np.float64)
    # A feature that next to never moves would get a huge weight.
    spread = np.maximum(spread, 1e-2 * max(float(spread.mean()), 1e-6))
    inputs = (np.concatenate([known, strange]) - mean) / spread
    is_strange = np.arange(len(inputs)) >= len(known)
    shares = np.where(is_strange, len(known) / len(strange), 1.0)
    fitted = LogisticRegression(C=PENALTY, max_iter=2000).fit(inputs, is_strange, sample_weight=shares)
    weights = (fitted.coef_[0] / spread).astype(np.float32)
    return Boundary(weights, float(np.float32(fitted.intercept_[0] - mean @ weights.astype(np.float64))))


def choose_threshold(
    scores: NDArray[np.floating],
    sources: Sequence[str] = (),
    changed: NDArray[np.floating] | None = None,
) -> float:
    """The highest score that is accepted.

    Args:
        scores: Of known dermoscopy files that the boundary was not fitted on, shape (n,).
        sources: Where each file comes from; without it all count as one source.
        changed: Of views of such files as other cameras might have taken them, shape (m,).

    Returns:
        The lowest threshold, even odds or more, that accepts `ACCEPTED_SHARE` of all files and `SOURCE_SHARE`
        of every source and of the changed views, also where another computer's scores lie higher by what the
        export allows.
    """
    places = np.asarray(sources)
    parts = [scores[places == source] for source in np.unique(places)]
    shares = [(scores, ACCEPTED_SHARE), *((own, SOURCE_SHARE) for own in parts if len(own) >= SOURCE_FILES)]
    if changed is not None:
        shares.append((changed, SOURCE_SHARE))
    deciding = max(float(np.quantile(own, share, method="higher")) for own, share in shares)
    largest = max(float(np.abs(own).max()) for own, _ in shares)
    return max(EVEN_ODDS, deciding + SCORE_ALLOWANCE * TOLERANCE * max(1.0, largest))
