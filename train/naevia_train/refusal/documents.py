"""What a screen or a printer shows: pages of text, windows, terminals, charts, codes."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from naevia_train.refusal.brush import INK, Pixels, canvas, colour

_LETTERS = np.array(list("abcdefghijklmnopqrstuvwxyz"))


def _words(rng: np.random.Generator, count: int) -> str:
    return " ".join("".join(rng.choice(_LETTERS, rng.integers(2, 10))) for _ in range(count))


def printed_page(rng: np.random.Generator, height: int, width: int) -> Pixels:
    """Lines of single-stroke letters on paper."""
    picture = canvas(height, width, colour(rng, 215, 256))
    scale = float(rng.uniform(0.35, 0.9))
    step = int(34 * scale)
    for baseline in range(step, height, step):
        if rng.random() > 0.12:
            text = _words(rng, int(width / (60 * scale)) + 1)
            cv2.putText(picture, text, (12, baseline), cv2.FONT_HERSHEY_SIMPLEX, scale, INK, 1, cv2.LINE_AA)
    return picture


def letter(rng: np.random.Generator, height: int, width: int) -> Pixels:
    """A letter in the typeface that matplotlib ships, with a heading and a margin."""
    return _typed(rng, height, width, "DejaVuSerif.ttf", paper=colour(rng, 230, 256), ink=INK)


def terminal(rng: np.random.Generator, height: int, width: int) -> Pixels:
    """A dark window with lines of code."""
    bright = colour(rng, 120, 256)
    return _typed(rng, height, width, "DejaVuSansMono.ttf", paper=colour(rng, 10, 50), ink=bright)


def _typed(
    rng: np.random.Generator,
    height: int,
    width: int,
    face: str,
    *,
    paper: tuple[int, int, int],
    ink: tuple[int, int, int],
) -> Pixels:
    import matplotlib

    page = Image.new("RGB", (width, height), paper)
    pen = ImageDraw.Draw(page)
    size = int(rng.integers(11, 26))
    font = ImageFont.truetype(Path(matplotlib.get_data_path()) / "fonts" / "ttf" / face, size)
    left = int(rng.integers(6, 40))
    for top in range(10, height, int(size * 1.4)):
        indent = left + size * int(rng.integers(0, 3))
        pen.text((indent, top), _words(rng, int(rng.integers(2, 2 + width // (4 * size)))), ink, font)
    return np.asarray(page)


def window(rng: np.random.Generator, height: int, width: int) -> Pixels:
    """A form in a window: title bar, side bar, fields, buttons."""
    light = rng.random() < 0.6
    picture = canvas(height, width, colour(rng, 225, 256) if light else colour(rng, 25, 60))
    ink = INK if light else (225, 225, 230)
    bar, side = int(height * 0.09) + 8, int(width * rng.uniform(0.15, 0.3))
    cv2.rectangle(picture, (0, 0), (width, bar), colour(rng, 40, 200), -1)
    cv2.rectangle(picture, (0, bar), (side, height), colour(rng, 80, 220), -1)
    for top in range(bar + 12, height - 20, int(rng.integers(30, 52))):
        font = cv2.FONT_HERSHEY_PLAIN
        cv2.putText(picture, _words(rng, 1), (8, top + 14), font, 1.0, ink, 1, cv2.LINE_AA)
        right = int(side + (width - side) * rng.uniform(0.4, 0.95))
        cv2.rectangle(picture, (side + 10, top), (right, top + 20), ink, -1 if rng.random() < 0.25 else 1)
    return picture


def bar_chart(rng: np.random.Generator, height: int, width: int) -> Pixels:
    """Bars over an axis."""
    picture = canvas(height, width, (255, 255, 255))
    bars = int(rng.integers(4, 14))
    slot = (width - 60) / bars
    for bar in range(bars):
        left, top = int(40 + bar * slot), int(rng.uniform(20, height - 50))
        cv2.rectangle(picture, (left, top), (int(left + slot * 0.7), height - 30), colour(rng), -1)
    cv2.line(picture, (32, 12), (32, height - 30), INK, 2)
    cv2.line(picture, (32, height - 30), (width - 12, height - 30), INK, 2)
    return picture


def line_chart(rng: np.random.Generator, height: int, width: int) -> Pixels:
    """Wandering lines over a grid."""
    picture = canvas(height, width, colour(rng, 235, 256))
    for share in np.linspace(0.1, 0.9, 6):
        cv2.line(picture, (0, int(share * height)), (width, int(share * height)), (205, 205, 205), 1)
    x = np.linspace(20, width - 20, 60)
    for _ in range(int(rng.integers(2, 6))):
        y = height / 2 + np.cumsum(rng.normal(0, height / 40, 60))
        path = np.stack([x, y], axis=1).round().astype(np.int32)
        cv2.polylines(picture, [path], False, colour(rng, 0, 200), 2, cv2.LINE_AA)
    return picture


def pie_chart(rng: np.random.Generator, height: int, width: int) -> Pixels:
    """A disc cut into slices."""
    picture = canvas(height, width, (250, 250, 250))
    cuts = np.sort(rng.uniform(0, 360, int(rng.integers(3, 8))))
    radius = int(min(height, width) * 0.4)
    for start, end in zip(cuts, [*cuts[1:], cuts[0] + 360], strict=True):
        middle = (width // 2, height // 2)
        cv2.ellipse(picture, middle, (radius, radius), 0, start, end, colour(rng), -1, cv2.LINE_AA)
    return picture


def matrix_code(rng: np.random.Generator, height: int, width: int) -> Pixels:
    """Black and white modules of a printed code, with its quiet zone."""
    modules = int(rng.integers(17, 41))
    picture = canvas(height, width, (255, 255, 255))
    pixel = max(1, int(min(height, width) * 0.9 / modules))
    code = (rng.random((modules, modules)) < 0.5).repeat(pixel, axis=0).repeat(pixel, axis=1)
    top, left = (height - len(code)) // 2, (width - len(code)) // 2
    picture[top : top + len(code), left : left + len(code)][code] = INK
    return picture
