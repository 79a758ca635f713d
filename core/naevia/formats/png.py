"""What a PNG file says of itself, checked before a decoder believes it: size, brightness, who drew it.

A damaged length makes OpenCV ask for up to 4 GB for a chunk of a file that has 400 bytes, and as much time.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator

from naevia.errors import ImageError

_SIGNATURE_BYTES, _FRAME_BYTES = 8, 12
_HEADER = struct.Struct(">IIBBxxx")
_SAMPLES = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
_MOST_CHUNKS = 100_000
"""More than the largest photo has in the 8 KiB that libpng gives a chunk; each costs time in every reader."""
_MOST_SHRUNK = 1032
"""How many bytes a byte of deflate can become at most. Source: zlib, "Technical Details"."""
_HDR_TRANSFERS = (16, 18)
"""What cICP calls the brightness curves of HDR, PQ and HLG. Source: ITU-T H.273, table 3."""
_HEATMAP = b"Naevia\0heat map"
"""Keyword and text of the chunk that marks a heat map."""
_MARKED = b"tEXt" + _HEATMAP
_MARK = struct.pack(">I", len(_HEATMAP)) + _MARKED + struct.pack(">I", zlib.crc32(_MARKED))
_MARK_AT = _SIGNATURE_BYTES + _FRAME_BYTES + _HEADER.size
"""Behind the header."""


def marked_as_heatmap(data: bytes) -> bytes:
    """The PNG file with a mark by which `check_png` knows it again: behind its header, as a tEXt chunk."""
    return data[:_MARK_AT] + _MARK + data[_MARK_AT:]


def is_heatmap(start: bytes) -> bool:
    """Whether a file begins as `marked_as_heatmap` gives it.

    Args:
        start: Its first bytes; 100 of them are enough.
    """
    return start.startswith(_MARK, _MARK_AT)


def check_chunks(data: bytes) -> None:
    """Refuse a PNG with far too many chunks before its pixels, before another reader goes through them.

    Args:
        data: The whole file, which begins as a PNG.

    Raises:
        ImageError: With code `unsupported`, and `damaged` where a chunk is cut off.
    """
    for kind, _ in _chunks(data):
        if kind == b"IDAT":
            return


def check_png(data: bytes) -> None:
    """Refuse a file that is shorter than its chunks say, or too short for its picture, or HDR, or a heat map.

    Args:
        data: The whole file, which begins as a PNG.

    Raises:
        ImageError: With code `damaged`, `unsupported` for HDR, `not-an-image` for a heat map of Naevia.
    """
    header, compressed_bytes = b"", 0
    for kind, body in _chunks(data):
        if kind == b"IHDR":
            header = bytes(body)
        elif kind == b"IDAT":
            compressed_bytes += len(body)
        elif kind == b"cICP" and len(body) > 1 and body[1] in _HDR_TRANSFERS:
            raise ImageError(
                "unsupported",
                "an HDR photo, whose brightness has no rule; export it with standard brightness",
            )
        elif kind == b"tEXt" and body == _HEATMAP:
            raise ImageError(
                "not-an-image",
                "a heat map drawn by Naevia, not a photo; choose the photo that it was drawn of",
            )
    if len(header) != _HEADER.size or _decoded_bytes(header) > _MOST_SHRUNK * compressed_bytes:
        raise ImageError(
            "damaged", "the PNG holds too little for the size in its header; export it again from its source"
        )


def _chunks(data: bytes) -> Iterator[tuple[bytes, memoryview]]:
    """Kind and body of every chunk down to the end of the picture.

    Raises:
        ImageError: With code `damaged`: one is cut off. With code `unsupported`: there are far too many.
    """
    place, kind = _SIGNATURE_BYTES, b""
    for _ in range(_MOST_CHUNKS):
        if kind == b"IEND" or place + _FRAME_BYTES > len(data):
            return
        length, kind = struct.unpack_from(">I4s", data, place)
        end = place + _FRAME_BYTES + length
        if end > len(data):
            raise ImageError("damaged", "the PNG is cut off or damaged; export it again from its source")
        yield kind, memoryview(data)[place + 8 : end - 4]
        place = end
    raise ImageError(
        "unsupported", f"the PNG has more than {_MOST_CHUNKS} chunks; export it again from its source"
    )


def _decoded_bytes(header: bytes) -> int:
    """Least number of bytes that the picture has once it is inflated."""
    width_px, height_px, bits, kind = _HEADER.unpack(header)
    return int(height_px * (-(-width_px * bits * _SAMPLES.get(kind, 1) // 8)))
