"""BMP photos, by Pillow: it looks which bits are alpha, and OpenCV takes bits that mean nothing for it."""

from __future__ import annotations

import io
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
_FILE_BYTES_AT, _PROFILE_BYTES_AT = 2, 116
"""Where the length of the file stands, and, from its header on, that of a profile behind the pixels."""
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
        ImageError: With code `damaged`: it is cut off, holds more than its header says, or its pixels begin
            elsewhere.
    """
    file = io.BytesIO(data)
    try:
        with quiet_warnings, PillowImage.open(file, formats=BITMAPS) as photo:
            _check_place(photo, data, header_end=file.tell())  # nothing behind it has been read yet
            return decoded_by_pillow(photo)
    except ImageError:
        raise
    except Exception as error:  # broken pixels make Pillow raise anything at all
        raise ImageError(
            "damaged", "the BMP is cut off or damaged; export it again from its source"
        ) from error


def _check_place(photo: ImageFile, data: bytes, *, header_end: int) -> None:
    """Refuse a file whose pixels begin within its header or palette, or leave more behind them than they may.

    They then begin elsewhere than the header says, and colours would be exchanged, or a wrong width would
    shear the photo. Of compressed pixels nobody knows where they end.

    Source: Microsoft, BITMAPFILEHEADER and BITMAPV5HEADER.
    """
    (stored,) = photo.tile
    if stored.offset < header_end:
        raise ImageError(
            "damaged", "the BMP's pixels begin within its own header; export it again from its source"
        )
    if stored.codec_name != "raw":
        return
    _, row_bytes, _ = cast(tuple[str, int, int], stored.args)
    header_at = _HEADER_AT[str(photo.format)]
    has_profile = _number(data, header_at) >= _LONGEST_HEADER_BYTES
    profile_bytes = _number(data, header_at + _PROFILE_BYTES_AT) if has_profile else 0
    surplus_bytes = len(data) - stored.offset - row_bytes * photo.height - profile_bytes
    is_counted = photo.format == "BMP" and _number(data, _FILE_BYTES_AT) == len(data)
    if surplus_bytes >= (_ROW_STEP_BYTES * photo.height if is_counted else 1):
        raise ImageError(
            "damaged",
            f"the BMP holds {surplus_bytes} bytes more than its header says; export it again from its source",
        )


def _number(data: bytes, place: int) -> int:
    return int.from_bytes(data[place : place + 4], "little")
