"""Whether two thumbnails show one picture: lay one on the other, then compare what is fine in them.

Photos of different lesions agree in the large (a dark spot on light skin) and never in the fine: pores, hairs
and the lesion's own texture. So the pictures are aligned first (a window's guess, refined by Evangelidis and
Psarakis, Parametric Image Alignment Using Enhanced Correlation Coefficient Maximization, 2008), and only the
detail counts, over the whole picture and in most of its parts: a shared black border or ruler fills few.
"""

from __future__ import annotations

from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from naevia_train.auditing.phash import EDGE_CUTS, THUMBNAIL_PX, WINDOWS, cosines, lay

SAME_PICTURE = 0.62
"""Least similarity of one picture's copies.

Measured by `benchmarks/audit_copies.py`, which prints how far copies and different photos lie from it.
"""

LEVEL, TILTED_PICTURE = 0.08, 0.67
"""Copies lie level: laid in one of eight ways, scaled along the edges and cut. Where the best placement turns
or shears by more than `LEVEL` (pixels per pixel), the freedom to tilt has made unlike outlines fit, and the
detail must agree more: two moles of one outline reached 0.64 that way, and photos of one scene that were
taken again at an angle start at 0.70.
"""

PLAUSIBLE = 0.78
"""Least correlation of the coarse waves for which two pictures are aligned at all."""

_WAVES = 12
_DETAIL_SD, _EDGE, _PARTS, _COVERED = 1.5, 2, 4, 0.4
BLACK, _NEXT_TO_BLACK = 30, np.ones((9, 9), np.uint8)
_PROMISING = 0.3
_STEPS = (15, 60)
_BY_CUT = np.stack([cosines(cut, _WAVES) for cut in EDGE_CUTS])
_FREQUENCY = np.hypot(*np.mgrid[:_WAVES, :_WAVES]).astype(np.float32)
_WEIGHTS = np.where((_FREQUENCY > 0) & (_FREQUENCY <= _WAVES), _FREQUENCY, 0)


def plausibility(
    firsts: NDArray[np.uint8],
    seconds: NDArray[np.uint8],
    windows: NDArray[np.int64],
    turns: NDArray[np.int64],
) -> NDArray[np.float32]:
    """How alike a window of the first pictures and the whole of the second ones are, in their coarse waves.

    Args:
        firsts: Shape (n, 64, 64).
        seconds: Shape (n, 64, 64).
        windows: Window into each first picture, as numbered in `WINDOWS`.
        turns: How each second picture is laid, as numbered in `TURNS`.

    Returns:
        Correlations, shape (n,), -1 to 1; finer waves weigh more, in proportion to their frequency.
    """
    cuts = len(EDGE_CUTS)
    vertical, horizontal = _BY_CUT[windows // cuts], _BY_CUT[windows % cuts]
    seen = vertical @ firsts.astype(np.float32) @ horizontal.transpose(0, 2, 1)
    laid = np.stack([lay(second, turn) for second, turn in zip(seconds, turns.tolist(), strict=True)])
    whole = _BY_CUT[0] @ laid.astype(np.float32) @ _BY_CUT[0].T
    seen, whole = seen * _WEIGHTS, whole * _WEIGHTS
    return _correlation(seen.reshape(len(seen), -1), whole.reshape(len(whole), -1))


class Match(NamedTuple):
    """How alike two pictures are where they lie best.

    Attributes:
        similarity: 0 to 1: the smaller of the correlation of detail over the whole picture and the median of
            its 16 parts.
        tilt: How far the placement turns or shears, in pixels per pixel.
    """

    similarity: float
    tilt: float

    @property
    def same(self) -> bool:
        """Whether they are one picture."""
        return self.similarity >= (SAME_PICTURE if self.tilt <= LEVEL else TILTED_PICTURE)


def align(first: NDArray[np.uint8], second: NDArray[np.uint8], window: int) -> Match:
    """Lay one picture on another and correlate their detail.

    Args:
        first: Shape (64, 64).
        second: Shape (64, 64), turned as the first.
        window: Window into the first picture that the second resembles.
    """
    first_f, second_f = first.astype(np.float32), second.astype(np.float32)
    placement = _placement(window)
    best = _match(first_f, second_f, placement)
    for steps in _STEPS:
        if best.same:
            break
        criteria = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, steps, 1e-4)
        try:
            _, placement = cv2.findTransformECC(
                second_f, first_f, placement.copy(), cv2.MOTION_AFFINE, criteria, None, 3
            )
        except cv2.error:  # it says so when the pictures have nothing in common
            break
        found = _match(first_f, second_f, placement)
        best = max(best, found, key=lambda match: (match.same, match.similarity))
        if found.similarity < _PROMISING:
            break
    return best


def _match(first: NDArray[np.float32], second: NDArray[np.float32], placement: NDArray[np.float32]) -> Match:
    tilt = max(abs(float(placement[0, 1])), abs(float(placement[1, 0])))
    return Match(_agreement(first, second, placement), tilt)


def _placement(window: int) -> NDArray[np.float32]:
    """From a place in the second thumbnail to the place in the first, by the window it resembles."""
    (top, bottom), (left, right) = WINDOWS[window]
    scale_x, scale_y = 1 - left - right, 1 - top - bottom
    shift_x = left * THUMBNAIL_PX + (scale_x - 1) / 2
    shift_y = top * THUMBNAIL_PX + (scale_y - 1) / 2
    return np.array([[scale_x, 0, shift_x], [0, scale_y, shift_y]], np.float32)


def _agreement(
    first: NDArray[np.float32], second: NDArray[np.float32], placement: NDArray[np.float32]
) -> float:
    size, flags = (THUMBNAIL_PX, THUMBNAIL_PX), cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    moved = cv2.warpAffine(first, placement, size, flags=flags, borderMode=cv2.BORDER_REPLICATE)
    inside = cv2.warpAffine(np.ones_like(first), placement, size, flags=flags) > 0.99
    inside[:_EDGE] = inside[-_EDGE:] = False
    inside[:, :_EDGE] = inside[:, -_EDGE:] = False
    inside &= _lit(moved) & _lit(second)
    if inside.mean() < _COVERED:
        return 0.0
    fine_first, fine_second = _detail(moved) * inside, _detail(second) * inside
    whole = float(_correlation(fine_first.reshape(1, -1), fine_second.reshape(1, -1))[0])
    side = THUMBNAIL_PX // _PARTS
    parts = [
        part.reshape(_PARTS, side, _PARTS, side).transpose(0, 2, 1, 3).reshape(_PARTS**2, -1)
        for part in (fine_first, fine_second)
    ]
    return max(0.0, min(whole, float(np.median(_correlation(*parts)))))


def _lit(grey: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Where the picture is not black nor next to black: the rim of a lens tube is the same in every photo."""
    return cv2.erode((grey > BLACK).astype(np.uint8), _NEXT_TO_BLACK, borderValue=1) > 0


def _detail(grey: NDArray[np.float32]) -> NDArray[np.float32]:
    return grey - cv2.GaussianBlur(grey, (0, 0), _DETAIL_SD)


def _correlation(first: NDArray[np.float32], second: NDArray[np.float32]) -> NDArray[np.float32]:
    """Cosine of the rows' angles, 0 where a row is empty; detail and waves have no mean to take away."""
    lengths = np.linalg.norm(first, axis=1) * np.linalg.norm(second, axis=1)
    return (first * second).sum(axis=1) / np.maximum(lengths, 1e-6)
