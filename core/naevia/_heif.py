"""HEIF and AVIF photos, read where the `heif` extra is installed."""

from __future__ import annotations

import io

import numpy as np
from numpy.typing import NDArray
from PIL import ImageOps

from naevia._pixels import check_size
from naevia.errors import ImageError, MissingExtraError, require_extra

_BRANDS = (b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1", b"avif")


def is_heif(data: bytes) -> bool:
    """Whether the bytes begin like a HEIF or AVIF file."""
    return data[4:8] == b"ftyp" and data[8:12] in _BRANDS


def decode_heif(data: bytes, max_pixels: int) -> NDArray[np.uint8]:
    """Decode a HEIF photo into upright RGB.

    Raises:
        ImageError: The extra is missing, or the file is damaged or too large.
    """
    try:
        require_extra("heif", "pillow_heif")
    except MissingExtraError as error:
        raise ImageError("unsupported", f"a HEIF photo: {error}") from error
    import pillow_heif

    try:
        with pillow_heif.open_heif(io.BytesIO(data)) as header:
            check_size(header.size[0], header.size[1], max_pixels)
            upright = ImageOps.exif_transpose(header.to_pillow())
            return np.asarray(upright.convert("RGB"))
    except ImageError:
        raise
    except Exception as error:  # a broken file makes the decoder raise anything at all
        raise ImageError("damaged", "the HEIF cannot be decoded; export it again from its source") from error
