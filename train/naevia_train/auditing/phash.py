"""Perceptual hashes that see through turning, re-encoding, resizing and slight cropping.

A hash holds the signs of 64 low-frequency cosine coefficients of the grey picture, squashed to a square.
Only coefficients that change sign under some mirroring are taken, so every bit is 0 as often as 1 whatever
lies in the middle, and the hash of a mirrored or turned picture follows from the hash alone. Against
cropping, a picture has one hash for each of a few windows into it: what is left of a cropped picture
is like one of them. Source of the sign-of-cosine hash: Zauner, Implementation and Benchmarking of Perceptual
Image Hash Functions, 2010.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from naevia.preprocess import resize_area

THUMBNAIL_PX = 64
BITS = 64

EDGE_CUTS = ((0.0, 0.0), (0.04, 0.04), (0.0, 0.05), (0.05, 0.0), (0.08, 0.08))
"""What the windows leave out along one axis, at the start and at the end, as shares of the side."""

WINDOWS = tuple((vertical, horizontal) for vertical in EDGE_CUTS for horizontal in EDGE_CUTS)
"""Cuts (top, bottom), (left, right) of each window; the first is the whole picture."""

TURNS = (
    "as it is",
    "mirrored left to right",
    "mirrored top to bottom",
    "turned by 180 degrees",
    "turned by 90 degrees and mirrored",
    "turned by 90 degrees",
    "turned by 270 degrees",
    "turned by 270 degrees and mirrored",
)
"""The eight ways to lay a picture on another; position t is transposed for t & 4, then flipped up-down for
t & 2, then left-right for t & 1."""


def _choose_frequencies() -> tuple[tuple[int, int], ...]:
    odd = [(v, h) for v in range(BITS) for h in range(BITS) if v % 2 or h % 2]
    return tuple(sorted(odd, key=lambda pair: (pair[0] ** 2 + pair[1] ** 2, max(pair), pair))[:BITS])


_FREQUENCIES = np.array(_choose_frequencies())
_COUNT = int(_FREQUENCIES.max()) + 1
_ORDER = {tuple(pair): index for index, pair in enumerate(_FREQUENCIES.tolist())}
_TRANSPOSED = np.array([_ORDER[h, v] for v, h in _FREQUENCIES.tolist()])


def cosines(cut: tuple[float, float], count: int) -> NDArray[np.float32]:
    """Cosine waves along one axis of a thumbnail, inside a window and zero outside of it.

    Args:
        cut: Shares of the side that the window leaves out at the start and at the end.
        count: Number of waves, from frequency 0.

    Returns:
        Shape (count, 64).
    """
    fine = 20
    place = (np.arange(THUMBNAIL_PX * fine) + 0.5) / (THUMBNAIL_PX * fine)
    start, length = cut[0], 1.0 - cut[0] - cut[1]
    inside = (place >= start) & (place < start + length)
    waves = np.cos(np.pi * np.arange(count)[:, None] * (place - start) / length) * inside
    return waves.reshape(count, THUMBNAIL_PX, fine).mean(axis=2).astype(np.float32) / np.float32(length)


_WAVES = np.concatenate([cosines(cut, _COUNT) for cut in EDGE_CUTS])
_ROWS = np.repeat(np.arange(len(EDGE_CUTS)), len(EDGE_CUTS))[:, None] * _COUNT + _FREQUENCIES[:, 0]
_COLUMNS = np.tile(np.arange(len(EDGE_CUTS)), len(EDGE_CUTS))[:, None] * _COUNT + _FREQUENCIES[:, 1]


def thumbnail(rgb_u8: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The grey picture squashed to a square: shape (64, 64), uint8."""
    return cv2.cvtColor(resize_area(rgb_u8, THUMBNAIL_PX, THUMBNAIL_PX), cv2.COLOR_RGB2GRAY)


def window_hashes(grey_u8: NDArray[np.uint8]) -> NDArray[np.uint64]:
    """The hashes of a thumbnail's windows, shape (25,); the first is the hash of the picture."""
    coefficients = _WAVES @ grey_u8.astype(np.float32) @ _WAVES.T
    return _pack(coefficients[_ROWS, _COLUMNS] > 0)


def turned_hashes(hashes: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """The hashes of pictures laid in each of the eight ways.

    Args:
        hashes: Shape (n,).

    Returns:
        Shape (n, 8), in the order of `TURNS`.
    """
    bits = np.unpackbits(hashes.astype(">u8").view(np.uint8).reshape(-1, 8), axis=1).astype(bool)
    odd_vertical, odd_horizontal = (_FREQUENCIES % 2 == 1).T
    turned = []
    for turn in range(len(TURNS)):
        laid = bits[:, _TRANSPOSED] if turn & 4 else bits
        changed = (odd_vertical & bool(turn & 2)) ^ (odd_horizontal & bool(turn & 1))
        turned.append(_pack(laid ^ changed))
    return np.stack(turned, axis=1)


def lay(grey: NDArray, turn: int) -> NDArray:
    """Turn a square picture, shape (size, size), as `TURNS` says."""
    if turn & 4:
        grey = grey.T
    if turn & 2:
        grey = grey[::-1]
    if turn & 1:
        grey = grey[:, ::-1]
    return np.ascontiguousarray(grey)


def _pack(bits: NDArray[np.bool_]) -> NDArray[np.uint64]:
    return np.ascontiguousarray(np.packbits(bits, axis=1)).view(">u8")[:, 0].astype(np.uint64)
