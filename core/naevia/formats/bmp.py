"""BMP photos, by Pillow: it looks which bits are alpha, and OpenCV takes bits that mean nothing for it."""

from __future__ import annotations

import io
import struct
from typing import cast

import numpy as np
from numpy.typing import NDArray
from PIL import Image as PillowImage
from PIL.ImageFile import ImageFile

from naevia._quiet import quiet_warnings
from naevia.errors import ImageError
from naevia.formats.pixels import decoded_by_pillow

BITMAPS = ("BMP", "DIB")
"""Pillow's names for the format, with a file header and without."""

_HEADER_AT = {"BMP": 14, "DIB": 0}
_HEADER = struct.Struct("<I112xI")
"""Its own length and, where that is all of this and more, the length of a profile behind the pixels."""
_LONGEST_HEADER_BYTES = 124
_ROW_STEP_BYTES = 4
"""Rows are filled up to a multiple of this, so that a wrong width makes each longer or shorter by as much."""


def decode_bmp(data: bytes) -> NDArray[np.uint8]:
    """Decode a BMP file.

    Args:
        data: The whole file, with its file header or without.

    Returns:
        Shape (height, width, 3), uint8, RGB. Alpha is laid over white.

    Raises:
        ImageError: With code `damaged`: it is cut off, or holds more pixels than its header says.
    """
    try:
        with quiet_warnings, PillowImage.open(io.BytesIO(data), formats=BITMAPS) as photo:
            surplus_bytes = _surplus_bytes(photo, data)
            if surplus_bytes < _ROW_STEP_BYTES * photo.height:
                return decoded_by_pillow(photo)
    except Exception as error:  # broken pixels make Pillow raise anything at all
        raise ImageError(
            "damaged", "the BMP is cut off or damaged; export it again from its source"
        ) from error
    raise ImageError(
        "damaged",
        f"the BMP holds {surplus_bytes} bytes more than its header says; export it again from its source",
    )


def _surplus_bytes(photo: ImageFile, data: bytes) -> int:
    """How much is left behind the pixels and the profile; of compressed pixels nobody knows where they end.

    Source: Microsoft, BITMAPV5HEADER.
    """
    (stored,) = photo.tile
    if stored.codec_name != "raw":
        return 0
    _, row_bytes, _ = cast(tuple[str, int, int], stored.args)
    header_bytes, profile_bytes = _HEADER.unpack_from(data, _HEADER_AT[str(photo.format)])
    if header_bytes < _LONGEST_HEADER_BYTES:
        profile_bytes = 0
    return len(data) - stored.offset - row_bytes * photo.height - int(profile_bytes)
