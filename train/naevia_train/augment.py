"""Random changes to training photos, so that answers depend on the lesion and not on camera or file.

Each step takes and returns uint8 RGB pixels and draws everything it needs from one numpy Generator.
"""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

from naevia.preprocess import examined_region, resize_area
from naevia_train.recipes import Augmentation

Pixels = NDArray[np.uint8]
Step = Callable[[Pixels, np.random.Generator], Pixels]


def augment(rgb_u8: Pixels, size_px: int, kind: Augmentation, rng: np.random.Generator) -> Pixels:
    """Draw one training view of a photo.

    Args:
        rgb_u8: Photo, shape (height, width, 3), uint8, RGB.
        size_px: Width and height of the view.
        kind: `flips` or `camera`.
        rng: Source of every random number; the same state gives the same view.

    Returns:
        Shape (size_px, size_px, 3), uint8, RGB.
    """
    if kind == "flips":
        return mirror(resize_area(rgb_u8, size_px, size_px), rng)
    view = frame(rgb_u8, size_px, rng)
    for step in (mirror, turn, sharpness, colour_constancy, colour, darken_border, noise, compress):
        view = step(view, rng)
    return view


def frame(rgb_u8: Pixels, size_px: int, rng: np.random.Generator) -> Pixels:
    """Cut the whole frame (squashed), the centre square, or a random part, and resize it.

    The published renditions of one photo differ by exactly these choices.
    """
    height, width = rgb_u8.shape[:2]
    choice = rng.random()
    if choice < 0.25:
        x, y, w, h = examined_region(width, height, "squash")
    elif choice < 0.45:
        x, y, w, h = examined_region(width, height, "center_square")
    else:
        x, y, w, h = _random_part(width, height, rng)
    return resize_area(rgb_u8[y : y + h, x : x + w], size_px, size_px)


def _random_part(width: int, height: int, rng: np.random.Generator) -> tuple[int, int, int, int]:
    side = np.sqrt(rng.uniform(0.6, 1.0))
    stretch = np.exp(rng.uniform(-0.5, 0.5) * np.log(4 / 3))
    w, h = min(width, round(width * side * stretch)), min(height, round(height * side / stretch))
    w, h = max(w, 1), max(h, 1)
    return int(rng.integers(0, width - w + 1)), int(rng.integers(0, height - h + 1)), w, h


def mirror(rgb_u8: Pixels, rng: np.random.Generator) -> Pixels:
    """One of the eight flips and quarter turns."""
    turned = np.rot90(rgb_u8, int(rng.integers(4)))
    return np.ascontiguousarray(turned[:, ::-1] if rng.random() < 0.5 else turned)


def turn(rgb_u8: Pixels, rng: np.random.Generator) -> Pixels:
    """Turn freely, half of the time; the corners show mirrored skin."""
    if rng.random() < 0.5:
        return rgb_u8
    size = rgb_u8.shape[0]
    centre = ((size - 1) / 2, (size - 1) / 2)
    matrix = cv2.getRotationMatrix2D(centre, rng.uniform(-45, 45), rng.uniform(1.0, 1.15))
    return cv2.warpAffine(
        rgb_u8, matrix, (size, size), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101
    )


def sharpness(rgb_u8: Pixels, rng: np.random.Generator) -> Pixels:
    """Blur, lower the resolution, or sharpen; two times in five nothing."""
    choice = rng.random()
    if choice < 0.2:
        return cv2.GaussianBlur(rgb_u8, (0, 0), rng.uniform(0.4, 1.6))
    if choice < 0.4:
        size = rgb_u8.shape[0]
        small = max(8, round(size * rng.uniform(0.35, 0.9)))
        return resize_area(resize_area(rgb_u8, small, small), size, size)
    if choice < 0.6:
        amount = rng.uniform(0.3, 1.2)
        soft = cv2.GaussianBlur(rgb_u8, (0, 0), rng.uniform(0.7, 1.5))
        return cv2.addWeighted(rgb_u8, 1 + amount, soft, -amount, 0)
    return rgb_u8


def colour_constancy(rgb_u8: Pixels, rng: np.random.Generator) -> Pixels:
    """Shades of grey, one time in five: remove the light's colour, estimated by a Minkowski mean of power 6.

    Source: Finlayson and Trezzi, "Shades of Gray and Colour Constancy" (2004).
    """
    if rng.random() < 0.8:
        return rgb_u8
    scaled = rgb_u8.reshape(-1, 3)[::4].astype(np.float32) / 255
    light = np.maximum((scaled**6).mean(axis=0) ** (1 / 6), 1e-3)
    return _apply_matrix(rgb_u8, np.diag(light.mean() / light), 0.0)


def colour(rgb_u8: Pixels, rng: np.random.Generator) -> Pixels:
    """White balance, hue, saturation, contrast, brightness and gamma; one time in seven nothing."""
    if rng.random() < 1 / 7:
        return rgb_u8
    gains = np.exp(rng.normal(0, 0.08, 3))
    matrix = _hue_saturation(rng.normal(0, 0.06), rng.uniform(0.7, 1.3)) @ np.diag(gains)
    contrast = rng.uniform(0.8, 1.25)
    offset = 255 * (rng.uniform(-0.1, 0.1) + 0.5 * (1 - contrast))
    changed = _apply_matrix(rgb_u8, contrast * matrix, offset)
    table = 255 * (np.arange(256) / 255) ** np.exp(rng.normal(0, 0.15))
    return cv2.LUT(changed, np.rint(table).astype(np.uint8))


def darken_border(rgb_u8: Pixels, rng: np.random.Generator) -> Pixels:
    """The dark corners of a dermatoscope, one time in six: a soft vignette or a black ring."""
    if rng.random() < 5 / 6:
        return rgb_u8
    size = rgb_u8.shape[0]
    centre = 0.5 + rng.normal(0, 0.03, 2)
    axis = np.arange(size, dtype=np.float32) / (size - 1)
    radius = np.hypot(axis[None] - centre[0], axis[:, None] - centre[1])
    edge, softness = rng.uniform(0.46, 0.65), rng.choice((0.01, 0.25))
    light = np.clip((edge + softness - radius) / softness, rng.choice((0.0, 0.4)), 1)
    return (rgb_u8 * light[..., None]).astype(np.uint8)


def noise(rgb_u8: Pixels, rng: np.random.Generator) -> Pixels:
    """Sensor noise, one time in six."""
    if rng.random() < 5 / 6:
        return rgb_u8
    grain = rng.standard_normal(rgb_u8.shape, dtype=np.float32) * np.float32(rng.uniform(1, 8))
    return np.clip(rgb_u8 + grain, 0, 255).astype(np.uint8)


def compress(rgb_u8: Pixels, rng: np.random.Generator) -> Pixels:
    """Write and read again as JPEG of quality 40 to 95, two times in five."""
    if rng.random() < 0.6:
        return rgb_u8
    quality = [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(40, 96))]
    _, data = cv2.imencode(".jpg", cv2.cvtColor(rgb_u8, cv2.COLOR_RGB2BGR), quality)
    return cv2.cvtColor(cv2.imdecode(data, cv2.IMREAD_COLOR), cv2.COLOR_BGR2RGB)


def _apply_matrix(rgb_u8: Pixels, matrix: NDArray[np.floating], offset: float) -> Pixels:
    rows = np.hstack([matrix, np.full((3, 1), offset)]).astype(np.float32)
    return cv2.transform(rgb_u8, rows)


def _hue_saturation(angle: float, saturation: float) -> NDArray[np.floating]:
    """Turn and stretch colours around the grey axis; greys stay as they are."""
    grey = np.full((3, 3), 1 / 3)
    cross = np.array([[0, -1, 1], [1, 0, -1], [-1, 1, 0]]) / np.sqrt(3)
    rotation = np.cos(angle) * (np.eye(3) - grey) + np.sin(angle) * cross
    return grey + saturation * rotation
