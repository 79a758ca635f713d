"""Whether a photo is good enough to be judged at all.

Plain measurements on the part of the photo that a network sees: of its sides as they are, of all else once
it has a fixed size. The limits lie outside what real dermoscopy shows: `tests/core/test_quality.py` (marker
`data`) checks that fewer than one in two hundred photos of the development data is refused. They are no test
for dermoscopy: telling other pictures from it is left to the network's own score.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from naevia.preprocess import Resize, brightened, cut, examined_of, field_of_view, resize_area

QualityIssue = Literal[
    "too small",
    "too long and narrow",
    "too dark",
    "too bright",
    "too little contrast",
    "blurred",
    "fine regular pattern (a screen or a ruler)",
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
MOST_PATTERN = 80.0
"""Real dermoscopy lies below; most of it above once photographed from a screen (tests, marker `data`)."""
LEAST_COLOUR = 0.9
"""Real dermoscopy lies above; 95 % or more of it below once its colours are gone (tests, marker `data`)."""
LEAST_PROMINENCE = 4.0

_SIDE_PX = 144
_COARSE_PX = 72
_BLOCKS = 6
"""Detail is measured in so many blocks along each side."""
_PATTERN_PX = 192
_COARSEST_PATTERN = 0.08
"""Cycles per pixel; coarser ones are lesions."""
_SKIN_SHARE = 0.7


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
        pattern: Energy of one fine wave, in units of the mean of all that are as fine; high where a raster
            covers the photo, such as that of a screen which was photographed, or a ruler most of it.
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
    pattern: float
    colour: float
    prominence: float
    issues: tuple[QualityIssue, ...]

    @property
    def words(self) -> str:
        """`no fault found`, or the issues joined by `; `."""
        return "; ".join(self.issues) or "no fault found"


def measure_quality(rgb_u8: NDArray[np.uint8], resize: Resize) -> Quality:
    """Measure what a network sees of a photo: its brightness as it is, all else after `brightened`.

    Args:
        rgb_u8: Photo, shape (height, width, 3), uint8, RGB.
        resize: The contract's resize policy, which says what is seen.
    """
    field = field_of_view(rgb_u8)
    sides = sorted((field.width_px, field.height_px))
    examined = cut(rgb_u8, examined_of(field, resize))
    shrunk = resize_area(examined, _SIDE_PX, _SIDE_PX)
    brightness = float(cv2.cvtColor(shrunk, cv2.COLOR_RGB2GRAY).mean())
    shrunk = brightened(shrunk)
    grey = _grey(shrunk)
    contrast = float(np.subtract(*np.percentile(grey, (99, 1))))
    detail, pattern = (
        _detail(grey),
        _pattern(_grey(brightened(resize_area(examined, _PATTERN_PX, _PATTERN_PX)))),
    )
    lab = _coarse_lab(shrunk)
    colour, prominence = _colour(lab), _prominence(lab)
    found: dict[QualityIssue, bool] = {
        "too small": min(examined.shape[:2]) < MIN_SIDE_PX,
        "too long and narrow": sides[1] > MOST_ELONGATED * sides[0],
        "too dark": brightness < DARKEST,
        "too bright": brightness > BRIGHTEST,
        "too little contrast": contrast < LEAST_CONTRAST,
        "blurred": detail < LEAST_DETAIL,
        "fine regular pattern (a screen or a ruler)": pattern > MOST_PATTERN,
        "too few colours": colour < LEAST_COLOUR,
        "no lesion to be seen": prominence < LEAST_PROMINENCE,
    }
    issues = tuple(issue for issue, is_so in found.items() if is_so)
    return Quality(brightness, contrast, detail, pattern, colour, prominence, issues)


def _grey(rgb_u8: NDArray[np.uint8]) -> NDArray[np.float32]:
    return cv2.cvtColor(rgb_u8, cv2.COLOR_RGB2GRAY).astype(np.float32)


def _detail(grey: NDArray[np.float32]) -> float:
    """Standard deviation of what a slight blur removes: its median over all blocks or those in the middle."""
    removed = grey - cv2.GaussianBlur(grey, (0, 0), 1.0)
    side_px = _SIDE_PX // _BLOCKS
    blocks = removed.reshape(_BLOCKS, side_px, _BLOCKS, side_px).std(axis=(1, 3))
    middle = blocks[_BLOCKS // 2 - 1 : _BLOCKS // 2 + 1, _BLOCKS // 2 - 1 : _BLOCKS // 2 + 1]
    return float(min(np.median(blocks), np.median(middle)))


def _pattern(grey: NDArray[np.float32]) -> float:
    """How far the strongest fine wave stands out among those of its fineness; 0 where there are none."""
    energy = np.abs(np.fft.rfft2((grey - grey.mean()) * _WINDOW))[_FINE] ** 2
    usual = np.bincount(_FINENESS, energy) / np.maximum(np.bincount(_FINENESS), 1)
    return float((energy / np.maximum(usual[_FINENESS], 1e-9)).max())


def _coarse_lab(rgb_u8: NDArray[np.uint8]) -> NDArray[Any]:
    """CIELAB values of a photo, shape (pixels, 3); a median takes hairs away first."""
    coarse = cv2.medianBlur(resize_area(rgb_u8, _COARSE_PX, _COARSE_PX), 5)
    return cv2.cvtColor(coarse.astype(np.float32) / 255, cv2.COLOR_RGB2LAB).reshape(-1, 3)


def _colour(lab: NDArray[Any]) -> float:
    """Distance of a* and b* from the cubic curves of the lightness that fit them best."""
    lightness = lab[:, 0] / 50 - 1
    terms = np.stack([lightness**power for power in range(4)], axis=1)
    curve = np.linalg.pinv(terms.T @ terms) @ (terms.T @ lab[:, 1:])
    return float(np.sqrt(((lab[:, 1:] - terms @ curve) ** 2).sum(axis=1).mean()))


def _prominence(lab: NDArray[Any]) -> float:
    """Distance in CIELAB that 98 % of the photo do not exceed from a smooth surface through its skin.

    The surface is quadratic in both axes, which follows a lamp's light and a vignette. It is fitted twice,
    the second time through the part that the first left nearest, so that a lesion does not bend it.
    """
    first = _distances(lab, np.ones(len(lab), bool))
    return float(np.quantile(_distances(lab, first <= np.quantile(first, _SKIN_SHARE)), 0.98))


def _distances(lab: NDArray[Any], fitted: NDArray[np.bool_]) -> NDArray[Any]:
    """Distance of each pixel from the quadratic surface through the `fitted` ones, shape (pixels,)."""
    terms = _SURFACE[fitted]
    surface = _SURFACE @ np.linalg.solve(terms.T @ terms, terms.T @ lab[fitted])
    return np.asarray(np.linalg.norm(lab - surface, axis=1))


def _surface_terms() -> NDArray[np.float32]:
    """1, x, y, xx, yy and xy of each pixel of the coarse photo, -1 to 1, shape (pixels, 6)."""
    y, x = np.mgrid[-1 : 1 : _COARSE_PX * 1j, -1 : 1 : _COARSE_PX * 1j]
    return np.stack([np.ones_like(x), x, y, x * x, y * y, x * y], axis=2).reshape(-1, 6).astype(np.float32)


_SURFACE = _surface_terms()
_WINDOW = np.outer(np.hanning(_PATTERN_PX), np.hanning(_PATTERN_PX)).astype(np.float32)
_CYCLES = np.hypot(np.fft.fftfreq(_PATTERN_PX)[:, None], np.fft.rfftfreq(_PATTERN_PX)[None])
"""Cycles per pixel of each wave of a photo, in the layout of `numpy.fft.rfft2`."""
_FINE = (_CYCLES > _COARSEST_PATTERN) & (_CYCLES < 0.5)
_FINENESS = (_CYCLES[_FINE] * _PATTERN_PX).astype(int)
