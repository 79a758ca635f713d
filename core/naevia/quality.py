"""Whether a photo is good enough to be judged at all.

Plain measurements on the part of the photo that a network sees: of its sides as they are, of all else once
it has a fixed size. The limits lie outside what real dermoscopy shows: `tests/core/test_quality.py` (marker
`data`) checks that fewer than one in two hundred photos of the development data is refused. They are no test
for dermoscopy: telling other pictures from it is left to the network's own score.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from naevia import _colours as colours
from naevia import _waves as waves
from naevia.contract import Resize
from naevia.preprocess import Region, brightened, cut, examined_of, field_of_view, resize_area

QualityIssue = Literal[
    "too small",
    "too long and narrow",
    "too dark",
    "too bright",
    "too little contrast",
    "blurred",
    "blurred in one direction (hold the camera still and take it again)",
    "seen double (hold the camera still and take it again)",
    "too much noise (take it again in more light)",
    "bands of light (take it again under a lamp that does not flicker)",
    "fine regular pattern (a screen or a ruler)",
    "white spots (reflections or writing; take it again without)",
    "too few colours",
    "no lesion to be seen",
]

MIN_SIDE_PX = 96
MOST_ELONGATED = 2.4
"""Longer side by shorter: beyond what cameras and telephones take (21:9), below two photos side by side."""
DARKEST = 40.0
"""Where brightened photos began to change their answers more than the stress test's bars allow (ADR 11)."""
BRIGHTEST = 242.0
LEAST_CONTRAST = 30.0
"""Real dermoscopy lies above (tests, marker `data`); below, stretching finds mostly noise (ADR 15)."""
LEAST_DETAIL = 0.45
"""Real dermoscopy lies above; malignant photos blurred until they were told `monitor` lie below (ADR 14)."""
LEAST_STEADINESS = 0.35
"""Next to all real dermoscopy lies above; moved meanwhile by 4 % of its side or more, below (ADR 14)."""
MOST_GHOST = 13.0
"""Real dermoscopy lies below; seen twice, shifted by 3 to 15 % of its side, above (ADR 14)."""
MOST_NOISE = 1.8
"""Real dermoscopy lies below; with the noise of little light that made it a `monitor`, above (ADR 14)."""
MOST_BANDS = 0.15
"""Real dermoscopy lies below; with the bands of light that made it a `monitor`, above (ADR 14)."""
MOST_PATTERN = 80.0
"""Real dermoscopy lies below; most of it above once photographed from a screen (tests, marker `data`)."""
MOST_WHITE_SPOTS = 0.002
"""Next to all real dermoscopy lies below; with reflections that made it a `monitor`, above (ADR 18)."""
LEAST_COLOUR = 0.9
"""Real dermoscopy lies above; 95 % or more of it below once its colours are gone (tests, marker `data`)."""
LEAST_PROMINENCE = 4.0

_SIDE_PX = 144
_BLOCKS = 6
"""Detail is measured in so many blocks along each side."""
_NOISE_BLOCKS = 12
"""Noise is measured in so many blocks along each side, small enough that some show nothing else."""
_EVENEST = 0.1
"""Share of the blocks that are taken to show nothing else."""
_WHITE, _LIGHTER, _SPOT_PX = 225, 35, 11
"""A white spot: its least channel, and how far that lies above the median around it, in grey levels; the side
of the square that this is taken of, in pixels of 144 (ADR 18)."""


@dataclass(frozen=True)
class Quality:
    """What was measured, and what is wrong.

    Attributes:
        brightness: Mean grey level, 0 to 255.
        contrast: Distance between the 1st and the 99th percentile of the grey levels; low when a veil of
            light lies over the photo.
        detail: Standard deviation of what a slight blur removes, the median of 36 blocks, so that one sharp
            hair, ruler or date does not stand for all, or of the 4 in the middle where that is less; low when
            a photo or the lesion in its middle is out of focus.
        steadiness: Amplitude, in grey levels, of fine waves in the direction with the weakest, times its
            share of that in the strongest; low when the camera moved.
        ghost: How much the photo is like itself, shifted, in standard deviations over all shifts; high when
            everything is seen twice.
        noise: Standard deviation, in grey levels, of fine differences between blue and green, where they are
            least; high when a sensor had little light.
        bands: Amplitude, as a share of the light, of dark and bright bands that cross the whole photo.
        pattern: Energy of one fine wave, in units of the mean of all that are as fine; high where a raster
            covers the photo, such as that of a screen which was photographed, or a ruler most of it.
        white_spots: Share of the photo that is white and much lighter than what is usual around it; high
            where a lamp glints on it, or writing lies over it.
        colour: How far colours lie, in CIELAB, from what their lightness alone would make them (root mean
            square); near 0 in a photo without colours, be it grey or toned, as a print or a monochrome camera
            gives it.
        prominence: How far, in CIELAB, the most conspicuous fiftieth of the photo lies from even skin under
            uneven light; low when nothing stands out.
        issues: What makes the photo unfit to judge, in order of the checks; empty where none finds a fault.
    """

    brightness: float
    contrast: float
    detail: float
    steadiness: float
    ghost: float
    noise: float
    bands: float
    pattern: float
    white_spots: float
    colour: float
    prominence: float
    issues: tuple[QualityIssue, ...]

    @property
    def words(self) -> str:
        """`no fault found`, or the issues joined by `; `."""
        return "; ".join(self.issues) or "no fault found"


def measure_quality(rgb_u8: NDArray[np.uint8], resize: Resize, *, field: Region | None = None) -> Quality:
    """Measure what a network sees of a photo: brightness as it is, all else after `brightened`.

    Args:
        rgb_u8: Photo, shape (height, width, 3), uint8, RGB.
        resize: The contract's resize policy, which says what is seen.
        field: The photo's `field_of_view`, where that is known already.
    """
    field = field or field_of_view(rgb_u8)
    sides = sorted((field.width_px, field.height_px))
    examined = cut(rgb_u8, examined_of(field, resize))
    shrunk = resize_area(examined, _SIDE_PX, _SIDE_PX)
    brightness = float(cv2.cvtColor(shrunk, cv2.COLOR_RGB2GRAY).mean())
    shrunk = brightened(shrunk)
    grey, white_spots = _grey(shrunk), _white_spots(shrunk)
    contrast = float(np.subtract(*np.percentile(grey, (99, 1))))
    detail, noise, bands = _detail(grey), _noise(shrunk), waves.bands(grey)
    energy = waves.energies(_grey(brightened(resize_area(examined, waves.SIDE_PX, waves.SIDE_PX))))
    steadiness, ghost, pattern = waves.steadiness(energy), waves.ghost(energy), waves.pattern(energy)
    lab = colours.coarse_lab(shrunk)
    colour, prominence = colours.colour(lab), colours.prominence(lab)
    found: dict[QualityIssue, bool] = {
        "too small": min(examined.shape[:2]) < MIN_SIDE_PX,
        "too long and narrow": sides[1] > MOST_ELONGATED * sides[0],
        "too dark": brightness < DARKEST,
        "too bright": brightness > BRIGHTEST,
        "too little contrast": contrast < LEAST_CONTRAST,
        "blurred": detail < LEAST_DETAIL,
        "blurred in one direction (hold the camera still and take it again)": (
            steadiness < LEAST_STEADINESS and detail >= LEAST_DETAIL  # else it is blurred in all
        ),
        "seen double (hold the camera still and take it again)": ghost > MOST_GHOST,
        "too much noise (take it again in more light)": noise > MOST_NOISE,
        "bands of light (take it again under a lamp that does not flicker)": bands > MOST_BANDS,
        "fine regular pattern (a screen or a ruler)": pattern > MOST_PATTERN,
        "white spots (reflections or writing; take it again without)": white_spots > MOST_WHITE_SPOTS,
        "too few colours": colour < LEAST_COLOUR,
        "no lesion to be seen": prominence < LEAST_PROMINENCE,
    }
    issues = tuple(issue for issue, is_so in found.items() if is_so)
    return Quality(
        brightness=brightness,
        contrast=contrast,
        detail=detail,
        steadiness=steadiness,
        ghost=ghost,
        noise=noise,
        bands=bands,
        pattern=pattern,
        white_spots=white_spots,
        colour=colour,
        prominence=prominence,
        issues=issues,
    )


def _grey(rgb_u8: NDArray[np.uint8]) -> NDArray[np.float32]:
    return cv2.cvtColor(rgb_u8, cv2.COLOR_RGB2GRAY).astype(np.float32)


def _detail(grey: NDArray[np.float32]) -> float:
    """Standard deviation of what a slight blur removes: its median over all blocks or those in the middle."""
    blocks = _detail_of_blocks(grey, _BLOCKS)
    middle = blocks[_BLOCKS // 2 - 1 : _BLOCKS // 2 + 1, _BLOCKS // 2 - 1 : _BLOCKS // 2 + 1]
    return float(min(np.median(blocks), np.median(middle)))


def _detail_of_blocks(values: NDArray[np.float32], blocks: int) -> NDArray[np.float32]:
    """Standard deviation of what a slight blur removes of each block, shape (blocks, blocks)."""
    removed = values - cv2.GaussianBlur(values, (0, 0), 1.0)
    side_px = _SIDE_PX // blocks
    return np.asarray(removed.reshape(blocks, side_px, blocks, side_px).std(axis=(1, 3)))


def _noise(rgb_u8: NDArray[np.uint8]) -> float:
    """Standard deviation of what a slight blur removes of blue less green, in the evenest of the blocks.

    Skin and hairs differ little between these channels; what a sensor adds differs in each.
    """
    blue_green = rgb_u8[..., 2].astype(np.float32) - rgb_u8[..., 1]
    return float(np.quantile(_detail_of_blocks(blue_green, _NOISE_BLOCKS), _EVENEST))


def _white_spots(rgb_u8: NDArray[np.uint8]) -> float:
    """Share of the pixels that are white in every channel and much lighter than the median around them.

    Pale skin between hairs is white, too, but so is what is usual around it. What touches the edge is paper
    around a print or a round field.
    """
    least = rgb_u8.min(axis=2)
    usual = cv2.medianBlur(least, _SPOT_PX)
    spots = ((least >= _WHITE) & (cv2.subtract(least, usual) >= _LIGHTER)).astype(np.uint8)
    numbers = cv2.connectedComponents(spots)[1]
    edge = np.concatenate([numbers[[0, -1]].ravel(), numbers[:, [0, -1]].ravel()])
    return float((spots.astype(bool) & ~np.isin(numbers, edge[edge > 0])).mean())
