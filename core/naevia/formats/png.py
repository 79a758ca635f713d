"""What a PNG says of itself, read before a decoder believes it: size, frames, EXIF, brightness, who drew it.

A damaged length makes OpenCV ask for up to 4 GB for a chunk of a file that has 400 bytes, and as much time.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from typing import NamedTuple

from naevia.errors import ImageError
from naevia.formats.pixels import Admit

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
    """The PNG file with a mark, a tEXt chunk behind its header, by which `read_png_header` knows it again."""
    return data[:_MARK_AT] + _MARK + data[_MARK_AT:]


def is_heatmap(start: bytes) -> bool:
    """Whether a file begins as `marked_as_heatmap` gives it.

    Args:
        start: Its first bytes; 100 of them are enough.
    """
    return start.startswith(_MARK, _MARK_AT)


class PngHeader(NamedTuple):
    """What a PNG says of itself beside its size.

    Attributes:
        frames: Number of pictures in it.
        exif: Its EXIF; empty where it has none.
    """

    frames: int
    exif: bytes


def read_png_header(data: bytes, admit: Admit) -> PngHeader:
    """Go through a file's chunks; refuse it where they are damaged or say that it is not to be decoded.

    Args:
        data: The whole file, which begins as a PNG.
        admit: Asked about the size of the picture.

    Raises:
        ImageError: With code `damaged`: a chunk is cut off or damaged, or they hold too little for the
            picture. With code `unsupported`: HDR, or far too many chunks. With code `not-an-image`: a heat
            map of Naevia. Whatever `admit` raises.
    """
    chunks = _chunks(data)
    kind, header = next(chunks, (b"", memoryview(b"")))
    if kind != b"IHDR" or len(header) != _HEADER.size:
        raise _damaged()
    admit(*_HEADER.unpack(header)[:2])
    stated_frames, frames, compressed_bytes, exif = 1, 1, 0, b""
    for kind, body in chunks:
        if kind == b"IDAT":
            compressed_bytes += len(body)
        elif kind == b"acTL":
            stated_frames = int.from_bytes(body[:4], "big")
        elif kind == b"fcTL" and compressed_bytes:
            frames += 1
        elif kind == b"eXIf":
            exif = bytes(body)
        else:
            _check_extra(kind, body)
    if _decoded_bytes(header) > _MOST_SHRUNK * compressed_bytes:
        raise ImageError(
            "damaged", "the PNG holds too little for the size in its header; export it again from its source"
        )
    return PngHeader(max(stated_frames, frames), exif)


def _check_extra(kind: bytes, body: memoryview) -> None:
    """Refuse HDR and heat maps, by the chunks that say so."""
    if kind == b"cICP" and len(body) > 1 and body[1] in _HDR_TRANSFERS:
        raise ImageError(
            "unsupported",
            "an HDR photo, whose brightness has no rule; export it with standard brightness",
        )
    if kind == b"tEXt" and body == _HEATMAP:
        raise ImageError(
            "not-an-image",
            "a heat map drawn by Naevia, not a photo; choose the photo that it was drawn of",
        )


def _damaged() -> ImageError:
    return ImageError("damaged", "the PNG is cut off or damaged; export it again from its source")


def _chunks(data: bytes) -> Iterator[tuple[bytes, memoryview]]:
    """Kind and body of every chunk down to the end of the picture.

    Raises:
        ImageError: With code `damaged`: one is cut off or has a wrong checksum. With code `unsupported`:
            there are far too many.
    """
    place, kind = _SIGNATURE_BYTES, b""
    for _ in range(_MOST_CHUNKS):
        if kind == b"IEND" or place + _FRAME_BYTES > len(data):
            return
        length, kind = struct.unpack_from(">I4s", data, place)
        end = place + _FRAME_BYTES + length
        chunk = memoryview(data)[place + 4 : end]
        if end > len(data) or zlib.crc32(chunk[:-4]) != int.from_bytes(chunk[-4:], "big"):
            raise _damaged()
        yield kind, chunk[4:-4]
        place = end
    raise ImageError(
        "unsupported", f"the PNG has more than {_MOST_CHUNKS} chunks; export it again from its source"
    )


def _decoded_bytes(header: memoryview) -> int:
    """Least number of bytes that the picture has once it is inflated."""
    width_px, height_px, bits, kind = _HEADER.unpack(header)
    return int(height_px * (-(-width_px * bits * _SAMPLES.get(kind, 1) // 8)))
