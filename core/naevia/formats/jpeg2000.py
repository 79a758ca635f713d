"""What the header of a JPEG 2000 says, read before a decoder believes it."""

from __future__ import annotations

import struct
from typing import NamedTuple

from naevia.errors import ImageError

_START = b"\xff\x4f\xff\x51"
_SIZE = struct.Struct(">4xIIII16xH")
_SEGMENT, _STYLE = struct.Struct(">HH"), struct.Struct(">4xB")
_CODING_STYLE, _FIRST_TILE = 0xFF52, 0xFF90
_BITS = 0x7F


class Codestream(NamedTuple):
    """A JPEG 2000 and what its header says.

    Attributes:
        data: The codestream, without the boxes of a JP2 file around it.
        width_px: Width.
        height_px: Height.
        bits: Depth of every component, in their order.
        is_subsampled: Whether a component has fewer pixels than the photo.
        is_transformed: Whether the decoder turns the first three components into red, green and blue.
    """

    data: bytes
    width_px: int
    height_px: int
    bits: tuple[int, ...]
    is_subsampled: bool
    is_transformed: bool


def read_codestream(data: bytes) -> Codestream:
    """Find a JPEG 2000 codestream and read its header.

    Source: ITU-T T.800, A.5.1 and A.6.1.

    Raises:
        ImageError: With code `damaged`: there is none.
    """
    try:
        data = data[data.index(_START) :]
        right, bottom, left, top, samples = _SIZE.unpack_from(data, len(_START))
        components = struct.unpack_from(f"{3 * samples}B", data, len(_START) + _SIZE.size)
        is_transformed = _is_transformed(data)
    except (ValueError, struct.error) as error:
        raise ImageError(
            "damaged", "the JPEG 2000 has no whole header; copy it again from its source"
        ) from error
    bits = tuple((depth & _BITS) + 1 for depth in components[::3])
    is_subsampled = {*components[1::3], *components[2::3]} != {1}
    return Codestream(data, right - left, bottom - top, bits, is_subsampled, is_transformed)


def _is_transformed(data: bytes) -> bool:
    """What the coding style says, which stands between the size and the first tile."""
    marker, place = 0, len(_START) - 2
    while marker != _FIRST_TILE:
        marker, length = _SEGMENT.unpack_from(data, place)
        if marker == _CODING_STYLE:
            return bool(_STYLE.unpack_from(data, place + _SEGMENT.size)[0])
        place += 2 + length
    raise struct.error
