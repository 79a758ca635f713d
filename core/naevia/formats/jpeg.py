"""Decoding a JPEG, and refusing one whose pixels the decoder had to guess.

libjpeg goes on after damage: it fills, shifts or recolours the rest of the photo and only warns. Such a photo
looks like one and would get an answer that looks sure, so a warning counts as damage here. So do scans that
are not there, of which libjpeg says nothing. Padding that some cameras leave before the end of the picture is
no damage.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal, NamedTuple

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
_JFIF_SEGMENT, _ADOBE_SEGMENT = 0xE0, 0xEE
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_PROGRESSIVE = (0xC2, 0xC6)
_ARITHMETIC = (0xC9, 0xCA, 0xCB, 0xCD, 0xCE, 0xCF)
_COEFFICIENTS = 64
_MOST_SCANS = 100
"""Encoders write about ten, and each costs a pass over the whole photo, however few bytes it has.

Source: libjpeg-turbo, turbojpeg.h, TJPARAM_SCANLIMIT, which names the danger and leaves the number open. A
hundred empty scans of 100 million pixels take 2 seconds.
"""

_MOST_SEGMENTS = 10_000
"""Far more than a photo with all its scans, tables, profiles and notes of its camera; each costs time."""

_SAYS_RGB = b"\xff\xee\x00\x0eAdobe" + bytes((0, 100, 0, 0, 0, 0, 0))
_ADOBE_TRANSFORM_AT, _ADOBE_YCCK = 11, 2
_SAMPLES = {"Gray": 1, "CMYK": 4, "YCCK": 4}

Colours = Literal["RGB", "YCC", "YCCK"]


class JpegHeader(NamedTuple):
    """What a JPEG says of itself.

    Attributes:
        width_px: Width.
        height_px: Height.
        samples: Components per pixel.
        colours: What its components are, where it states that; None where it leaves it to what it lies in.
    """

    width_px: int
    height_px: int
    samples: int
    colours: Colours | None


def read_jpeg_header(data: bytes) -> JpegHeader:
    """Size and colours that a JPEG's header gives.

    Raises:
        ImageError: With code `damaged`: it has none.
    """
    try:
        height_px, width_px, kind, *_ = simplejpeg.decode_jpeg_header(data)
    except ValueError as error:
        raise _damaged() from error
    return JpegHeader(int(width_px), int(height_px), _SAMPLES.get(kind, 3), _stated_colours(data))


def _stated_colours(data: bytes) -> Colours | None:
    """What the components are, as the decoder takes it; that colours have fewer pixels says YCC as well.

    Source: libjpeg, default_decompress_parms in jdapimin.c.
    """
    has_jfif, transform, frame = False, -1, b""
    for marker, body, _ in _segments(data):
        if marker == _JFIF_SEGMENT and body.startswith(b"JFIF\0"):
            has_jfif = True
        elif marker == _ADOBE_SEGMENT and body.startswith(b"Adobe") and len(body) > _ADOBE_TRANSFORM_AT:
            transform = body[_ADOBE_TRANSFORM_AT]
        elif marker in _FRAMES:
            frame = body[6:]
        elif marker == _START_OF_SCAN:
            break
    names, factors = frame[::3], frame[1::3]
    if len(names) == 4:
        return "YCCK" if transform == _ADOBE_YCCK else None
    if len(names) != 3:
        return None
    if has_jfif or transform > 0:
        return "YCC"
    if transform == 0 or names in (b"RGB", b"rgb"):
        return "RGB"
    return "YCC" if len(set(factors)) > 1 else None


def saying_rgb(data: bytes) -> bytes:
    """A JPEG of three components with a mark that they are red, green and blue, where it has none of JFIF."""
    return data[:2] + _SAYS_RGB + data[2:]


def check_segments(data: bytes) -> None:
    """Refuse a JPEG whose header has far too many segments, before another reader goes through them.

    Raises:
        ImageError: With code `unsupported`.
    """
    for marker, *_ in _segments(data):
        if marker == _START_OF_SCAN:
            return


def decode_jpeg(data: bytes) -> NDArray[np.uint8]:
    """Decode a JPEG file.

    Args:
        data: The file. Pictures that phones append behind the first one are ignored.

    Returns:
        Shape (height, width, 3), uint8, RGB, as stored: EXIF orientation is not applied.

    Raises:
        ImageError: With code `damaged`: it is cut off or damaged inside, or uses a kind of compression that
            cannot be decoded. With code `unsupported`: it has far too many scans or segments, or arithmetic
            coding, for which libjpeg makes up what is missing without a warning.
    """
    _check_scans(data)
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


def _check_scans(data: bytes) -> None:
    """Refuse a JPEG whose scans lack coefficients or bits of them, are far too many, or hide damage.

    A progressive JPEG sends its coefficients by and by, the coarse ones first, and each scan's header says
    which and how far. One that lacks scans decodes without a warning, smoothed.

    Source: ITU-T T.81, B.2.3 and G.1.1.1.
    """
    bits_left: dict[int, bytearray] = {}
    progressive, scans = False, 0
    for marker, body, _ in _segments(data):
        if marker in _ARITHMETIC:
            raise ImageError(
                "unsupported",
                "a JPEG with arithmetic coding, in which damage cannot be seen; export it as a usual JPEG",
            )
        if marker in _FRAMES:
            progressive = marker in _PROGRESSIVE
            bits_left = {component: bytearray(b"\xff" * _COEFFICIENTS) for component in body[6::3]}
        elif marker == _START_OF_SCAN and body:
            scans += 1
            if scans > _MOST_SCANS:
                raise ImageError(
                    "unsupported",
                    f"the JPEG has more than {_MOST_SCANS} scans, expected about ten; export it again",
                )
            components, spectrum = body[1 : 1 + 2 * body[0] : 2], body[1 + 2 * body[0] :]
            first, last, bits = spectrum[:3] if progressive and len(spectrum) == 3 else (0, 63, 0)
            for component in bits_left.keys() & components:
                bits_left[component][first : last + 1] = bytes((bits & 15,)) * (last + 1 - first)
    if any(any(coefficients) for coefficients in bits_left.values()):
        raise _damaged()


def _segments(data: bytes) -> Iterator[tuple[int, bytes, int]]:
    """Marker, body and place of every segment of the first picture; coded pixels lie between them.

    Raises:
        ImageError: With code `unsupported`: there are far too many.
    """
    found = _MARKER.search(data, 2)
    for _ in range(_MOST_SEGMENTS):
        if not found:
            return
        marker, place = found[0][1], found.end()
        length = 0 if marker in (0x01, _START_OF_IMAGE, _END_OF_IMAGE) else 2
        if length:
            length = max(2, int.from_bytes(data[place : place + 2], "big"))
        yield marker, data[place + 2 : place + length], found.start()
        if marker == _END_OF_IMAGE:
            return
        found = _MARKER.search(data, place + length)
    raise ImageError(
        "unsupported", f"the JPEG has more than {_MOST_SEGMENTS} segments; export it again from its source"
    )
