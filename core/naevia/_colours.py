"""What the colours of a photo tell: whether it has any, and whether something stands out of its skin."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from naevia.preprocess import resize_area

_COARSE_PX = 72
_SKIN_SHARE = 0.7


def coarse_lab(rgb_u8: NDArray[np.uint8]) -> NDArray[Any]:
    """CIELAB values of a photo, shape (pixels, 3); a median takes hairs away first."""
    coarse = cv2.medianBlur(resize_area(rgb_u8, _COARSE_PX, _COARSE_PX), 5)
    return cv2.cvtColor(coarse.astype(np.float32) / 255, cv2.COLOR_RGB2LAB).reshape(-1, 3)


def colour(lab: NDArray[Any]) -> float:
    """Distance of a* and b* from the cubic curves of the lightness that fit them best."""
    lightness = lab[:, 0] / 50 - 1
    terms = np.stack([lightness**power for power in range(4)], axis=1)
    curve = np.linalg.pinv(terms.T @ terms) @ (terms.T @ lab[:, 1:])
    return float(np.sqrt(((lab[:, 1:] - terms @ curve) ** 2).sum(axis=1).mean()))


def prominence(lab: NDArray[Any]) -> float:
    """Distance in CIELAB that 98 % of the photo do not exceed from a smooth surface through its skin.

    The surface is quadratic in both axes, which follows a lamp's light and a vignette. It is fitted twice,
    the second time through the part that the first left nearest, so that a lesion does not bend it.
    """
    first = _distances(lab, np.ones(len(lab), bool))
    return float(np.quantile(_distances(lab, first <= np.quantile(first, _SKIN_SHARE)), 0.98))


def _distances(lab: NDArray[Any], fitted: NDArray[np.bool_]) -> NDArray[Any]:
    """Distance of each pixel from the quadratic surface through the `fitted` ones, shape (pixels,)."""
    terms = _SURFACE[fitted]
    surface = _SURFACE @ np.linalg.solve(terms.T @ terms, terms.T @ lab[fitted])
    return np.asarray(np.linalg.norm(lab - surface, axis=1))


def _surface_terms() -> NDArray[np.float32]:
    """1, x, y, xx, yy and xy of each pixel of the coarse photo, -1 to 1, shape (pixels, 6)."""
    y, x = np.mgrid[-1 : 1 : _COARSE_PX * 1j, -1 : 1 : _COARSE_PX * 1j]
    return np.stack([np.ones_like(x), x, y, x * x, y * y, x * y], axis=2).reshape(-1, 6).astype(np.float32)


_SURFACE = _surface_terms()
