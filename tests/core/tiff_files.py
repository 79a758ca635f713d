"""TIFF files for tests, written byte by byte, because no library in the dependencies writes all layouts."""

from __future__ import annotations

import struct
import zlib

import numpy as np
import pytest

from naevia.errors import ImageError
from naevia.image import decode_photo
from naevia.synthetic import draw_lesion

LESION = draw_lesion("mel", seed=1, width_px=70, height_px=45)
GREY = LESION[..., 1]
ALPHA = np.tile(np.linspace(60, 255, 70).astype(np.uint8), (45, 1))
MIN_IS_WHITE, MIN_IS_BLACK, RGB, PALETTE, CMYK, YCBCR, LAB = 0, 1, 2, 3, 5, 6, 8
ORIENTATION, EXTRA_SAMPLES, SAMPLE_FORMAT = 274, 338, 339
Tags = dict[int, tuple[int, ...]]


def tiff(
    pixels: np.ndarray,
    photometric: int,
    *,
    tile: int | None = None,
    planar: bool = False,
    deflated: bool = False,
    big: bool = False,
    tags: Tags | None = None,
) -> bytes:
    """A little-endian TIFF with strips of 16 rows or square tiles, its directory before its pixels."""
    pixels = pixels if pixels.ndim == 3 else pixels[..., None]
    height, width, samples = pixels.shape
    pieces = []
    for plane in np.split(pixels, samples, axis=2) if planar else [pixels]:
        if tile:
            padded = np.pad(plane, ((0, -height % tile), (0, -width % tile), (0, 0)))
            blocks = [
                padded[y : y + tile, x : x + tile]
                for y in range(0, height, tile)
                for x in range(0, width, tile)
            ]
        else:
            blocks = [plane[y : y + 16] for y in range(0, height, 16)]
        pieces += [np.ascontiguousarray(block).tobytes() for block in blocks]
    if deflated:
        pieces = [zlib.compress(piece) for piece in pieces]
    entries: Tags = {
        256: (width,),
        257: (height,),
        258: (pixels.itemsize * 8,) * samples,
        259: (8 if deflated else 1,),
        262: (photometric,),
        277: (samples,),
        284: (2 if planar else 1,),
    }
    entries |= {322: (tile,), 323: (tile,)} if tile else {278: (16,)}
    entries |= tags or {}
    return assemble(entries, pieces, 324 if tile else 273, 325 if tile else 279, big=big)


def assemble(entries: Tags, pieces: list[bytes], offsets: int, counts: int, *, big: bool) -> bytes:
    number, word, header = ("Q", "Q", 16) if big else ("I", "H", 8)
    room = 8 if big else 4
    count = len(entries) + 2
    directory_bytes = struct.calcsize("<" + word) + count * (4 + 2 * room) + room
    values_at = header + directory_bytes
    pixels_at = values_at + sum(4 * len(values) for values in entries.values()) + 16 * len(pieces)
    starts = pixels_at + np.cumsum([0] + [len(piece) for piece in pieces[:-1]])
    entries = entries | {offsets: tuple(starts.tolist()), counts: tuple(len(piece) for piece in pieces)}
    directory, values = struct.pack("<" + word, count), b""
    for tag, items in sorted(entries.items()):
        kind, letter = (4, "I") if tag in (offsets, counts) else (3, "H")
        body = struct.pack(f"<{len(items)}{letter}", *items)
        directory += struct.pack("<HH" + number, tag, kind, len(items))
        if len(body) > room:
            body, values = struct.pack("<" + number, values_at + len(values)), values + body
        directory += body.ljust(room, b"\0")
    start = struct.pack("<2sHHHQ", b"II", 43, 8, 0, 16) if big else struct.pack("<2sHI", b"II", 42, 8)
    head = start + directory + bytes(room) + values
    return head.ljust(pixels_at, b"\0") + b"".join(pieces)


def refusal(data: bytes) -> ImageError:
    with pytest.raises(ImageError) as caught:
        decode_photo(data)
    return caught.value
