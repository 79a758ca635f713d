"""Drawn objects: shapes, strokes, gloves, rulers, landscapes, faces, and skin without a lesion."""

from __future__ import annotations

import cv2
import numpy as np

from naevia.synthetic import draw_skin
from naevia_train.refusal.brush import INK, Pixels, canvas, colour, noise, ramp, to_pixels


def polygons(rng: np.random.Generator, height: int, width: int) -> Pixels:
    """Angular shapes in random colours."""
    picture = canvas(height, width, colour(rng))
    for _ in range(int(rng.integers(3, 12))):
        corners = rng.uniform((0, 0), (width, height), (int(rng.integers(3, 7)), 2))
        cv2.fillPoly(picture, [corners.astype(np.int32)], colour(rng), cv2.LINE_AA)
    return picture


def bubbles(rng: np.random.Generator, height: int, width: int) -> Pixels:
    """Many discs and rings in random colours."""
    picture = canvas(height, width, colour(rng))
    for _ in range(int(rng.integers(8, 40))):
        place = (int(rng.integers(width)), int(rng.integers(height)))
        radius = int(rng.uniform(0.03, 0.2) * min(height, width))
        thick = -1 if rng.random() < 0.6 else int(rng.integers(2, 8))
        cv2.circle(picture, place, radius, colour(rng), thick, cv2.LINE_AA)
    return picture


def scribbles(rng: np.random.Generator, height: int, width: int) -> Pixels:
    """Pen strokes on paper."""
    picture = canvas(height, width, colour(rng, 210, 256))
    for _ in range(int(rng.integers(4, 20))):
        start = rng.uniform((0, 0), (width, height))
        headings = rng.uniform(0, 2 * np.pi) + np.cumsum(rng.normal(0, 0.5, 60))
        steps = np.stack([np.cos(headings), np.sin(headings)], axis=1) * 0.03 * width
        path = (start + np.cumsum(steps, axis=0)).round().astype(np.int32)
        cv2.polylines(picture, [path], False, colour(rng, 0, 150), int(rng.integers(1, 5)), cv2.LINE_AA)
    return picture


def glove(rng: np.random.Generator, height: int, width: int) -> Pixels:
    """A gloved hand on a table."""
    table = ramp(noise(rng, height, width, 3, octaves=3), [colour(rng, 90, 220), colour(rng, 90, 220)])
    palm = np.zeros((height, width), np.uint8)
    side = min(height, width)
    middle = np.array([width / 2, height * 0.62])
    cv2.ellipse(palm, middle.astype(int).tolist(), (side // 5, side // 4), 0, 0, 360, 255, -1)
    for turn in np.linspace(-1.0, 0.9, 5) + rng.normal(0, 0.08, 5):
        tip = middle + side * rng.uniform(0.38, 0.5) * np.array([np.sin(turn), -np.cos(turn)])
        cv2.line(palm, middle.astype(int).tolist(), tip.astype(int).tolist(), 255, side // 11)
    shade = ramp(noise(rng, height, width, 8, octaves=2), [colour(rng, 60, 150), colour(rng, 150, 256)])
    cover = cv2.GaussianBlur(palm, (0, 0), 1.5).astype(np.float32)[..., None] / 255
    return to_pixels(table * (1 - cover) + shade * cover)


def ruler(rng: np.random.Generator, height: int, width: int) -> Pixels:
    """A ruler across a plain ground."""
    picture = canvas(height, width, colour(rng))
    top, tall = int(height * rng.uniform(0.1, 0.5)), int(height * rng.uniform(0.2, 0.4))
    cv2.rectangle(picture, (0, top), (width, top + tall), colour(rng, 190, 256), -1)
    pitch = int(rng.integers(6, 16))
    for mark, left in enumerate(range(6, width, pitch)):
        long = tall // (2 if mark % 10 == 0 else 3 if mark % 5 == 0 else 5)
        cv2.line(picture, (left, top), (left, top + long), INK, 1 + (mark % 10 == 0))
        if mark % 10 == 0:
            place = (left + 3, top + tall - 6)
            cv2.putText(picture, str(mark // 10), place, cv2.FONT_HERSHEY_SIMPLEX, tall / 110, INK, 1)
    return picture


def landscape(rng: np.random.Generator, height: int, width: int) -> Pixels:
    """Sky, sun and hills."""
    rows = np.linspace(0, 1, height, dtype=np.float32)[:, None].repeat(width, axis=1)
    sky = ramp(rows, [colour(rng, 40, 180), colour(rng, 180, 256)])
    sky += 50 * (noise(rng, height, width, 3, octaves=5)[..., None] - 0.5)
    picture = to_pixels(sky)
    place = (int(rng.integers(width)), int(height * rng.uniform(0.1, 0.35)))
    cv2.circle(picture, place, min(height, width) // 14, (255, 244, 200), -1, cv2.LINE_AA)
    for depth in (0.5, 0.65, 0.8):
        ridge = height * (depth - 0.18 * (noise(rng, 4, width, 6, octaves=4)[0] - 0.5))
        outline = np.stack([np.arange(width), ridge], axis=1)
        hill = np.vstack([outline, [[width, height], [0, height]]]).astype(np.int32)
        cv2.fillPoly(picture, [hill], colour(rng, int(20 + 60 * (1 - depth)), int(150 - 60 * depth)))
    return to_pixels(picture + rng.normal(0, 5, picture.shape))


def face(rng: np.random.Generator, height: int, width: int) -> Pixels:
    """A drawn face before a wall: skin colours, but eyes and a mouth."""
    picture = canvas(height, width, colour(rng, 80, 230))
    tone = np.array([225, 178, 150]) * rng.uniform(0.45, 1.05)
    skin, shade = (tuple(map(float, np.clip(tone * k, 0, 255))) for k in (1.0, 0.75))
    side, x, y = min(height, width), width // 2, height // 2
    cv2.ellipse(picture, (x, y - side // 10), (side // 3, side * 2 // 5), 0, 0, 360, INK, -1, cv2.LINE_AA)
    cv2.ellipse(picture, (x, y), (side * 3 // 10, side * 2 // 5), 0, 0, 360, skin, -1, cv2.LINE_AA)
    for eye in (x - side // 9, x + side // 9):
        cv2.ellipse(picture, (eye, y - side // 14), (side // 18, side // 34), 0, 0, 360, (250,) * 3, -1)
        cv2.circle(picture, (eye, y - side // 14), side // 40, colour(rng, 20, 120), -1, cv2.LINE_AA)
    cv2.line(picture, (x, y), (x - side // 30, y + side // 10), shade, max(2, side // 90), cv2.LINE_AA)
    mouth = (float(rng.integers(150, 210)), 60.0, 70.0)
    cv2.ellipse(picture, (x, y + side // 5), (side // 10, side // 36), 0, 0, 360, mouth, -1, cv2.LINE_AA)
    return to_pixels(
        cv2.GaussianBlur(picture, (0, 0), 1.2) + 10 * (noise(rng, height, width, 30) - 0.5)[..., None]
    )


def drawn_skin(rng: np.random.Generator, height: int, width: int) -> Pixels:
    """Drawn skin under a dermatoscope, with hairs and no lesion."""
    return draw_skin(seed=int(rng.integers(2**31)), width_px=width, height_px=height)
