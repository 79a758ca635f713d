"""Healthy skin, cut from dermoscopy photos beside the lesion."""

from __future__ import annotations

import cv2
import numpy as np

from naevia_train.refusal.brush import Field, Pixels

SIDE_PX = 100
"""Side of a cut: above the smallest photo that is judged, small enough to fit beside a lesion."""
_LESION_SHARE = 0.01
"""Largest share of a cut that may belong to what Otsu's threshold calls the lesion."""
_FARTHEST = 14.0
"""Largest CIELAB distance of a cut's mean from the photo's border: beyond it lies a vignette or a lesion."""
_DARKEST = 45.0
"""Least CIELAB lightness of a cut's mean: below it lies a vignette or dark hair."""


def healthy_skin(rgb_u8: Pixels) -> Pixels | None:
    """Cut the corner that is farthest from the lesion out of a dermoscopy photo.

    The lesion is what lies, in colour, farther from the photo's border than Otsu's threshold. A cut must
    hold next to none of it and have the colour of light to brown skin. How even a cut is plays no part.

    Args:
        rgb_u8: Photo, shape (height, width, 3), uint8, RGB.

    Returns:
        Shape (SIDE_PX, SIDE_PX, 3), or None where no corner passes.
    """
    height, width = rgb_u8.shape[:2]
    if min(height, width) < SIDE_PX:
        return None
    smooth = cv2.GaussianBlur(rgb_u8, (0, 0), 3).astype(np.float32) / 255
    lab: Field = cv2.cvtColor(smooth, cv2.COLOR_RGB2LAB)
    border = np.median(np.concatenate([lab[:4], lab[-4:]], axis=1), axis=(0, 1))
    lesion = _lesion(np.linalg.norm(lab - border, axis=2))
    places = [
        (slice(top, top + SIDE_PX), slice(left, left + SIDE_PX))
        for top in (0, height - SIDE_PX)
        for left in (0, width - SIDE_PX)
    ]
    best = min(places, key=lambda place: float(lesion[place].mean()))
    colour = lab[best].mean(axis=(0, 1))
    is_skin = colour[0] > _DARKEST and colour[1] > 2 and colour[2] > 0
    if lesion[best].mean() > _LESION_SHARE or not is_skin or np.linalg.norm(colour - border) > _FARTHEST:
        return None
    return np.ascontiguousarray(rgb_u8[best])


def _lesion(distance: Field) -> Field:
    """Where a lesion is, shape (height, width), 0 or 1, with a margin for its border."""
    levels = np.clip(4 * distance, 0, 255).astype(np.uint8)
    _, mask = cv2.threshold(levels, 0, 1, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
    return cv2.dilate(mask, np.ones((9, 9), np.uint8))
