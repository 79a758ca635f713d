"""Logits to probabilities."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def softmax(logits: NDArray[np.floating], temperature: float = 1.0) -> NDArray[np.float64]:
    """Probabilities from logits, shape (n, 9), after dividing by the temperature."""
    scaled = logits.astype(np.float64) / temperature
    exponents = np.exp(scaled - scaled.max(axis=1, keepdims=True))
    return exponents / exponents.sum(axis=1, keepdims=True)
