"""Whether files of one id show one picture. An id is a promise that a renamed or mixed-up file breaks.

Renditions of one photo may be cut further than copies that were found by looking: archives publish the centre
square of a 4:3 frame beside the whole. So the square is tried, too, before two files are said to differ.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from naevia_train.auditing.confirm import LEVEL, align
from naevia_train.auditing.phash import THUMBNAIL_PX, TURNS, lay

UNLIKE = 0.4
"""Files of one id whose detail agrees less, however they are laid, show different pictures.

Well below `SAME_PICTURE`: a rendition may be soft or sharpened, and a false accusation costs more here than a
missed one.
"""

_EIGHTH = THUMBNAIL_PX // 8
"""What the centre square of a 4:3 frame leaves out at each end."""

_COARSE_PX, _TRIED = 16, 4


def rendition_similarity(first: NDArray[np.uint8], second: NDArray[np.uint8]) -> float:
    """How alike two files of one id are, laid and cut in every usual way.

    Args:
        first: Grey thumbnail, shape (64, 64).
        second: Grey thumbnail, shape (64, 64).

    Returns:
        0 to 1, the largest found among the likeliest ways, where they lie level.
    """
    ways = [(ours, lay(theirs, turn)) for ours, theirs in _cuts(first, second) for turn in range(len(TURNS))]
    likeliest = np.argsort([-_coarse_correlation(*way) for way in ways], kind="stable")[:_TRIED]
    best = 0.0
    for index in likeliest.tolist():
        match = align(*ways[index], 0)
        best = max(best, match.similarity if match.tilt <= LEVEL else 0.0)
        if best >= UNLIKE:
            break
    return best


def _cuts(
    first: NDArray[np.uint8], second: NDArray[np.uint8]
) -> list[tuple[NDArray[np.uint8], NDArray[np.uint8]]]:
    """Both whole; then one of them without the ends of its longer axis, whichever that was."""
    pairs = [(first, second)]
    for rows, columns in ((0, _EIGHTH), (_EIGHTH, 0)):
        pairs += [(_inner(first, rows, columns), second), (first, _inner(second, rows, columns))]
    return pairs


def _inner(grey: NDArray[np.uint8], rows: int, columns: int) -> NDArray[np.uint8]:
    inside = grey[rows : THUMBNAIL_PX - rows, columns : THUMBNAIL_PX - columns]
    return cv2.resize(inside, (THUMBNAIL_PX, THUMBNAIL_PX), interpolation=cv2.INTER_LINEAR)


def _coarse_correlation(first: NDArray[np.uint8], second: NDArray[np.uint8]) -> float:
    size = (_COARSE_PX, _COARSE_PX)
    ours, theirs = (
        cv2.resize(picture, size, interpolation=cv2.INTER_AREA).astype(np.float32)
        for picture in (first, second)
    )
    ours, theirs = ours - ours.mean(), theirs - theirs.mean()
    lengths = float(np.linalg.norm(ours) * np.linalg.norm(theirs))
    return float((ours * theirs).sum()) / max(lengths, 1e-6)
