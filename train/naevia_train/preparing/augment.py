"""Random changes to training photos, so that answers depend on the lesion and not on camera or file.

Each step takes and returns uint8 RGB pixels and draws everything it needs from one numpy Generator.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from naevia.preprocess import Region, centre_square, cut, resize_area
from naevia_train.preparing.marks import lamp, marked, night_grain, repaired
from naevia_train.recipes import Augmentation

Pixels = NDArray[np.uint8]


@dataclass(frozen=True)
class Strength:
    """How far the views of one photo may differ.

    Attributes:
        part: Smallest share of the frame's area that a random part shows.
        farther: How often the frame is shown from farther away, with mirrored skin around it.
        gains: Standard deviation of the logarithm of each colour channel's gain.
        hue: Standard deviation of the turn around the grey axis, radians.
        saturation: Lowest factor of the saturation; 2 minus it is the highest.
        contrast: Highest factor of the contrast; its inverse is the lowest.
        hairs: How often dark or light hairs are drawn.
        marks: How often a view gets what clinics leave on photos (`marks.py`), as often an odd lamp, a
            repaired exposure, and the grain of a dark room.
    """

    part: float
    farther: float
    gains: float
    hue: float
    saturation: float
    contrast: float
    hairs: float
    marks: float = 0.0


STRENGTHS: dict[Augmentation, Strength] = {
    "camera": Strength(part=0.6, farther=0.0, gains=0.08, hue=0.06, saturation=0.7, contrast=1.25, hairs=0.0),
    "cameras": Strength(
        part=0.4, farther=0.12, gains=0.11, hue=0.07, saturation=0.6, contrast=1.35, hairs=0.15
    ),
    "clinics": Strength(
        part=0.4, farther=0.12, gains=0.11, hue=0.07, saturation=0.6, contrast=1.35, hairs=0.15, marks=0.15
    ),
}


def augment(rgb_u8: Pixels, size_px: int, kind: Augmentation, rng: np.random.Generator) -> Pixels:
    """Draw one training view of a photo.

    Args:
        rgb_u8: Photo, shape (height, width, 3), uint8, RGB.
        size_px: Width and height of the view.
        kind: `flips`, or one of `STRENGTHS`.
        rng: Source of every random number; the same state gives the same view.

    Returns:
        Shape (size_px, size_px, 3), uint8, RGB.
    """
    if kind == "flips":
        return mirror(resize_area(rgb_u8, size_px, size_px), rng)
    strength = STRENGTHS[kind]
    view = turn(mirror(frame(rgb_u8, size_px, strength, rng), rng), rng)
    view = sharpness(hairs(view, strength, rng), rng)
    for change in (lamp, marked, night_grain, repaired):
        if strength.marks and rng.random() < strength.marks:
            view = change(view, rng)
    view = colour(colour_constancy(view, rng), strength, rng)
    return compress(noise(darken_border(view, rng), rng), rng)


def frame(rgb_u8: Pixels, size_px: int, strength: Strength, rng: np.random.Generator) -> Pixels:
    """Cut the whole frame (squashed), the centre square, or a random part, and resize it; or step back.

    The published renditions of one photo differ by exactly these choices.

    Args:
        rgb_u8: Photo, shape (height, width, 3).
        size_px: Width and height of the view.
        strength: How small a part may be, and how often the view steps back.
        rng: Source of every random number.

    Returns:
        Shape (size_px, size_px, 3).
    """
    height, width = rgb_u8.shape[:2]
    choice = rng.random()
    if choice < 0.25:
        part = Region(0, 0, width, height)
    elif choice < 0.45:
        part = centre_square(width, height)
    else:
        part = _random_part(width, height, strength.part, rng)
    view = resize_area(cut(rgb_u8, part), size_px, size_px)
    return _farther(view, rng) if rng.random() < strength.farther else view


def _farther(view: Pixels, rng: np.random.Generator) -> Pixels:
    """The view at 60 to 95 % of its size somewhere in the square, mirrored around it."""
    size = len(view)
    inner = round(size * rng.uniform(0.6, 0.95))
    top, left = rng.integers(0, size - inner + 1, 2).tolist()
    bottom, right = size - inner - top, size - inner - left
    small = resize_area(view, inner, inner)
    return cv2.copyMakeBorder(small, top, bottom, left, right, cv2.BORDER_REFLECT_101)


def _random_part(width: int, height: int, smallest: float, rng: np.random.Generator) -> Region:
    side = np.sqrt(rng.uniform(smallest, 1.0))
    stretch = np.exp(rng.uniform(-0.5, 0.5) * np.log(4 / 3))
    w, h = min(width, round(width * side * stretch)), min(height, round(height * side / stretch))
    w, h = max(w, 1), max(h, 1)
    return Region(int(rng.integers(0, width - w + 1)), int(rng.integers(0, height - h + 1)), w, h)


def mirror(rgb_u8: Pixels, rng: np.random.Generator) -> Pixels:
    """One of the eight flips and quarter turns of a view, shape (size, size, 3)."""
    turned = np.rot90(rgb_u8, int(rng.integers(4)))
    return np.ascontiguousarray(turned[:, ::-1] if rng.random() < 0.5 else turned)


def turn(rgb_u8: Pixels, rng: np.random.Generator) -> Pixels:
    """Turn a view, shape (size, size, 3), freely half of the time; the corners show mirrored skin."""
    if rng.random() < 0.5:
        return rgb_u8
    size = rgb_u8.shape[0]
    centre = ((size - 1) / 2, (size - 1) / 2)
    matrix = cv2.getRotationMatrix2D(centre, rng.uniform(-45, 45), rng.uniform(1.0, 1.15))
    return cv2.warpAffine(
        rgb_u8, matrix, (size, size), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101
    )


def hairs(rgb_u8: Pixels, strength: Strength, rng: np.random.Generator) -> Pixels:
    """Draw up to twelve bent hairs, dark or light, on a view, shape (size, size, 3)."""
    if rng.random() >= strength.hairs:
        return rgb_u8
    size, drawn = len(rgb_u8), rgb_u8.copy()
    shade = rng.integers(10, 90) if rng.random() < 0.8 else rng.integers(190, 240)
    for _ in range(int(rng.integers(1, 13))):
        ends = rng.uniform(-0.1, 1.1, (2, 2)) * size
        middle = ends.mean(axis=0) + rng.normal(0, 0.12 * size, 2)
        along = np.linspace(0, 1, 16)[:, None]
        curve = (1 - along) ** 2 * ends[0] + 2 * along * (1 - along) * middle + along**2 * ends[1]
        points = np.rint(curve * 16).astype(np.int32)
        tone = [int(shade * factor) for factor in (1.0, 0.85, 0.75)]
        cv2.polylines(drawn, [points], False, tone, 1, cv2.LINE_AA, shift=4)
    return drawn


def sharpness(rgb_u8: Pixels, rng: np.random.Generator) -> Pixels:
    """Blur a view, shape (size, size, 3), lower its resolution, or sharpen it; two times in five nothing."""
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

    Takes and returns shape (height, width, 3).
    Source: Finlayson and Trezzi, "Shades of Gray and Colour Constancy" (2004).
    """
    if rng.random() < 0.8:
        return rgb_u8
    scaled = rgb_u8.reshape(-1, 3)[::4].astype(np.float32) / 255
    light = np.maximum((scaled**6).mean(axis=0) ** (1 / 6), 1e-3)
    return _apply_matrix(rgb_u8, np.diag(light.mean() / light), 0.0)


def colour(rgb_u8: Pixels, strength: Strength, rng: np.random.Generator) -> Pixels:
    """White balance, hue, saturation, contrast, brightness and gamma; one time in seven nothing.

    Takes and returns shape (height, width, 3).
    """
    if rng.random() < 1 / 7:
        return rgb_u8
    gains = np.exp(rng.normal(0, strength.gains, 3))
    saturation = rng.uniform(strength.saturation, 2 - strength.saturation)
    matrix = _hue_saturation(rng.normal(0, strength.hue), saturation) @ np.diag(gains)
    contrast = np.exp(rng.uniform(-1, 1) * np.log(strength.contrast))
    offset = 255 * (rng.uniform(-0.1, 0.1) + 0.5 * (1 - contrast))
    changed = _apply_matrix(rgb_u8, contrast * matrix, offset)
    table = 255 * (np.arange(256) / 255) ** np.exp(rng.normal(0, 0.15))
    return cv2.LUT(changed, np.rint(table).astype(np.uint8))


def darken_border(rgb_u8: Pixels, rng: np.random.Generator) -> Pixels:
    """The dark corners of a dermatoscope, one time in six: a soft vignette or a black ring.

    Takes and returns shape (size, size, 3).
    """
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
    """Sensor noise, one time in six; takes and returns shape (height, width, 3)."""
    if rng.random() < 5 / 6:
        return rgb_u8
    grain = rng.standard_normal(rgb_u8.shape, dtype=np.float32) * np.float32(rng.uniform(1, 8))
    return np.clip(rgb_u8 + grain, 0, 255).astype(np.uint8)


def compress(rgb_u8: Pixels, rng: np.random.Generator) -> Pixels:
    """Write and read again as JPEG of quality 40 to 95, two times in five.

    Takes and returns shape (height, width, 3).
    """
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
