"""What clinics leave on photos: light that glints, ink, frames, odd lamps and repaired exposures.

A network that never saw them answers otherwise than to the plain photo, most of all where a lamp glints
(docs/adr/0018-white-spots-are-refused.md). Each step takes and returns uint8 RGB views of shape
(size, size, 3) and draws everything from one numpy Generator.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]

INKS = ((70, 50, 150), (40, 60, 160), (25, 25, 35), (40, 120, 90), (150, 40, 60))
"""Violet, blue, black, green and red, as they dry on skin."""


def marked(view: Pixels, rng: np.random.Generator) -> Pixels:
    """Put one or two kinds of marks on a view."""
    kinds = (glints, ink, pale_corners, bubbles, ruler, cover)
    for kind in rng.choice(len(kinds), int(rng.integers(1, 3)), replace=False):
        view = kinds[int(kind)](view, rng)
    return view


def glints(view: Pixels, rng: np.random.Generator) -> Pixels:
    """Up to forty small reflections of the lamp, or a few large ones, blown out in their middle."""
    size = len(view)
    few = rng.random() < 0.4
    count = int(rng.integers(1, 5) if few else rng.integers(5, 41))
    longest = size * (0.16 if few else 0.035)
    light = np.zeros((size, size), np.float32)
    for _ in range(count):
        centre = rng.integers(0, size, 2).tolist()
        axes = np.maximum(1, rng.uniform(0.2, 1.0, 2) * longest / 2).astype(int).tolist()
        cv2.ellipse(light, centre, axes, float(rng.uniform(0, 180)), 0, 360, float(rng.uniform(0.6, 1.5)), -1)
    return _lit(view, cv2.GaussianBlur(light, (0, 0), max(0.5, longest * rng.uniform(0.1, 0.4))))


def ink(view: Pixels, rng: np.random.Generator) -> Pixels:
    """A ring around the lesion, or lines, dots or letters beside it, in a marker's ink."""
    size = len(view)
    stroke = np.zeros((size, size), np.uint8)
    width = max(1, round(size * rng.uniform(0.01, 0.045)))
    choice = rng.random()
    if choice < 0.45:
        centre = (size * rng.normal(0.5, 0.06, 2)).astype(int).tolist()
        axes = (size * rng.uniform(0.28, 0.56) * rng.uniform(0.85, 1.15, 2)).astype(int).tolist()
        start = float(rng.uniform(0, 360))
        end = start + (360 if rng.random() < 0.6 else float(rng.uniform(60, 330)))
        cv2.ellipse(stroke, centre, axes, 0, start, end, 255, width, cv2.LINE_AA)
    elif choice < 0.7:
        for _ in range(int(rng.integers(1, 5))):
            cv2.line(stroke, *_beside(size, rng), 255, width, cv2.LINE_AA)
    elif choice < 0.85:
        for _ in range(int(rng.integers(2, 9))):
            cv2.circle(stroke, _beside(size, rng)[0], 2 * width, 255, -1, cv2.LINE_AA)
    else:
        text = "".join(rng.choice(list("0123456789ABLRx"), int(rng.integers(1, 5))))
        font = cv2.FONT_HERSHEY_SIMPLEX
        cv2.putText(stroke, text, _beside(size, rng)[0], font, size / 160, 255, max(1, width // 2))
    colour = np.array(INKS[int(rng.integers(len(INKS)))]) + rng.normal(0, 15, 3)
    share = (
        cv2.GaussianBlur(stroke, (0, 0), 0.6).astype(np.float32)[..., None] / 255 * rng.uniform(0.45, 0.95)
    )
    return _rounded(view * (1 - share) + np.clip(colour, 0, 255) * share)


def pale_corners(view: Pixels, rng: np.random.Generator) -> Pixels:
    """White, grey or cream paper around a round field, or in the corners of a turned print."""
    size = len(view)
    axis = np.linspace(-1, 1, size, dtype=np.float32)
    across, down = axis[None] - rng.normal(0, 0.05), axis[:, None] - rng.normal(0, 0.05)
    if rng.random() < 0.5:
        outside = np.hypot(across, down) > rng.uniform(0.92, 1.3)
    else:
        angle, edge = np.radians(rng.uniform(3, 42)), rng.uniform(0.95, 1.2)
        turned = (
            across * np.cos(angle) + down * np.sin(angle),
            down * np.cos(angle) - across * np.sin(angle),
        )
        outside = np.maximum(np.abs(turned[0]), np.abs(turned[1])) > edge
    paper = rng.uniform(170, 256) - rng.uniform(0, 25) * np.array([0.0, 0.3, 1.0])
    return np.where(outside[..., None], np.clip(paper, 0, 255).astype(np.uint8), view)


def bubbles(view: Pixels, rng: np.random.Generator) -> Pixels:
    """Bubbles of gel under the glass: bright rims and a spot of light in each."""
    size = len(view)
    light = np.zeros((size, size), np.float32)
    for _ in range(int(rng.integers(2, 15))):
        centre, radius = rng.integers(0, size, 2).tolist(), max(2, round(size * rng.uniform(0.01, 0.06)))
        cv2.circle(light, centre, radius, float(rng.uniform(0.2, 0.6)), 1, cv2.LINE_AA)
        spot = [int(place - radius * 0.4) for place in centre]
        cv2.circle(light, spot, max(1, radius // 4), float(rng.uniform(0.5, 1.2)), -1, cv2.LINE_AA)
    return _lit(view, cv2.GaussianBlur(light, (0, 0), 0.7))


def ruler(view: Pixels, rng: np.random.Generator) -> Pixels:
    """The ticks of a scale along one edge, dark or white."""
    size, turns = len(view), int(rng.integers(4))
    drawn = np.rot90(view, turns).copy()
    step, start = size * rng.uniform(0.03, 0.09), size * rng.uniform(0.02, 0.2)
    shade = [int(rng.integers(10, 60)) if rng.random() < 0.7 else int(rng.integers(220, 256))] * 3
    for number, along in enumerate(np.arange(start, size * rng.uniform(0.6, 1.0), step)):
        length = int(size * (0.09 if number % 5 == 0 else 0.05))
        cv2.line(drawn, (int(along), 0), (int(along), length), shade, 1, cv2.LINE_AA)
    return np.ascontiguousarray(np.rot90(drawn, -turns))


def cover(view: Pixels, rng: np.random.Generator) -> Pixels:
    """A finger, a plaster or the edge of a dressing over up to a third of the view, never over its middle."""
    size, turns = len(view), int(rng.integers(4))
    drawn = np.rot90(view, turns).copy()
    depth = int(size * rng.uniform(0.08, 0.33))
    colour = rng.uniform((150, 100, 80), (245, 215, 200))
    patch = np.clip(colour + rng.normal(0, 6, (depth, size, 3)), 0, 255)
    drawn[:depth] = np.clip(cv2.GaussianBlur(patch, (0, 0), 1.0), 0, 255).astype(np.uint8)
    return np.ascontiguousarray(np.rot90(drawn, -turns))


def lamp(view: Pixels, rng: np.random.Generator) -> Pixels:
    """The light of a lamp between a candle's and a blue sky's, not balanced by the camera."""
    warmth = rng.uniform(-0.25, 0.35)
    gains = np.exp(np.array([warmth, rng.normal(0, 0.03), -1.2 * warmth]))
    return _rounded(view * (gains / gains.max() if rng.random() < 0.5 else gains))


def repaired(view: Pixels, rng: np.random.Generator) -> Pixels:
    """Too little light or a veil over the photo, stored in 8 bits, and taken out again by a program."""
    light = rng.uniform(0.15, 0.7)
    level = rng.uniform(0, 255) * (1 - light) if rng.random() < 0.5 else 0.0
    stored = _rounded(view * light + level + rng.normal(0, rng.uniform(0, 2.0), view.shape))
    gain, lift = rng.uniform(0.7, 1.1) / light, rng.uniform(0.7, 1.0) * level
    return _rounded((stored - np.float32(lift)) * gain)


def night_grain(view: Pixels, rng: np.random.Generator) -> Pixels:
    """The grain of too little light: coloured or grey, fine or as large as a JPEG leaves it."""
    size = len(view)
    channels = 3 if rng.random() < 0.6 else 1
    coarse = max(8, round(size / rng.choice((1, 1, 2))))
    grain = rng.standard_normal((coarse, coarse, channels), dtype=np.float32)
    grain = cv2.resize(grain, (size, size), interpolation=cv2.INTER_LINEAR).reshape(size, size, channels)
    return _rounded(view + grain * np.float32(rng.uniform(6, 22)))


def _beside(size: int, rng: np.random.Generator) -> tuple[list[int], list[int]]:
    """Two points of one outer part of a view, where a lesion seldom is."""
    angle, far = rng.uniform(0, 2 * np.pi), rng.uniform(0.33, 0.5)
    first = size * (0.5 + far * np.array([np.cos(angle), np.sin(angle)]))
    second = first + rng.normal(0, 0.12 * size, 2)
    return first.astype(int).tolist(), second.astype(int).tolist()


def _lit(view: Pixels, light: NDArray[np.floating]) -> Pixels:
    share = np.clip(light, 0, 1)[..., None]
    return _rounded(view + (255.0 - view) * share)


def _rounded(values: NDArray[np.floating]) -> Pixels:
    return np.clip(np.rint(values), 0, 255).astype(np.uint8)
