"""Whether a photo is good enough to be judged at all.

Seven plain measurements on the photo shrunk to 144x144 or 72x72 pixels. The limits lie outside what real
dermoscopy shows: `tests/core/test_preprocess.py` (marker `data`) checks that fewer than one in two hundred
photos of the development data is refused. They are no test for dermoscopy: telling other pictures from it is
left to the network's own score.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from naevia.preprocess import brightened, cut, field_of_view, resize_area

QualityIssue = Literal[
    "too small", "too dark", "too bright", "no structure", "blurred", "no colours", "no lesion to be seen"
]

MIN_SIDE_PX = 96
DARKEST = 40.0
"""Where brightened photos began to change their answers more than the stress test's bars allow (ADR 11)."""
BRIGHTEST = 242.0
LEAST_CONTRAST = 4.0
LEAST_DETAIL = 0.6
LEAST_COLOUR = 0.9
"""Real dermoscopy lies above; 95 % or more of it below once its colours are gone (tests, marker `data`)."""
LEAST_PROMINENCE = 4.0

_SIDE_PX = 144
_COARSE_PX = 72
_SKIN_SHARE = 0.7


@dataclass(frozen=True)
class Quality:
    """What was measured, and what is wrong.

    Attributes:
        brightness: Mean grey level, 0 to 255.
        contrast: Standard deviation of the grey levels.
        detail: Standard deviation of what a slight blur removes; low when a photo is out of focus.
        colour: How far colours lie, in CIELAB, from what their lightness alone would make them (root mean
            square); near 0 in a photo without colours, be it grey or toned, as a print or a monochrome camera
            gives it.
        prominence: How far, in CIELAB, the most conspicuous fiftieth of the photo lies from even skin under
            uneven light; low when nothing stands out.
        issues: What makes the photo unfit to judge, in order of the checks; empty for a good one.
    """

    brightness: float
    contrast: float
    detail: float
    colour: float
    prominence: float
    issues: tuple[QualityIssue, ...]

    @property
    def words(self) -> str:
        """`good`, or the issues joined by `; `."""
        return "; ".join(self.issues) or "good"


def measure_quality(rgb_u8: NDArray[np.uint8]) -> Quality:
    """Measure a photo, inside its field of view; all but its brightness as a network sees it, brightened.

    Args:
        rgb_u8: Photo, shape (height, width, 3), uint8, RGB.
    """
    rgb_u8 = cut(rgb_u8, field_of_view(rgb_u8))
    shrunk = resize_area(rgb_u8, _SIDE_PX, _SIDE_PX)
    brightness = float(cv2.cvtColor(shrunk, cv2.COLOR_RGB2GRAY).mean())
    shrunk = brightened(shrunk)
    grey = cv2.cvtColor(shrunk, cv2.COLOR_RGB2GRAY).astype(np.float32)
    contrast = float(grey.std())
    detail = float((grey - cv2.GaussianBlur(grey, (0, 0), 1.0)).std())
    lab = _coarse_lab(shrunk)
    colour, prominence = _colour(lab), _prominence(lab)
    found: dict[QualityIssue, bool] = {
        "too small": min(rgb_u8.shape[:2]) < MIN_SIDE_PX,
        "too dark": brightness < DARKEST,
        "too bright": brightness > BRIGHTEST,
        "no structure": contrast < LEAST_CONTRAST,
        "blurred": detail < LEAST_DETAIL,
        "no colours": colour < LEAST_COLOUR,
        "no lesion to be seen": prominence < LEAST_PROMINENCE,
    }
    issues = tuple(issue for issue, is_so in found.items() if is_so)
    return Quality(brightness, contrast, detail, colour, prominence, issues)


def _coarse_lab(rgb_u8: NDArray[np.uint8]) -> NDArray[Any]:
    """CIELAB values of a photo, shape (pixels, 3); a median takes hairs away first."""
    coarse = cv2.medianBlur(resize_area(rgb_u8, _COARSE_PX, _COARSE_PX), 5)
    return cv2.cvtColor(coarse.astype(np.float32) / 255, cv2.COLOR_RGB2LAB).reshape(-1, 3)


def _colour(lab: NDArray[Any]) -> float:
    """Distance of a* and b* from the cubic curves of the lightness that fit them best."""
    lightness = lab[:, 0] / 50 - 1
    terms = np.stack([lightness**power for power in range(4)], axis=1)
    curve = np.linalg.pinv(terms.T @ terms) @ (terms.T @ lab[:, 1:])
    return float(np.sqrt(((lab[:, 1:] - terms @ curve) ** 2).sum(axis=1).mean()))


def _prominence(lab: NDArray[Any]) -> float:
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
