"""The one way from a decoded photo to the pixels that a network sees.

Training, evaluation, command line, scan and window all call `prepare`; there is no second copy.
Scaling to 0..1 and normalisation are not here: they are the first layers of the network.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from naevia.contract import InputSpec, Resize

_BLACKEST = 32
"""A pixel is black when its brightest channel lies below this, of 255. Chosen, not fitted: noise of JPEG in a
black surround stays below it but for a few pixels beside the field (`tests/core/test_preprocess.py`)."""
_WHITEST = 245
"""A pixel is white when its darkest channel lies at or above this: paper, or the window of a program."""
_CORNER_TOLERANCE = 1
"""A pixel as near, in every channel, to one in a corner of the photo has its colour (ADR 10)."""
_SURROUND_SHARE = 0.98
"""Share of a row or column that is plain, where it is surround; hairs and writing may cross it."""
_LEAST_FIELD = 0.25
"""Of the photo's shorter side; a smaller rest is no field of view."""
_PHOTO_SHARE = 0.5
"""What lies in the surround and is not so wide, beside the widest, is writing or a line, and no photo."""
_FIELD_SAMPLES = 256
"""Rows, or columns, of the shorter side that are looked at."""

_BRIGHT_SHARE = 90
"""Percentile of grey levels that says how much light there was. Lesion and black corners hardly move it."""
_LEAST_LIGHT = 150
"""Lowest grey level of that percentile that a network sees. Few photos that networks here learnt from lie
below: less than a sixth in any source (`tests/core/test_preprocess.py`, marker `data`)."""
_MOST_GAIN = 4.0
"""What is darker still is mostly noise."""

_RANGE_SHARES = (1, 99)
"""Percentiles of grey levels between which the contrast of a photo lies."""
_LEAST_RANGE = 75
"""Least distance, in grey levels, between them that a network sees (ADR 15)."""
_MOST_STRETCH = 2.5
"""What is flatter still is mostly noise."""


class Region(NamedTuple):
    """A rectangle of a photo, in pixels from its top left corner."""

    x_px: int
    y_px: int
    width_px: int
    height_px: int


def field_of_view(rgb_u8: NDArray[np.uint8]) -> Region:
    """The part of a photo inside the plain surround that a round field, archive, print or screenshot leaves.

    Rows and columns at the edges go while next to all of their pixels are black, white or of a colour that
    the photo has in a corner, and with them writing and lines in the surround. A round field keeps its
    bounding box, and with it its corners. A photo that would hardly be left is kept whole.

    Args:
        rgb_u8: Photo, shape (height, width, 3), uint8, RGB, any size from 1x1.

    Returns:
        The whole photo where it has no such surround.
    """
    height, width = rgb_u8.shape[:2]
    stride = max(1, min(height, width) // _FIELD_SAMPLES)
    sample = np.ascontiguousarray(rgb_u8[::stride, ::stride])
    plain = _plain(sample)
    rows = _photo_span(plain.mean(axis=1))
    columns = _photo_span(plain[rows].mean(axis=0))
    rows = _photo_span(plain[:, columns].mean(axis=1))  # what stood beside the photo is gone now
    left, right = _in_pixels(columns, stride, width)
    top, bottom = _in_pixels(rows, stride, height)
    if min(right - left, bottom - top) < _LEAST_FIELD * min(width, height):
        return Region(0, 0, width, height)
    return Region(left, top, right - left, bottom - top)


def _plain(rgb_u8: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Where a photo is black, white or of a corner's colour, shape (height, width)."""
    corners = rgb_u8[[0, 0, -1, -1], [0, -1, 0, -1]].astype(np.int16)
    near = [(abs(rgb_u8 - corner) <= _CORNER_TOLERANCE).all(axis=2) for corner in corners]
    dark, light = (rgb_u8 < _BLACKEST).all(axis=2), (rgb_u8 >= _WHITEST).all(axis=2)
    return np.asarray(np.logical_or.reduce([dark, light, *near]), bool)


def _photo_span(plain_share: NDArray[np.float64]) -> slice:
    """From the first to the last run of rows, or columns, that is wide enough to be a photo; all if none is.

    Two photos of about one size in a frame are both kept: to pick one would hide the other.
    """
    edges = np.diff(np.concatenate(([False], plain_share < _SURROUND_SHARE, [False])).astype(np.int8))
    starts, ends = np.flatnonzero(edges == 1), np.flatnonzero(edges == -1)
    if not len(starts):
        return slice(0, len(plain_share))
    wide = np.flatnonzero(ends - starts >= _PHOTO_SHARE * (ends - starts).max())
    return slice(int(starts[wide[0]]), int(ends[wide[-1]]))


def _in_pixels(span: slice, stride: int, length: int) -> tuple[int, int]:
    """First and last position, exclusive, of a span of sampled rows or columns."""
    return span.start * stride, min(span.stop * stride, length)


def centre_square(width_px: int, height_px: int) -> Region:
    """The largest centred square of a frame."""
    side_px = min(width_px, height_px)
    return Region((width_px - side_px) // 2, (height_px - side_px) // 2, side_px, side_px)


def examined_region(rgb_u8: NDArray[np.uint8], resize: Resize) -> Region:
    """The part of a photo that reaches the network.

    Args:
        rgb_u8: Photo, shape (height, width, 3), uint8, RGB, any size from 1x1.
        resize: The contract's resize policy.

    Returns:
        The whole field of view for `squash`, its largest centred square for `center_square`.
    """
    return examined_of(field_of_view(rgb_u8), resize)


def examined_of(field: Region, resize: Resize) -> Region:
    """The part of a field of view that reaches the network, as `examined_region`."""
    if resize == "squash":
        return field
    x, y, width, height = centre_square(field.width_px, field.height_px)
    return Region(field.x_px + x, field.y_px + y, width, height)


def cut(rgb_u8: NDArray[np.uint8], region: Region) -> NDArray[np.uint8]:
    """A view of a region of a photo, shape (height, width, 3)."""
    x, y, width, height = region
    return rgb_u8[y : y + height, x : x + width]


def brightened(rgb_u8: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """An underexposed photo as bright as networks know photos; any other as it is.

    All values are multiplied alike, and clipped at 255, until a tenth of the pixels reaches a grey level of
    150. On gamma-encoded values that is what a longer exposure does. Colours keep their ratios.

    Args:
        rgb_u8: Photo, shape (height, width, 3), uint8, RGB.

    Returns:
        The same shape; the argument itself where it is bright enough.
    """
    grey = cv2.cvtColor(rgb_u8, cv2.COLOR_RGB2GRAY)
    level = float(np.percentile(grey, _BRIGHT_SHARE, method="nearest"))
    gain = min(_LEAST_LIGHT / max(level, 1.0), _MOST_GAIN)
    if gain <= 1:
        return rgb_u8
    table = np.clip(np.rint(np.arange(256) * gain), 0, 255).astype(np.uint8)
    return np.asarray(cv2.LUT(rgb_u8, table), np.uint8)


def contrasted(rgb_u8: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """A flat or hazy photo with as much contrast as networks know; any other as it is.

    All values are moved away from the 99th percentile of the grey levels, until the first lies 75 below it.
    That takes away the even veil of light that a fogged glass, a reflection or a flat profile adds.

    Args:
        rgb_u8: Photo, shape (height, width, 3), uint8, RGB.

    Returns:
        The same shape; the argument itself where it has contrast enough.
    """
    grey = cv2.cvtColor(rgb_u8, cv2.COLOR_RGB2GRAY)
    low, high = map(float, np.percentile(grey, _RANGE_SHARES, method="nearest"))
    gain = min(_LEAST_RANGE / max(high - low, 1.0), _MOST_STRETCH)
    if gain <= 1:
        return rgb_u8
    table = np.clip(np.rint((np.arange(256) - high) * gain + high), 0, 255).astype(np.uint8)
    return np.asarray(cv2.LUT(rgb_u8, table), np.uint8)


def prepare(rgb_u8: NDArray[np.uint8], spec: InputSpec, *, field: Region | None = None) -> NDArray[np.uint8]:
    """Cut and resize a photo to the network's input; mend its light and contrast where they are too low.

    Args:
        rgb_u8: Photo, shape (height, width, 3), uint8, RGB, upright, any size from 1x1.
        spec: The contract's input description.
        field: Its `field_of_view`, where that is known already.

    Returns:
        Pixels, shape (size_px, size_px, 3), uint8, RGB, contiguous.
    """
    examined = cut(rgb_u8, examined_of(field or field_of_view(rgb_u8), spec.resize))
    return contrasted(brightened(resize_area(examined, spec.size_px, spec.size_px)))


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


def shrunk(rgb_u8: NDArray[np.uint8], share: float) -> NDArray[np.uint8]:
    """A photo with both sides shortened by one factor, as for showing it.

    Args:
        rgb_u8: Shape (height, width, 3), uint8.
        share: What is left of each side; a pixel always is.

    Returns:
        The smaller photo; the argument itself where `share` is 1 or more.
    """
    if share >= 1:
        return rgb_u8
    height, width = rgb_u8.shape[:2]
    return resize_area(rgb_u8, max(1, round(width * share)), max(1, round(height * share)))
