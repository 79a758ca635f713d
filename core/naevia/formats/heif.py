"""HEIF photos, read where the `heif` extra is installed. AVIF looks alike outside and is not read."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
from numpy.typing import NDArray

from naevia.errors import ImageError, MissingExtraError, require_extra
from naevia.formats.pixels import Admit, over_white, to_rgb_u8

_STILL = (b"heic", b"heix", b"heim", b"heis", b"mif1")
_MOVING = (b"hevc", b"hevx", b"msf1")
_AVIF = (b"avif", b"avis")
_GENERAL = (b"mif2", b"miaf")
"""Main brands that leave it to the compatible ones what is inside."""


def is_heif(data: bytes) -> bool:
    """Whether the bytes begin like a HEIF or AVIF file."""
    if data[4:8] != b"ftyp":
        return False
    main, *compatible = _brands(data)
    known = {*_STILL, *_MOVING, *_AVIF}
    return main in known or (main in _GENERAL and not known.isdisjoint(compatible))


def decode_heif(data: bytes, admit: Admit) -> NDArray[np.uint8]:
    """Decode a HEIF photo into upright RGB.

    The decoder applies the turns and mirrors that the file itself holds; an EXIF orientation beside them says
    the same a second time and is not applied.

    Raises:
        ImageError: The extra is missing, or the file is an AVIF, damaged, too large or of several frames.
    """
    brands = _brands(data)
    if brands[0] in _AVIF or (set(brands) & set(_AVIF) and not set(brands) & {b"heic", b"heix"}):
        raise ImageError("unsupported", "an AVIF photo, which is not read; export it as JPEG or PNG")
    if brands[0] in _MOVING:
        raise ImageError("several-frames", "the HEIF file holds a film; export the frame that is meant")
    try:
        require_extra("heif")
    except MissingExtraError as error:
        raise ImageError("unsupported", f"a HEIF photo: {error}") from error
    import pillow_heif

    try:
        return _decode(pillow_heif.open_heif(io.BytesIO(data)), admit)
    except ImageError:
        raise
    except Exception as error:  # a broken file makes the decoder raise anything at all
        raise ImageError("damaged", "the HEIF cannot be decoded; export it again from its source") from error


def _brands(data: bytes) -> list[bytes]:
    """The file's main brand, then those that it says to be compatible with."""
    end = min(int.from_bytes(data[:4], "big"), len(data), 256)
    return [data[8:12], *(data[place : place + 4] for place in range(16, end, 4))]


def _decode(file: Any, admit: Admit) -> NDArray[np.uint8]:
    if len(file) > 1:
        raise ImageError(
            "several-frames",
            f"the HEIF file holds {len(file)} photos, expected one; export the one that is meant",
        )
    admit(file.size[0], file.size[1])
    photo = file.to_pillow()
    if photo.mode.startswith("I;16"):  # grey of 10 or 12 bits, stretched to 16 by the decoder
        return to_rgb_u8(np.asarray(photo))
    if file.has_alpha:
        rgba_u8 = np.asarray(photo.convert("RGBA"))
        return over_white(rgba_u8[..., :3], rgba_u8[..., 3])
    return np.asarray(photo.convert("RGB"))
