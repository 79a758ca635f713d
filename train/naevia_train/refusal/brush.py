"""Strokes that the drawn kinds share: colours, smooth noise, canvases."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]
"""A picture, shape (height, width, 3), uint8, RGB."""
Field = NDArray[Any]
"""Floating-point values per pixel, shape (height, width) or (height, width, 3)."""
Draw = Callable[[np.random.Generator, int, int], Pixels]
"""Draws one picture: seeded generator, height in pixels, width in pixels."""

INK = (24, 24, 28)
WARM_SHARE = 0.4
"""How often a random colour is one that skin could have; bright green and blue are too easy to refuse."""


def colour(rng: np.random.Generator, low: int = 0, high: int = 256) -> tuple[int, int, int]:
    """A random RGB colour with channels from `low` to `high` - 1."""
    red, green, blue = rng.integers(low, high, 3)
    if rng.random() < WARM_SHARE:
        green, blue = np.clip(red * rng.uniform(0.55, 0.9, 2), low, high - 1)
    return int(red), int(green), int(blue)


def canvas(height: int, width: int, fill: tuple[int, int, int]) -> Pixels:
    """A picture of one colour."""
    return np.full((height, width, 3), fill, np.uint8)


def to_pixels(field: Field) -> Pixels:
    """Round and clip values of 0 to 255, shape (height, width, 3)."""
    return np.clip(np.rint(field), 0, 255).astype(np.uint8)


def noise(rng: np.random.Generator, height: int, width: int, cells: int, octaves: int = 1) -> Field:
    """Smooth noise, 0 to 1.

    Args:
        rng: Generator.
        height: Height in pixels.
        width: Width in pixels.
        cells: Bumps across the first octave; each further one doubles them at half the strength.
        octaves: Layers that are added up.

    Returns:
        Shape (height, width), float32.
    """
    total = np.zeros((height, width), np.float32)
    for octave in range(octaves):
        across = cells * 2**octave + 1
        down = max(2, round(across * height / width))
        coarse = rng.normal(size=(down, across)).astype(np.float32)
        total += cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC) * 0.5**octave
    low, high = float(total.min()), float(total.max())
    return np.asarray((total - low) / max(high - low, 1e-6))


def ramp(field: Field, stops: list[tuple[int, int, int]]) -> Field:
    """Colour a field of 0 to 1 along colours, shape (height, width, 3)."""
    places = np.linspace(0.0, 1.0, len(stops))
    channels = np.array(stops, np.float32).T
    return np.stack([np.interp(field, places, channel) for channel in channels], axis=2)


def grid(height: int, width: int) -> tuple[Field, Field]:
    """Row and column of each pixel, shape (height, width), float32."""
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    return y, x
