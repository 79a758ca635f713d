"""The same photo as other cameras, archives and programs would have written it.

Every variant is saved as a JPEG (quality 95 unless it says otherwise, colour halved in both directions as
cameras do) and read back, so that it reaches the network as a file does. Lengths are relative to the photo,
so that a variant means the same for a small and a large one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from naevia.image import decode_photo
from naevia.preprocess import centre_square, cut, resize_area
from naevia_train.measuring import stress_marks

Pixels = NDArray[np.uint8]
Change = Callable[[Pixels], Pixels]

SIZES_PX: Final = (150, 180, 256, 600, 3000)
SQUASHED_SIZES_PX: Final = (180, 256)
JPEG_QUALITIES: Final = (60, 75, 85, 95)
JPEG_QUALITY: Final = 95
WHITE_BALANCES: Final = {
    "warm": (1.10, 1.00, 0.90),
    "cool": (0.90, 1.00, 1.10),
    "greenish": (0.94, 1.06, 0.94),
}
"""What red, green and blue values are multiplied by."""

EXPOSURES: Final = {
    "two thirds of the light": 0.67,
    "a third of the light": 0.33,
    "a quarter more light": 1.25,
}
"""What all values are multiplied by."""

TUNGSTEN: Final = (1.20, 1.00, 0.65)
"""The light of a bulb that the camera took for daylight, as factors like those of a white balance."""

VEIL_SHARE, VEIL_LEVEL = 0.5, 216
"""How much of its own light a hazy photo keeps, and the grey level of the veil that makes up the rest."""

BLUR: Final = 0.004
SHARPEN_RADIUS, SHARPEN_AMOUNT = 0.005, 0.8
CROP: Final = 0.05
FIELD_SHARES: Final = (1.0, 0.7)
"""Diameter of a dermatoscope's round field, of the height of the black frame around it."""
MIXED: Final = "all at once"
"""The group of the mixtures."""
MIXTURE_NAMES: Final = ("mixture 1", "mixture 2", "mixture 3")


@dataclass(frozen=True)
class Variant:
    """One way to write a photo.

    Attributes:
        group: What is varied.
        name: How the table calls it.
        change: From pixels to pixels, uint8 RGB; the size may change.
        quality: JPEG quality of the file.
        counted: Whether it counts in the figures that are held against the bars.
    """

    group: str
    name: str
    change: Change
    quality: int = JPEG_QUALITY
    counted: bool = True

    def __call__(self, rgb_u8: Pixels) -> Pixels:
        """The photo as a reader of the variant's file sees it."""
        return _as_file(self.change(rgb_u8), self.quality)


def fixed_variants() -> tuple[Variant, ...]:
    """Every variant that changes one thing, the same for all photos."""
    return (
        *(Variant("size", f"whole frame, {px} px", resized(px)) for px in SIZES_PX),
        *(Variant("size", f"centre square, {px} px", _chain(square_part, resized(px))) for px in SIZES_PX),
        *(Variant("JPEG", f"JPEG quality {quality}", _same, quality) for quality in JPEG_QUALITIES),
        *(Variant("white balance", name, gains(*rgb)) for name, rgb in WHITE_BALANCES.items()),
        Variant("focus", "sharpened", sharpened),
        Variant("focus", "blurred lightly", blurred),
        Variant("crop", f"{100 * CROP:.0f} % cut off around", cropped_around),
        Variant("crop", f"{100 * CROP:.0f} % cut off left and top", cropped_left_top),
        *(
            Variant("squashed", f"squashed to a square, {px} px", squashed(px), counted=False)
            for px in SQUASHED_SIZES_PX
        ),
        *(
            Variant(
                "field", f"round field, {100 * share:.0f} % of a frame", round_field(share), counted=False
            )
            for share in FIELD_SHARES
        ),
        *(
            Variant("exposure", name, gains(share, share, share), counted=False)
            for name, share in EXPOSURES.items()
        ),
        Variant("contrast", "half the contrast, under a veil of light", hazy, counted=False),
        Variant("turn", "upside down", turned(2), counted=False),
        Variant("turn", "a quarter turn", turned(1), counted=False),
        Variant("marks", "a ring of ink", stress_marks.ring_of_ink, counted=False),
        Variant("marks", "four crosses of ink", stress_marks.crosses_of_ink, counted=False),
        Variant("marks", "reflections", stress_marks.reflections, counted=False),
        Variant("marks", "paper in the corners", stress_marks.paper_corners, counted=False),
        Variant("marks", "a plaster over a quarter", stress_marks.plaster, counted=False),
        Variant("light", "a bulb's light", gains(*TUNGSTEN), counted=False),
        Variant("light", "grain of a dark room", stress_marks.grainy, counted=False),
    )


def mixtures(rng: np.random.Generator) -> tuple[Variant, ...]:
    """Size, frame, white balance and JPEG quality drawn at random and changed together, for one photo."""

    def one(name: str) -> Variant:
        frame = square_part if rng.random() < 0.5 else _same
        balance = gains(*list(WHITE_BALANCES.values())[rng.integers(len(WHITE_BALANCES))])
        change = _chain(frame, balance, resized(int(rng.choice(SIZES_PX))))
        return Variant(MIXED, name, change, int(rng.choice(JPEG_QUALITIES)), False)

    return tuple(map(one, MIXTURE_NAMES))


def resized(long_side_px: int) -> Change:
    """A change to another long side: averaging where the photo shrinks, cubic where it grows."""

    def change(rgb_u8: Pixels) -> Pixels:
        height, width = rgb_u8.shape[:2]
        scale = long_side_px / max(height, width)
        return _resample(rgb_u8, max(1, round(width * scale)), max(1, round(height * scale)))

    return change


def squashed(side_px: int) -> Change:
    """A change of the whole frame to a square, as some archives store their photos."""
    return lambda rgb_u8: _resample(rgb_u8, side_px, side_px)


def square_part(rgb_u8: Pixels) -> Pixels:
    """The largest centred square."""
    return cut(rgb_u8, centre_square(rgb_u8.shape[1], rgb_u8.shape[0]))


def round_field(share: float) -> Change:
    """A change to the disc that fits into the centre square, alone in a black 4:3 frame."""

    def change(rgb_u8: Pixels) -> Pixels:
        disc = square_part(rgb_u8).copy()
        axis = np.linspace(-1, 1, len(disc))
        disc[np.hypot(axis[None], axis[:, None]) > 1] = 0
        height = round(len(disc) / share)
        width = height * 4 // 3
        top, left = (height - len(disc)) // 2, (width - len(disc)) // 2
        rest = height - len(disc) - top, width - len(disc) - left
        return cv2.copyMakeBorder(disc, top, rest[0], left, rest[1], cv2.BORDER_CONSTANT, value=(0, 0, 0))

    return change


def gains(red: float, green: float, blue: float) -> Change:
    """A change of the white balance: each channel multiplied, and clipped at 255."""
    factors = np.array([red, green, blue], np.float32)
    return lambda rgb_u8: np.clip(np.rint(rgb_u8 * factors), 0, 255).astype(np.uint8)


def hazy(rgb_u8: Pixels) -> Pixels:
    """A veil of even light over the photo, as fogged glass or a reflection lays there."""
    veiled = VEIL_SHARE * rgb_u8.astype(np.float32) + (1 - VEIL_SHARE) * VEIL_LEVEL
    return np.rint(veiled).astype(np.uint8)


def turned(quarters: int) -> Change:
    """A change to the frame turned by quarters to the left: a dermatoscope has no upper side."""
    return lambda rgb_u8: np.ascontiguousarray(np.rot90(rgb_u8, quarters))


def blurred(rgb_u8: Pixels) -> Pixels:
    """A Gaussian blur of 0.4 % of the long side."""
    return np.asarray(cv2.GaussianBlur(rgb_u8, (0, 0), BLUR * max(rgb_u8.shape)), np.uint8)


def sharpened(rgb_u8: Pixels) -> Pixels:
    """An unsharp mask: 80 % of what a blur of 0.5 % of the long side removes is added once more."""
    soft = cv2.GaussianBlur(rgb_u8, (0, 0), SHARPEN_RADIUS * max(rgb_u8.shape))
    return np.asarray(cv2.addWeighted(rgb_u8, 1 + SHARPEN_AMOUNT, soft, -SHARPEN_AMOUNT, 0), np.uint8)


def cropped_around(rgb_u8: Pixels) -> Pixels:
    """The frame without 5 % of its width and height, half of it at either edge."""
    height, width = rgb_u8.shape[:2]
    y, x = round(height * CROP / 2), round(width * CROP / 2)
    return rgb_u8[y : height - y, x : width - x]


def cropped_left_top(rgb_u8: Pixels) -> Pixels:
    """The frame without 5 % of its width at the left and 5 % of its height at the top."""
    return rgb_u8[round(rgb_u8.shape[0] * CROP) :, round(rgb_u8.shape[1] * CROP) :]


def _resample(rgb_u8: Pixels, width_px: int, height_px: int) -> Pixels:
    height, width = rgb_u8.shape[:2]
    shrunk = resize_area(rgb_u8, min(width, width_px), min(height, height_px))
    if shrunk.shape[:2] == (height_px, width_px):
        return shrunk
    return np.asarray(cv2.resize(shrunk, (width_px, height_px), interpolation=cv2.INTER_CUBIC), np.uint8)


def _as_file(rgb_u8: Pixels, quality: int) -> Pixels:
    settings = [cv2.IMWRITE_JPEG_QUALITY, quality]
    settings += [cv2.IMWRITE_JPEG_SAMPLING_FACTOR, cv2.IMWRITE_JPEG_SAMPLING_FACTOR_420]
    _, data = cv2.imencode(".jpg", cv2.cvtColor(rgb_u8, cv2.COLOR_RGB2BGR), settings)
    return decode_photo(data.tobytes()).rgb_u8


def _chain(*changes: Change) -> Change:
    def change(rgb_u8: Pixels) -> Pixels:
        for step in changes:
            rgb_u8 = step(rgb_u8)
        return rgb_u8

    return change


def _same(rgb_u8: Pixels) -> Pixels:
    return rgb_u8
