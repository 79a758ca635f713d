"""What a PNG file says of itself, checked before a decoder believes it: size, brightness, who drew it.

A damaged length makes OpenCV ask for up to 4 GB for a chunk of a file that has 400 bytes, and as much time.
"""

from __future__ import annotations

import struct
import zlib

from naevia.errors import ImageError

_SIGNATURE_BYTES, _FRAME_BYTES = 8, 12
_HEADER = struct.Struct(">IIBBxxx")
_SAMPLES = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
_MOST_SHRUNK = 1032
"""How many bytes a byte of deflate can become at most. Source: zlib, "Technical Details"."""
_HDR_TRANSFERS = (16, 18)
"""What cICP calls the brightness curves of HDR, PQ and HLG. Source: ITU-T H.273, table 3."""
_HEATMAP = b"Naevia\0heat map"
"""Keyword and text of the chunk that marks a heat map."""


def marked_as_heatmap(data: bytes) -> bytes:
    """The PNG file with a mark by which `check_png` knows it again: behind its header, as a tEXt chunk."""
    place = _SIGNATURE_BYTES + _FRAME_BYTES + _HEADER.size
    body = b"tEXt" + _HEATMAP
    chunk = struct.pack(">I", len(_HEATMAP)) + body + struct.pack(">I", zlib.crc32(body))
    return data[:place] + chunk + data[place:]


def check_png(data: bytes) -> None:
    """Refuse a file that is shorter than its chunks say, or too short for its picture, or HDR, or a heat map.

    Args:
        data: The whole file, which begins as a PNG.

    Raises:
        ImageError: With code `damaged`, `unsupported` for HDR, `not-an-image` for a heat map of Naevia.
    """
    place, header, compressed_bytes = _SIGNATURE_BYTES, b"", 0
    while place + _FRAME_BYTES <= len(data):
        length, kind = struct.unpack_from(">I4s", data, place)
        if place + _FRAME_BYTES + length > len(data):
            raise ImageError("damaged", "the PNG is cut off or damaged; export it again from its source")
        if kind == b"IHDR":
            header = data[place + 8 : place + 8 + length]
        elif kind == b"IDAT":
            compressed_bytes += length
        elif kind == b"cICP" and length > 1 and data[place + 9] in _HDR_TRANSFERS:
            raise ImageError(
                "unsupported",
                "an HDR photo, whose brightness has no rule; export it with standard brightness",
            )
        elif kind == b"tEXt" and data[place + 8 : place + 8 + length] == _HEATMAP:
            raise ImageError(
                "not-an-image",
                "a heat map drawn by Naevia, not a photo; choose the photo that it was drawn of",
            )
        elif kind == b"IEND":
            break
        place += _FRAME_BYTES + length
    if len(header) != _HEADER.size or _decoded_bytes(header) > _MOST_SHRUNK * compressed_bytes:
        raise ImageError(
            "damaged", "the PNG holds too little for the size in its header; export it again from its source"
        )


def _decoded_bytes(header: bytes) -> int:
    """Least number of bytes that the picture has once it is inflated."""
    width_px, height_px, bits, kind = _HEADER.unpack(header)
    return int(height_px * (-(-width_px * bits * _SAMPLES.get(kind, 1) // 8)))
