"""Decoding a JPEG, and refusing one whose pixels the decoder had to guess.

libjpeg goes on after damage: it fills, shifts or recolours the rest of the photo and only warns. Such a photo
looks like one and would get an answer that looks sure, so a warning counts as damage here. So do scans that
are not there, of which libjpeg says nothing. Padding that some cameras leave before the end of the picture is
no damage.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np
import simplejpeg
from numpy.typing import NDArray

from naevia.errors import ImageError

_PADDED = "extraneous bytes before marker 0xd9"
_FILLERS = b"\x00\xff"
_LAST_BYTES = (b"", b"\x00", b"\xff\x00")
"""What looks like filler and may be the end of the pixels."""

# Within coded pixels, a zero behind FF and the marks of a restart end nothing.
_MARKER = re.compile(rb"\xff[\x01-\xcf\xd8-\xfe]")
_START_OF_IMAGE, _END_OF_IMAGE, _START_OF_SCAN = 0xD8, 0xD9, 0xDA
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_PROGRESSIVE = (0xC2, 0xC6, 0xCA, 0xCE)
_COEFFICIENTS = 64


def size_of_jpeg(data: bytes) -> tuple[int, int]:
    """Width and height in pixels that a JPEG's header gives.

    Raises:
        ImageError: With code `damaged`: it has none.
    """
    try:
        height_px, width_px, *_ = simplejpeg.decode_jpeg_header(data)
    except ValueError as error:
        raise _damaged() from error
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
    if not _has_all_scans(data):
        raise _damaged()
    try:
        return _decode_strictly(data)
    except (ValueError, MemoryError) as error:
        pixels = _decode_unpadded(data) if _PADDED in str(error) else None
        if pixels is None:
            raise _damaged() from error
        return pixels


def _damaged() -> ImageError:
    return ImageError("damaged", "the JPEG is cut off or damaged inside; copy it again from its source")


def _decode_strictly(data: bytes) -> NDArray[np.uint8]:
    return np.asarray(simplejpeg.decode_jpeg(data, "RGB", strict=True))


def _decode_unpadded(data: bytes) -> NDArray[np.uint8] | None:
    """Decode without the filler before the end; None where the pixels are not complete without it.

    Filler is never decoded: zeros are valid codes, and libjpeg would make up from them what a cut-off photo
    lacks.
    """
    end = next((place for marker, _, place in _segments(data) if marker == _END_OF_IMAGE), 0)
    bare = data[:end].rstrip(_FILLERS)
    for last in _LAST_BYTES:
        try:
            return _decode_strictly(bare + last + bytes((0xFF, _END_OF_IMAGE)))
        except (ValueError, MemoryError):
            continue
    return None


def _has_all_scans(data: bytes) -> bool:
    """Whether the scans up to the end of the picture bring every coefficient, down to its last bit.

    A progressive JPEG sends its coefficients by and by, the coarse ones first, and each scan's header says
    which and how far. One that lacks scans decodes without a warning, smoothed.

    Source: ITU-T T.81, B.2.3 and G.1.1.1.
    """
    bits_left: dict[int, bytearray] = {}
    progressive = False
    for marker, body, _ in _segments(data):
        if marker in _FRAMES:
            progressive = marker in _PROGRESSIVE
            bits_left = {component: bytearray(b"\xff" * _COEFFICIENTS) for component in body[6::3]}
        elif marker == _START_OF_SCAN and body:
            components, spectrum = body[1 : 1 + 2 * body[0] : 2], body[1 + 2 * body[0] :]
            first, last, bits = spectrum[:3] if progressive and len(spectrum) == 3 else (0, 63, 0)
            for component in bits_left.keys() & components:
                bits_left[component][first : last + 1] = bytes((bits & 15,)) * (last + 1 - first)
    return not any(any(coefficients) for coefficients in bits_left.values())


def _segments(data: bytes) -> Iterator[tuple[int, bytes, int]]:
    """Marker, body and place of every segment of the first picture; coded pixels lie between them."""
    found = _MARKER.search(data, 2)
    while found:
        marker, place = found[0][1], found.end()
        length = 0 if marker in (0x01, _START_OF_IMAGE, _END_OF_IMAGE) else 2
        if length:
            length = max(2, int.from_bytes(data[place : place + 2], "big"))
        yield marker, data[place + 2 : place + length], found.start()
        if marker == _END_OF_IMAGE:
            return
        found = _MARKER.search(data, place + length)
