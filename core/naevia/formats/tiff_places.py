"""Where the parts of a TIFF lie: its header, its directory, the values of its tags, its strips or tiles.

Where an offset is wrong, decoders show what lies there: exchanged colours, or a photo that has moved.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable
from typing import NamedTuple

from PIL.ExifTags import Base

from naevia.formats.tiff_tags import RAW, Tags

_TYPE_BYTES = (0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4, 0, 0, 8, 8, 8)
"""Length of a value by the number of its type. Source: TIFF 6.0, section 2, and the design of BigTIFF."""
_BIG = (b"II+\0", b"MM\0+")
_FURTHER = {Base.SubIFDs, Base.ExifOffset, Base.GPSInfo}
"""Tags that lead to further directories, whose parts may lie anywhere."""

_Span = tuple[int, int]


class _Directory(NamedTuple):
    """What the header leads to.

    Attributes:
        spans: First byte and end of the header, the directory and the values outside it.
        leads_further: Whether it leads to further directories.
    """

    spans: list[_Span]
    leads_further: bool


def is_in_place(data: bytes, tags: Tags) -> bool:
    """Whether every strip or tile lies within the file and apart from all else that its header names.

    Behind all of it there may be only zeros where nothing is compressed: bytes too many have moved the rest.

    Some programs store equal tiles, such as blank ones, once. Where they are compressed, two of the same
    length are hardly ever in one place by accident; uncompressed ones all have the same length, and a damaged
    offset may be that of another.
    """
    directory = _read_directory(data)
    pieces = [(offset, offset + count) for offset, count in zip(tags.offsets, tags.counts_bytes, strict=True)]
    is_raw = tags.compression == RAW
    if not _lie_apart(pieces if is_raw else set(pieces), directory.spans):
        return False
    pixels_end = max(end for _, end in pieces)
    if is_raw and not directory.leads_further:
        rest = data[max(pixels_end, *(end for _, end in directory.spans)) :]
        if rest.strip(b"\0"):
            return False
    return pixels_end <= len(data)


def _lie_apart(pieces: Iterable[_Span], others: Iterable[_Span]) -> bool:
    """Whether no piece begins before another or any of the others ends; those may share bytes."""
    pieces_end = others_end = 0
    spans = [*((*piece, True) for piece in pieces), *((*other, False) for other in others)]
    for start, end, is_piece in sorted(spans):
        if start < pieces_end or (is_piece and start < others_end):
            return False
        if is_piece:
            pieces_end = end
        else:
            others_end = max(others_end, end)
    return True


def _read_directory(data: bytes) -> _Directory:
    """Source: TIFF 6.0, section 2, and the design of BigTIFF."""
    order = "<" if data.startswith(b"II") else ">"
    header_bytes, count, room = (16, "Q", "Q") if data.startswith(_BIG) else (8, "H", "I")
    room_bytes = struct.calcsize(room)
    (start,) = struct.unpack_from(order + room, data, header_bytes - room_bytes)
    (entries,) = struct.unpack_from(order + count, data, start)
    entry = struct.Struct(order + "HH" + 2 * room)
    first = start + struct.calcsize(count)
    end = first + entries * entry.size
    spans, tags = [(0, header_bytes), (start, end + room_bytes)], set()
    for tag, kind, values, place in entry.iter_unpack(data[first:end]):
        tags.add(tag)
        value_bytes = values * _TYPE_BYTES[kind] if kind < len(_TYPE_BYTES) else 0
        if value_bytes > room_bytes:
            spans.append((place, place + value_bytes))
    return _Directory(spans, not tags.isdisjoint(_FURTHER))
