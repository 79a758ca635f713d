"""Seeded drawings of skin lesions, so that examples and tests need no patient's photo.

They look like dermoscopy at a glance: lit skin with a vignette, fine texture and hairs, and a lesion whose
colours, border and structures follow the textbook look of its diagnosis. They are drawings: a model's
answer to one of them says that the program works, and nothing about the model.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from naevia.taxonomy import CODES

Field = NDArray[Any]
"""Floating-point values per pixel, shape (height, width) or (height, width, 3)."""


@dataclass(frozen=True)
class _Look:
    """How one diagnosis is drawn: RGB colours from rim to core, border irregularity and structures."""

    colours: tuple[tuple[int, int, int], ...]
    irregularity: float
    softness: float
    network: float = 0.0
    dots: int = 0
    vessels: int = 0
    scales: float = 0.0
    pale_core: float = 0.0


_LOOKS: dict[str, _Look] = {
    "akiec": _Look(((205, 130, 112), (190, 96, 84)), 0.25, 0.35, vessels=10, scales=0.45),
    "bcc": _Look(((214, 150, 140), (196, 120, 118)), 0.18, 0.2, dots=9, vessels=14),
    "df": _Look(((184, 128, 100), (160, 104, 80)), 0.08, 0.3, network=0.2, pale_core=0.8),
    "mel": _Look(((120, 78, 62), (62, 40, 38), (86, 84, 104)), 0.4, 0.12, network=0.5, dots=22),
    "nv": _Look(((156, 104, 74), (116, 72, 50)), 0.08, 0.22, network=0.45),
    "bkl": _Look(((150, 108, 76), (128, 88, 60)), 0.22, 0.1, dots=12, scales=0.15),
    "sk": _Look(((128, 96, 70), (104, 76, 56)), 0.2, 0.06, dots=26, scales=0.2),
    "scc": _Look(((206, 124, 108), (222, 170, 150)), 0.3, 0.2, vessels=16, scales=0.6),
    "vasc": _Look(((176, 44, 52), (128, 22, 40)), 0.12, 0.1, dots=6),
}


def draw_lesion(code: str, *, seed: int, width_px: int = 600, height_px: int = 450) -> NDArray[np.uint8]:
    """Draw one lesion of a diagnosis.

    Args:
        code: Diagnosis code, one of `naevia.taxonomy.CODES`.
        seed: The same seed, code and size give the same pixels.
        width_px: Width of the drawing, at least 32.
        height_px: Height of the drawing, at least 32.

    Returns:
        Pixels, shape (height_px, width_px, 3), uint8, RGB.
    """
    look = _LOOKS[code]
    rng = np.random.default_rng([seed, CODES.index(code)])
    canvas = _skin(rng, height_px, width_px)
    depth = _lesion_depth(rng, look, height_px, width_px)
    canvas = _paint(rng, canvas, depth, look)
    canvas = _hairs(rng, canvas)
    canvas *= _vignette(height_px, width_px)[..., None]
    canvas += rng.normal(0.0, 2.0, canvas.shape)
    return np.clip(np.rint(canvas), 0, 255).astype(np.uint8)


def draw_skin(*, seed: int, width_px: int = 600, height_px: int = 450) -> NDArray[np.uint8]:
    """Draw skin as a dermatoscope shows it, with no lesion on it.

    Args:
        seed: The same seed and size give the same pixels.
        width_px: Width of the drawing, at least 32.
        height_px: Height of the drawing, at least 32.

    Returns:
        Pixels, shape (height_px, width_px, 3), uint8, RGB.
    """
    rng = np.random.default_rng([seed, len(CODES)])
    canvas = _hairs(rng, _skin(rng, height_px, width_px))
    canvas *= _vignette(height_px, width_px)[..., None]
    canvas += rng.normal(0.0, 2.0, canvas.shape)
    return np.clip(np.rint(canvas), 0, 255).astype(np.uint8)


def _noise(rng: np.random.Generator, height: int, width: int, cells: int) -> Field:
    """Smooth noise with about `cells` bumps across, mean 0, standard deviation 1."""
    rows = max(2, round(cells * height / width)) + 1
    coarse = rng.normal(size=(rows, cells + 1)).astype(np.float32)
    smooth = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)
    return np.asarray((smooth - smooth.mean()) / max(float(smooth.std()), 1e-6))


def _skin(rng: np.random.Generator, height: int, width: int) -> Field:
    base = np.array([214, 164, 142], np.float32) + rng.normal(0, 8, 3).astype(np.float32)
    texture = (
        4.0 * _noise(rng, height, width, 5)
        + 2.5 * _noise(rng, height, width, 40)
        + 1.5 * _noise(rng, height, width, 110)
    )
    return base + texture[..., None] * np.array([0.8, 1.0, 1.0], np.float32)


def _lesion_depth(rng: np.random.Generator, look: _Look, height: int, width: int) -> Field:
    """How far inside the lesion each pixel is: 1 at the centre, 0 on the border, below 0 outside."""
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    size = min(height, width)
    centre = np.array([width, height]) / 2 + rng.normal(0, 0.03 * size, 2)
    radius = size * rng.uniform(0.26, 0.34)
    angle, stretch = rng.uniform(0, np.pi), rng.uniform(0.8, 1.0)
    dx, dy = x - centre[0], y - centre[1]
    along, across = dx * np.cos(angle) + dy * np.sin(angle), dy * np.cos(angle) - dx * np.sin(angle)
    distance = np.hypot(along, across / stretch) / radius
    ragged = look.irregularity * (0.22 * _noise(rng, height, width, 6) + 0.1 * _noise(rng, height, width, 18))
    return np.asarray(1.0 - distance + ragged, np.float32)


def _paint(rng: np.random.Generator, canvas: Field, depth: Field, look: _Look) -> Field:
    height, width = depth.shape
    cover = np.clip(depth / max(look.softness, 0.02), 0, 1)
    cover = cover * cover * (3 - 2 * cover)
    stops = np.array(look.colours, np.float32)
    place = np.clip(depth + 0.25 * _noise(rng, height, width, 8), 0, 0.999) * (len(stops) - 1)
    lower = place.astype(int)
    share = (place - lower)[..., None]
    colour = stops[lower] * (1 - share) + stops[np.minimum(lower + 1, len(stops) - 1)] * share
    colour = colour + (6.0 * _noise(rng, height, width, 30))[..., None]
    colour = _structures(rng, colour, depth, look)
    return canvas * (1 - cover[..., None]) + colour * cover[..., None]


def _structures(rng: np.random.Generator, colour: Field, depth: Field, look: _Look) -> Field:
    height, width = depth.shape
    if look.network:
        mesh = np.abs(_noise(rng, height, width, 34))
        colour = colour * (1 - 0.45 * look.network * np.exp(-((mesh / 0.25) ** 2)))[..., None]
    if look.scales:
        flakes = np.clip(_noise(rng, height, width, 22) - 0.9, 0, 1) * look.scales
        colour = colour * (1 - flakes[..., None]) + 238.0 * flakes[..., None]
    if look.pale_core:
        pale = look.pale_core * np.clip((depth - 0.55) / 0.25, 0, 1)[..., None]
        colour = colour * (1 - pale) + np.array([226, 196, 180], np.float32) * pale
    return _vessels(rng, _dots(rng, colour, depth, look.dots), depth, look.vessels)


def _points_inside(rng: np.random.Generator, depth: Field, count: int) -> NDArray[np.int64]:
    rows, columns = np.nonzero(depth > 0.12)
    chosen = rng.integers(0, max(len(rows), 1), count if len(rows) else 0)
    return np.stack([columns[chosen], rows[chosen]], axis=1)


def _dots(rng: np.random.Generator, colour: Field, depth: Field, count: int) -> Field:
    mask = np.zeros(depth.shape, np.float32)
    for x, y in _points_inside(rng, depth, count):
        radius = max(1, round(rng.uniform(0.006, 0.016) * min(depth.shape)))
        cv2.circle(mask, (int(x), int(y)), radius, float(rng.uniform(0.35, 0.75)), -1, cv2.LINE_AA)
    return colour * (1 - cv2.GaussianBlur(mask, (0, 0), 1.0))[..., None]


def _vessels(rng: np.random.Generator, colour: Field, depth: Field, count: int) -> Field:
    mask = np.zeros(depth.shape, np.float32)
    step = 0.02 * min(depth.shape)
    for start in _points_inside(rng, depth, count):
        headings = rng.uniform(0, 2 * np.pi) + np.cumsum(rng.normal(0, 0.5, 9))
        path = start + np.cumsum(step * np.stack([np.cos(headings), np.sin(headings)], axis=1), axis=0)
        cv2.polylines(mask, [path.round().astype(np.int32)], False, 0.6, 1, cv2.LINE_AA)
    red = np.array([172, 48, 56], np.float32)
    return colour * (1 - mask[..., None]) + red * mask[..., None]


def _hairs(rng: np.random.Generator, canvas: Field) -> Field:
    height, width = canvas.shape[:2]
    mask = np.zeros((height, width), np.float32)
    for _ in range(int(rng.integers(0, 9))):
        start, heading = rng.uniform(0, 1, 2) * (width, height), rng.uniform(0, 2 * np.pi)
        headings = heading + np.cumsum(rng.normal(0, 0.06, 40))
        path = start + np.cumsum(
            0.012 * width * np.stack([np.cos(headings), np.sin(headings)], axis=1), axis=0
        )
        cv2.polylines(mask, [path.round().astype(np.int32)], False, 0.75, max(1, width // 400), cv2.LINE_AA)
    return canvas * (1 - mask[..., None]) + np.array([46, 34, 30], np.float32) * mask[..., None]


def _vignette(height: int, width: int) -> Field:
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j].astype(np.float32)
    return np.asarray(1.0 - 0.28 * np.clip(x * x + y * y, 0, 2) ** 1.3 / 2, np.float32)
