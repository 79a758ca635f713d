"""Marks on photos for the stress test: ink, reflections, paper, a plaster, a lamp, a dark room.

Drawn once and for all, by other code and in other shapes than the marks of training views
(`preparing/marks.py`), so that a network which learnt those by heart gains nothing here. Lengths are shares
of the shorter side. Each takes and returns uint8 RGB pixels of any size.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]

INK: Final = (80, 50, 140)
RING_RADIUS, RING_WIDTH, INK_SHARE = 0.42, 0.03, 0.8
CROSS_LENGTH: Final = 0.16
REFLECTIONS, LARGEST_REFLECTION = 40, 0.035
CORNERS: Final = 1.12
"""Radius of what is left between the paper, where 1 touches the longer edges."""
COVERED, PLASTER = 0.25, (222, 178, 140)
WEAVE, THREAD = 8.0, 0.02
"""How much lighter and darker, of 255, a plaster's threads are, and how far apart. One colour alone would be
a surround, and cut off before a network sees it."""
GRAIN: Final = 12.0
"""Standard deviation of the grain, of 255."""

_GOLDEN_ANGLE = np.pi * (3 - np.sqrt(5))


def ring_of_ink(rgb_u8: Pixels) -> Pixels:
    """A marker's violet ring around the middle."""
    across, down, short = _places(rgb_u8)
    edge = np.abs(np.hypot(across, down) - RING_RADIUS * short)
    return _inked(rgb_u8, edge - RING_WIDTH * short / 2)


def crosses_of_ink(rgb_u8: Pixels) -> Pixels:
    """Four violet crosses, one towards each corner of the centre square."""
    across, down, short = _places(rgb_u8)
    x, y = np.abs(np.abs(across) - 0.36 * short), np.abs(np.abs(down) - 0.36 * short)
    half, thick = CROSS_LENGTH * short / 2, RING_WIDTH * short / 2
    outside = np.minimum(np.maximum(x - half, y - thick), np.maximum(y - half, x - thick))
    return _inked(rgb_u8, outside)


def reflections(rgb_u8: Pixels) -> Pixels:
    """Small blown-out spots along a spiral from the middle outwards."""
    across, down, short = _places(rgb_u8)
    light = np.zeros_like(across)
    for number in range(REFLECTIONS):
        far = 0.48 * short * np.sqrt((number + 0.5) / REFLECTIONS)
        angle = number * _GOLDEN_ANGLE
        radius = LARGEST_REFLECTION * short * (0.3 + 0.7 * (number * 7 % 10) / 9)
        away = np.hypot(across - far * np.cos(angle), down - far * np.sin(angle))
        light = np.maximum(light, np.clip(2 - 2 * away / radius, 0, 1))
    return _rounded(rgb_u8 + (255 - rgb_u8.astype(np.float32)) * light[..., None])


def paper_corners(rgb_u8: Pixels) -> Pixels:
    """White paper around a disc a little wider than the frame is high."""
    across, down, short = _places(rgb_u8)
    outside = np.hypot(across, down) > CORNERS * short / 2
    return np.where(outside[..., None], np.uint8(250), rgb_u8)


def plaster(rgb_u8: Pixels) -> Pixels:
    """A plaster over the left quarter of the centre square, and what lies left of that."""
    across, down, short = _places(rgb_u8)
    threads = 2 * np.pi / (THREAD * short)
    weave = WEAVE * (np.sin(threads * across) + np.sin(threads * down))
    drawn = _rounded(np.array(PLASTER, np.float32) + weave[..., None])
    return np.where((across < (COVERED - 0.5) * short)[..., None], drawn, rgb_u8)


def grainy(rgb_u8: Pixels) -> Pixels:
    """Coloured grain, as in a room too dark for the camera."""
    grain = np.random.default_rng(0).standard_normal(rgb_u8.shape, dtype=np.float32)
    return _rounded(rgb_u8 + np.float32(GRAIN) * grain)


def _places(rgb_u8: Pixels) -> tuple[NDArray[np.float32], NDArray[np.float32], int]:
    """Distance of each pixel from the middle, across and down, and the shorter side, in pixels."""
    height, width = rgb_u8.shape[:2]
    down, across = np.mgrid[:height, :width].astype(np.float32)
    return across - (width - 1) / 2, down - (height - 1) / 2, min(height, width)


def _inked(rgb_u8: Pixels, outside_px: NDArray[np.floating]) -> Pixels:
    """Ink where the distance to it is below 0, with an edge as soft as a pixel."""
    share = (INK_SHARE * np.clip(0.5 - outside_px, 0, 1))[..., None]
    return _rounded(rgb_u8 * (1 - share) + np.array(INK, np.float32) * share)


def _rounded(values: NDArray[np.floating]) -> Pixels:
    return np.clip(np.rint(values), 0, 255).astype(np.uint8)
