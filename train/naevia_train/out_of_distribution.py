"""How far an image lies from the training images, measured on the network's own embedding."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from naevia_train.files import replace_file

STATISTIC = (
    "mean squared distance of the embedding from the training mean along the principal components that hold "
    "95 % of the training variance, each scaled to variance 1; training images score 1 on average"
)
KEPT_VARIANCE = 0.95
ACCEPTED_SHARE = 0.98
"""Share of known dermoscopy that is not refused; a higher one lets landscapes and noise through."""


@dataclass(frozen=True, eq=False)
class Whitening:
    """A fitted distance.

    Attributes:
        mean: Shape (features,), float32.
        projection: Shape (features, components), float32.
    """

    mean: NDArray[np.float32]
    projection: NDArray[np.float32]

    def scores(self, embeddings: NDArray[np.floating]) -> NDArray[np.float64]:
        """Distance of each embedding, shape (n,)."""
        return np.square((embeddings - self.mean) @ self.projection).mean(axis=1).astype(np.float64)

    def save(self, path: Path) -> None:
        """Write `ood.npz`."""
        replace_file(path, lambda part: np.savez(part, mean=self.mean, projection=self.projection))


def fit_whitening(embeddings: NDArray[np.floating]) -> Whitening:
    """Fit the distance to the embeddings of training images, shape (n, features)."""
    mean = embeddings.mean(axis=0, dtype=np.float64)
    variances, axes = np.linalg.eigh(np.cov(embeddings.T.astype(np.float64)))
    variances, axes = np.maximum(variances[::-1], 0.0), axes[:, ::-1]
    share = np.cumsum(variances) / max(variances.sum(), 1e-12)
    kept = int(np.searchsorted(share, KEPT_VARIANCE)) + 1
    scale = np.sqrt(np.maximum(variances[:kept], 1e-12))
    return Whitening(mean.astype(np.float32), (axes[:, :kept] / scale).astype(np.float32))


def choose_threshold(scores: NDArray[np.floating]) -> float:
    """The score that `ACCEPTED_SHARE` of known dermoscopy photos do not exceed."""
    return float(np.quantile(scores, ACCEPTED_SHARE, method="higher"))
