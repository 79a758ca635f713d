"""Decoding a JPEG, and refusing one whose pixels the decoder had to guess.

libjpeg goes on after damage: it fills, shifts or recolours the rest of the photo and only warns. Such a photo
looks like one and would get an answer that looks sure, so a warning counts as damage here. Padding that some
cameras leave before the end of the picture is no damage.
"""

from __future__ import annotations

import numpy as np
import simplejpeg
from numpy.typing import NDArray

from naevia.errors import ImageError

_END_OF_IMAGE = b"\xff\xd9"
_PADDED = "extraneous bytes before marker 0xd9"
_PADDING = (0x00, 0xFF)


def size_of_jpeg(data: bytes) -> tuple[int, int]:
    """Width and height in pixels that a JPEG's header gives.

    Raises:
        ImageError: With code `damaged`: it has none.
    """
    try:
        height_px, width_px, *_ = simplejpeg.decode_jpeg_header(data)
    except ValueError as error:
        raise ImageError(
            "damaged", "the JPEG is cut off or damaged inside; copy it again from its source"
        ) from error
    return int(width_px), int(height_px)


def decode_jpeg(data: bytes) -> NDArray[np.uint8]:
    """Decode a JPEG file.

    Args:
        data: The file. Pictures that phones append behind the first one are ignored.

    Returns:
        Shape (height, width, 3), uint8, RGB, as stored: EXIF orientation is not applied.

    Raises:
        ImageError: With code `damaged`: it is cut off or damaged inside, or uses a kind of compression that
            cannot be decoded.
    """
    try:
        return np.asarray(simplejpeg.decode_jpeg(data, "RGB", strict=True))
    except (ValueError, MemoryError) as error:
        if _PADDED in str(error) and _is_padded(data, error):
            return np.asarray(simplejpeg.decode_jpeg(data, "RGB", strict=False))
        raise ImageError(
            "damaged", "the JPEG is cut off or damaged inside; copy it again from its source"
        ) from error


def _is_padded(data: bytes, warning: Exception) -> bool:
    """Whether the bytes that the decoder skipped before an end of the picture are all the same filler."""
    words = str(warning).split()
    count = next((int(word) for word in words if word.isdecimal()), 0)
    end = data.find(_END_OF_IMAGE)
    while count and end >= 0:
        skipped = set(data[max(0, end - count) : end])
        if len(skipped) == 1 and skipped <= set(_PADDING):
            return True
        end = data.find(_END_OF_IMAGE, end + 2)
    return False
