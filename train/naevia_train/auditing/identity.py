"""Whether files of one id show one picture. An id is a promise that a renamed or mixed-up file breaks.

Renditions of one photo may be cut further than copies that were found by looking: archives publish the centre
square of a 4:3 frame beside the whole. So the square is tried, too, before two files are said to differ.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from naevia_train.auditing.confirm import BLACK, LEVEL, align
from naevia_train.auditing.phash import THUMBNAIL_PX, TURNS, lay

UNLIKE = 0.4
"""Files of one id whose detail agrees less, however they are laid, show different pictures.

Well below `SAME_PICTURE`: a rendition may be soft or sharpened, and a false accusation costs more here than a
missed one.
"""

_EIGHTH = THUMBNAIL_PX // 8
"""What the centre square of a 4:3 frame leaves out at each end."""

_QUARTER, _DARK_SHARE = THUMBNAIL_PX // 4, 0.05
_COARSE_PX, _TRIED = 16, 4


def rendition_similarity(first: NDArray[np.uint8], second: NDArray[np.uint8]) -> float:
    """How alike two files of one id are, laid and cut in every usual way.

    Args:
        first: Grey thumbnail, shape (64, 64).
        second: Grey thumbnail, shape (64, 64).

    Returns:
        0 to 1, the largest found among the likeliest ways, where they lie level.
    """
    pairs = _cuts(_lifted(first), _lifted(second))
    correlations = np.array([_coarse_correlations(ours, theirs) for ours, theirs in pairs])
    best = 0.0
    for way in np.argsort(-correlations, axis=None, kind="stable")[:_TRIED].tolist():
        cut, turn = divmod(way, len(TURNS))
        ours, theirs = pairs[cut]
        match = align(ours, lay(theirs, turn), 0)
        best = max(best, match.similarity if match.tilt <= LEVEL else 0.0)
        if best >= UNLIKE:
            break
    return best


def _lifted(grey: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The thumbnail without black where the middle is black: there it is lesion, and no rim of a lens tube.

    The comparison leaves black out, and would find nothing to compare in a very dark lesion.
    """
    middle = grey[_QUARTER:-_QUARTER, _QUARTER:-_QUARTER]
    if (middle <= BLACK).mean() < _DARK_SHARE:
        return grey
    return (BLACK + 1 + grey.astype(np.float32) * (254 - BLACK) / 255).astype(np.uint8)


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


def _coarse_correlations(first: NDArray[np.uint8], second: NDArray[np.uint8]) -> list[float]:
    """How far the large shapes agree, for each of the ways to lay the second picture."""
    ours, theirs = _coarse(first), _coarse(second)
    return [float((ours * lay(theirs, turn)).sum()) for turn in range(len(TURNS))]


def _coarse(grey: NDArray[np.uint8]) -> NDArray[np.float32]:
    small = cv2.resize(grey, (_COARSE_PX, _COARSE_PX), interpolation=cv2.INTER_AREA).astype(np.float32)
    small -= small.mean()
    return small / max(float(np.linalg.norm(small)), 1e-6)
