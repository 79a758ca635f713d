"""The one way from a decoded photo to the pixels that a network sees.

Training, evaluation, command line, scan and window all call `prepare`; there is no second copy.
Scaling to 0..1 and normalisation are not here: they are the first layers of the network.
"""

from __future__ import annotations

from typing import Any, Literal, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from naevia.contract import InputSpec

Resize = Literal["squash", "center_square"]


class Region(NamedTuple):
    """A rectangle of a photo, in pixels from its top left corner."""

    x_px: int
    y_px: int
    width_px: int
    height_px: int


def examined_region(width_px: int, height_px: int, resize: Resize) -> Region:
    """The part of a photo that reaches the network.

    Args:
        width_px: Width of the photo.
        height_px: Height of the photo.
        resize: The contract's resize policy.

    Returns:
        The whole frame for `squash`, the largest centred square for `center_square`.
    """
    if resize == "squash":
        return Region(0, 0, width_px, height_px)
    side_px = min(width_px, height_px)
    return Region((width_px - side_px) // 2, (height_px - side_px) // 2, side_px, side_px)


def prepare(rgb_u8: NDArray[np.uint8], spec: InputSpec) -> NDArray[np.uint8]:
    """Cut and resize a photo to the network's input.

    Args:
        rgb_u8: Photo, shape (height, width, 3), uint8, RGB, upright, any size from 1x1.
        spec: The contract's input description.

    Returns:
        Pixels, shape (size_px, size_px, 3), uint8, RGB, contiguous.
    """
    x, y, width, height = examined_region(rgb_u8.shape[1], rgb_u8.shape[0], spec.resize)
    return resize_area(rgb_u8[y : y + height, x : x + width], spec.size_px, spec.size_px)


def resize_area(rgb_u8: NDArray[np.uint8], width_px: int, height_px: int) -> NDArray[np.uint8]:
    """Resize by averaging each axis that shrinks, and linearly along each axis that grows.

    Averaging first keeps a large photo from aliasing; OpenCV's own area mode turns into a nearest-like
    blend when it enlarges, so the growing axes are left to the linear step.

    Args:
        rgb_u8: Shape (height, width, 3), uint8.
        width_px: Wanted width.
        height_px: Wanted height.

    Returns:
        Shape (height_px, width_px, 3), uint8, contiguous.
    """
    height, width = rgb_u8.shape[:2]
    shrunk = (min(width, width_px), min(height, height_px))
    resized: NDArray[Any] = rgb_u8
    if shrunk != (width, height):
        resized = cv2.resize(resized, shrunk, interpolation=cv2.INTER_AREA)
    if shrunk != (width_px, height_px):
        resized = cv2.resize(resized, (width_px, height_px), interpolation=cv2.INTER_LINEAR)
    return np.ascontiguousarray(resized, dtype=np.uint8)
