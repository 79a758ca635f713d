"""Whether a photo is good enough to be judged at all.

Five plain measurements on the photo shrunk to 144x144 pixels. The limits lie outside what real dermoscopy
shows: `tests/core/test_preprocess.py` (marker `data`) checks that fewer than one in two hundred photos of the
development data is refused.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from naevia.preprocess import resize_area

QualityIssue = Literal["too small", "too dark", "too bright", "no structure", "blurred"]

MIN_SIDE_PX = 96
DARKEST = 60.0
BRIGHTEST = 242.0
LEAST_CONTRAST = 4.0
LEAST_DETAIL = 0.6

_SIDE_PX = 144


@dataclass(frozen=True)
class Quality:
    """What was measured, and what is wrong.

    Attributes:
        brightness: Mean grey level, 0 to 255.
        contrast: Standard deviation of the grey levels.
        detail: Standard deviation of what a slight blur removes; low when a photo is out of focus.
        issues: What makes the photo unfit to judge, in order of the checks; empty for a good one.
    """

    brightness: float
    contrast: float
    detail: float
    issues: tuple[QualityIssue, ...]

    @property
    def words(self) -> str:
        """`good`, or the issues joined by `; `."""
        return "; ".join(self.issues) or "good"


def measure_quality(rgb_u8: NDArray[np.uint8]) -> Quality:
    """Measure a photo.

    Args:
        rgb_u8: Photo, shape (height, width, 3), uint8, RGB.
    """
    grey = cv2.cvtColor(resize_area(rgb_u8, _SIDE_PX, _SIDE_PX), cv2.COLOR_RGB2GRAY).astype(np.float32)
    brightness, contrast = float(grey.mean()), float(grey.std())
    detail = float((grey - cv2.GaussianBlur(grey, (0, 0), 1.0)).std())
    found: dict[QualityIssue, bool] = {
        "too small": min(rgb_u8.shape[:2]) < MIN_SIDE_PX,
        "too dark": brightness < DARKEST,
        "too bright": brightness > BRIGHTEST,
        "no structure": contrast < LEAST_CONTRAST,
        "blurred": detail < LEAST_DETAIL,
    }
    return Quality(brightness, contrast, detail, tuple(issue for issue, is_so in found.items() if is_so))
