"""What a network could read off a file instead of looking at the lesion: a few plain numbers per file."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from naevia.preprocess import resize_area

FEATURE_VERSION = 1
"""Raised whenever a number below changes its meaning, so that remembered ones are measured again."""

SIGNALS: dict[str, tuple[str, ...]] = {
    "image size": ("width_px", "height_px", "aspect"),
    "JPEG quantisation": ("is_jpeg", "luma_sum", "luma_dc", "chroma_sum", "chroma_dc", "sampling"),
    "sharpness": ("laplacian", "laplacian_half", "laplacian_ratio", "noise"),
    "border colour": tuple(f"{place}_{what}" for place in ("ring", "corner") for what in ("r", "g", "b")),
    "vignette": ("corner_to_centre", "edge_to_centre", "darkest_corner", "dark_corner_area"),
    "ruler and ink marks": ("ticks_most", "ticks_second", "tick_contrast", "blue_green_area", "violet_area"),
    "colour statistics": tuple(
        f"{channel}_{what}" for channel in "rgb" for what in ("mean", "sd", "p5", "p50", "p95")
    ),
}
"""The numbers of each signal, in the order of the features; `source` is added when shortcuts are measured."""

FEATURE_NAMES: tuple[str, ...] = tuple(name for names in SIGNALS.values() for name in names)

_SMALL_PX, _STRIP_PX, _CROP_PX = 48, 160, 192
_DARK = 48
"""Grey level below which a corner pixel counts as the black of a lens tube, of 255."""


def shortcut_features(rgb_u8: NDArray[np.uint8], data: bytes) -> NDArray[np.float32]:
    """Measure everything about a file that is not the lesion.

    Args:
        rgb_u8: The photo, shape (height, width, 3), uint8, upright.
        data: The bytes of its file.

    Returns:
        Shape (len(FEATURE_NAMES),), float32, finite.
    """
    height_px, width_px = rgb_u8.shape[:2]
    small = resize_area(rgb_u8, _SMALL_PX, _SMALL_PX).astype(np.float32)
    values = (
        width_px,
        height_px,
        width_px / height_px,
        *_quantisation(data),
        *_sharpness(rgb_u8),
        *_border(small),
        *_vignette(small),
        *_marks(rgb_u8, small),
        *_colours(small),
    )
    return np.asarray(values, dtype=np.float32)


def _quantisation(data: bytes) -> tuple[float, ...]:
    """The quantisation tables and chroma sampling of a JPEG, from its marker segments (ITU-T T.81, B.2)."""
    if not data.startswith(b"\xff\xd8"):
        return (0.0,) * len(SIGNALS["JPEG quantisation"])
    tables: dict[int, tuple[int, int]] = {}
    sampling, at = 0, 2
    while at + 4 <= len(data) and data[at] == 0xFF and data[at + 1] != 0xDA:
        marker, length = data[at + 1], int.from_bytes(data[at + 2 : at + 4], "big")
        segment = data[at + 4 : at + 2 + length]
        if marker == 0xDB:
            tables |= _tables(segment)
        elif marker in (0xC0, 0xC1, 0xC2) and len(segment) >= 8:
            sampling = segment[7]
        at += 2 + length
    luma, chroma = tables.get(0, (0, 0)), tables.get(1, (0, 0))
    return (1.0, *luma, *chroma, sampling)


def _tables(segment: bytes) -> dict[int, tuple[int, int]]:
    """Sum and first entry of every quantisation table in one segment, by table number."""
    tables, at = {}, 0
    while at < len(segment):
        width = 2 if segment[at] >> 4 else 1
        entries = np.frombuffer(segment[at + 1 : at + 1 + 64 * width], ">u2" if width == 2 else "u1")
        if len(entries) < 64:
            break
        tables[segment[at] & 15] = (int(entries.sum()), int(entries[0]))
        at += 1 + 64 * width
    return tables


def _sharpness(rgb_u8: NDArray[np.uint8]) -> tuple[float, ...]:
    """Detail at full and half resolution, and noise, in the middle of the photo, unscaled."""
    height_px, width_px = rgb_u8.shape[:2]
    top, left = max(0, (height_px - _CROP_PX) // 2), max(0, (width_px - _CROP_PX) // 2)
    crop = np.ascontiguousarray(rgb_u8[top : top + _CROP_PX, left : left + _CROP_PX])
    grey = cv2.cvtColor(crop, cv2.COLOR_RGB2GRAY)
    half = cv2.resize(
        grey, (max(1, grey.shape[1] // 2), max(1, grey.shape[0] // 2)), interpolation=cv2.INTER_AREA
    )
    full_detail, half_detail = (
        float(np.log1p(cv2.Laplacian(plane, cv2.CV_32F).var())) for plane in (grey, half)
    )
    # Diagonal differences of neighbours see noise and hardly any structure (Donoho and Johnstone 1994).
    even = grey[: grey.shape[0] // 2 * 2, : grey.shape[1] // 2 * 2].astype(np.float32)
    diagonal = even[::2, ::2] - even[::2, 1::2] - even[1::2, ::2] + even[1::2, 1::2]
    noise = float(np.median(np.abs(diagonal))) / 0.6745 / 2 if diagonal.size else 0.0
    return full_detail, half_detail, full_detail - half_detail, noise


def _border(small: NDArray[np.float32]) -> tuple[float, ...]:
    """Mean colour of the outermost ring and of the four corners."""
    ring = np.concatenate([small[:3].reshape(-1, 3), small[-3:].reshape(-1, 3)])
    ring = np.concatenate([ring, small[3:-3, :3].reshape(-1, 3), small[3:-3, -3:].reshape(-1, 3)])
    return (*map(float, ring.mean(axis=0)), *map(float, _corners(small).mean(axis=(0, 1, 2))))


def _corners(small: NDArray[np.float32]) -> NDArray[np.float32]:
    side = _SMALL_PX // 8
    ends = (slice(None, side), slice(-side, None))
    return np.stack([small[rows, columns] for rows in ends for columns in ends])


def _vignette(small: NDArray[np.float32]) -> tuple[float, ...]:
    """How much darker the corners and the edges are than the middle."""
    grey = small.mean(axis=2)
    corners = _corners(small).mean(axis=3)
    middle = slice(_SMALL_PX // 3, _SMALL_PX * 2 // 3)
    centre = float(grey[middle, middle].mean()) + 1.0
    edges = np.mean(
        [grey[:4, middle].mean(), grey[-4:, middle].mean(), grey[middle, :4].mean(), grey[middle, -4:].mean()]
    )
    return (
        float(corners.mean()) / centre,
        float(edges) / centre,
        float(corners.mean(axis=(1, 2)).min()),
        float((corners < _DARK).mean()),
    )


def _marks(rgb_u8: NDArray[np.uint8], small: NDArray[np.float32]) -> tuple[float, ...]:
    """Evenly spaced ticks along the four borders, and colours that skin does not have: ink, stickers."""
    grey = resize_area(rgb_u8, _STRIP_PX, _STRIP_PX).astype(np.float32).mean(axis=2)
    depth = _STRIP_PX // 8
    strips = (grey[:depth].T, grey[-depth:].T, grey[:, :depth], grey[:, -depth:])
    found = [_ticks(strip.mean(axis=1)) for strip in strips]
    regular = sorted((regularity for regularity, _ in found), reverse=True)
    hsv = cv2.cvtColor(small.astype(np.uint8), cv2.COLOR_RGB2HSV)
    strong = hsv[:, :, 1] > 60
    blue_green = strong & (hsv[:, :, 0] > 40) & (hsv[:, :, 0] <= 125)
    violet = strong & (hsv[:, :, 0] > 125) & (hsv[:, :, 0] <= 155)
    contrast = max(strength for _, strength in found)
    return regular[0], regular[1], contrast, float(blue_green.mean()), float(violet.mean())


def _ticks(profile: NDArray[np.float32]) -> tuple[float, float]:
    """How regular a profile is, -1 to 1 (largest autocorrelation at 5 to 24 pixels), and its contrast."""
    detail = profile - cv2.blur(profile.reshape(-1, 1), (1, 15)).ravel()
    energy = float(detail @ detail)
    if energy < 1e-3:
        return 0.0, 0.0
    regularity = max(float(detail[lag:] @ detail[:-lag]) for lag in range(5, 25)) / energy
    return regularity, float(np.sqrt(energy / len(detail)))


def _colours(small: NDArray[np.float32]) -> tuple[float, ...]:
    """Mean, spread and percentiles of each channel over the whole frame, wherever the pixels are."""
    flat = small.reshape(-1, 3)
    table = np.stack([flat.mean(axis=0), flat.std(axis=0), *np.percentile(flat, (5, 50, 95), axis=0)])
    return tuple(map(float, table.T.ravel()))
