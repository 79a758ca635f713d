"""TIFF photos: which layouts are decoded, by whom, and that all others are refused.

A TIFF says in its tags what its numbers mean, and a decoder that does not look guesses: tiles turned one by
one, planes shown side by side, white taken for black. So only what stands in a list here, and was compared
with known pixels, is decoded; for the rest a person is asked for another file. Pillow decodes up to 8 bits
per sample, OpenCV 16 bits; both apply the orientation.
"""

from __future__ import annotations

import io
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL.TiffImagePlugin import TiffImageFile

from naevia._jpeg import Colours, decode_jpeg, read_jpeg_header
from naevia._pixels import decode_opencv, decoded_by_pillow, to_rgb_u8
from naevia._quiet import quiet_warnings
from naevia.errors import ImageError

_WAY_OUT = "export it as PNG, or as TIFF with 8 bits per channel in RGB"
_WHITE_IS_ZERO, _BLACK_IS_ZERO, _RGB, _PALETTE, _CMYK, _YCBCR = 0, 1, 2, 3, 5, 6
_PREMULTIPLIED, _ALPHA = 1, 2
_RAW, _JPEG = 1, 7
_DEFLATED = (8, 32946)
_INFLATED_AT_ONCE_BYTES = 16 * 1024
_PREVIEW_OR_MASK = 0b101
_CONTRADICTS: dict[int, Colours] = {_RGB: "YCC", _YCBCR: "RGB", _CMYK: "YCCK"}
"""What a JPEG must not state of its colours beside a photometric interpretation, which libtiff believes."""

# Photometric interpretation, samples per pixel, and what the samples beyond the colour are.
_Layout = tuple[int, int, tuple[int, ...]]
_BIT: tuple[_Layout, ...] = ((_WHITE_IS_ZERO, 1, ()), (_BLACK_IS_ZERO, 1, ()))
_BYTE: tuple[_Layout, ...] = (
    *_BIT,
    (_PALETTE, 1, ()),
    (_BLACK_IS_ZERO, 2, (_ALPHA,)),
    (_RGB, 3, ()),
    (_RGB, 4, (_PREMULTIPLIED,)),
    (_RGB, 4, (_ALPHA,)),
    (_CMYK, 4, ()),
    (_YCBCR, 3, ()),
)
_DEEP: tuple[_Layout, ...] = ((_BLACK_IS_ZERO, 1, ()), (_RGB, 3, ()), (_RGB, 4, (_ALPHA,)))
_LAYOUTS = {1: _BIT, 8: _BYTE, 16: _DEEP}


def decode_tiff(data: bytes) -> NDArray[np.uint8]:
    """Decode a TIFF file of one page.

    Args:
        data: The whole file.

    Returns:
        Shape (height, width, 3), uint8, RGB, upright. Alpha is laid over white.

    Raises:
        ImageError: With code `unsupported`: its layout has no rule here. With code `damaged`: it is cut off
            or damaged.
    """
    try:
        with quiet_warnings(), TiffImageFile(io.BytesIO(data)) as photo:
            tags = _read_tags(photo.tag_v2)
            _check_layout(tags, photo.tag_v2)
            _check_pieces(tags)
            if tags.compression == _JPEG:
                _check_jpegs(data, tags)
            if tags.compression in _DEFLATED:
                _check_deflated(data, tags)
            if tags.bits <= 8:
                return decoded_by_pillow(photo)
    except ImageError:
        raise
    except Exception as error:  # broken tags make Pillow raise anything at all
        raise ImageError(
            "damaged", "the TIFF is cut off or damaged; export it again from its source"
        ) from error
    return to_rgb_u8(decode_opencv(data, "TIFF"))


@dataclass(frozen=True)
class _Tags:
    """What the tags say that decides how the photo is decoded."""

    width_px: int
    height_px: int
    layout: _Layout
    bits: int
    compression: int
    planes: int
    piece: tuple[int, int]
    offsets: tuple[int, ...]
    counts_bytes: tuple[int, ...]
    is_consistent: bool
    jpeg_tables: bytes


def _read_tags(tags: Mapping[int, Any]) -> _Tags:
    samples = int(tags.get(277, 1))
    bits = set(_many(tags, 258) or (1,))
    tiled = 324 in tags
    width_px, height_px = int(tags[256]), int(tags[257])
    rows = min(int(tags.get(278, height_px)), height_px)
    offsets, counts = _many(tags, 324 if tiled else 273), _many(tags, 325 if tiled else 279)
    return _Tags(
        width_px=width_px,
        height_px=height_px,
        layout=(int(tags.get(262, -1)), samples, _many(tags, 338)),
        bits=bits.pop() if len(bits) == 1 else -1,
        compression=int(tags.get(259, _RAW)),
        planes=samples if tags.get(284, 1) == 2 else 1,
        piece=(int(tags[322]), int(tags[323])) if tiled else (width_px, rows),
        offsets=offsets,
        counts_bytes=counts,
        is_consistent=tiled != (273 in tags) and len(offsets) == len(counts) and min(offsets) > 0,
        jpeg_tables=bytes(tags.get(347, b"")),
    )


def _many(tags: Mapping[int, Any], tag: int) -> tuple[int, ...]:
    value = tags.get(tag, ())
    return tuple(value) if isinstance(value, tuple) else (int(value),)


def _check_layout(tags: _Tags, raw: Mapping[int, Any]) -> None:
    """Refuse every layout that is not known to come out right."""
    kind, samples, extra = tags.layout
    if set(_many(raw, 339)) - {1}:
        _refuse("its numbers are signed, floating-point or undefined, without a brightness for white")
    if int(raw.get(254, 0)) & _PREVIEW_OR_MASK:
        _refuse("its first picture is a preview or a mask, as in raw files of cameras")
    if kind == _WHITE_IS_ZERO and tags.bits == 16:
        _refuse("it is grey of 16 bits with 0 for white")
    if kind == _RGB and samples > 3 and (samples, extra[:1]) not in ((4, (1,)), (4, (2,))):
        _refuse("it does not say what the samples beyond red, green and blue are")
    if tags.layout not in _LAYOUTS.get(tags.bits, ()):
        _refuse(f"its kind of pixels (photometric {kind}, {samples} samples of {tags.bits} bits) has no rule")
    if tags.planes > 1 and (tags.bits, tags.layout) != (8, (_RGB, 3, ())):
        _refuse("its channels lie in separate planes")
    if kind == _YCBCR and tags.compression != _JPEG:
        _refuse("it is YCbCr without JPEG compression")
    if int(raw.get(266, 1)) != 1:
        _refuse("its bits are stored in reverse")
    if kind == _CMYK and int(raw.get(332, 1)) != 1:
        _refuse("its inks are not cyan, magenta, yellow and black")
    if kind == _PALETTE and max(_many(raw, 320)) < 256:
        _refuse("its palette has 8 bits where 16 are expected")


def _refuse(what: str) -> None:
    raise ImageError("unsupported", f"the TIFF cannot be read reliably: {what}; {_WAY_OUT}")


def _check_pieces(tags: _Tags) -> None:
    """Refuse a file whose strips or tiles do not cover the photo; a decoder would leave the rest black."""
    piece_width_px, piece_height_px = tags.piece
    across, down = -(-tags.width_px // piece_width_px), -(-tags.height_px // piece_height_px)
    complete = tags.is_consistent and len(tags.counts_bytes) == across * down * tags.planes
    if complete and tags.compression == _RAW:
        row_bits = piece_width_px * tags.bits * (tags.layout[1] // tags.planes)
        tall_px = (
            tags.height_px if across == 1 and piece_width_px == tags.width_px else down * piece_height_px
        )
        complete = sum(tags.counts_bytes) >= -(-row_bits // 8) * across * tall_px * tags.planes
    if not complete or min(tags.counts_bytes) < 1:
        raise ImageError(
            "damaged", "parts of the TIFF are missing or out of place; export it again from its source"
        )


def _check_jpegs(data: bytes, tags: _Tags) -> None:
    """Refuse a file one of whose JPEG strips or tiles is damaged, or of other colours than its tags say.

    libtiff would only warn, or not even that.

    Raises:
        ImageError: With code `damaged` or `unsupported`.
    """
    for offset, count_bytes in zip(tags.offsets, tags.counts_bytes, strict=True):
        piece = data[offset : offset + count_bytes]
        jpeg = tags.jpeg_tables[:-2] + piece[2:] if tags.jpeg_tables else piece
        header = read_jpeg_header(jpeg)
        if header.width_px > tags.piece[0] or header.height_px > tags.piece[1]:
            raise ImageError(
                "damaged", "a part of the TIFF has another size than its tags say; export it again"
            )
        if header.colours and header.colours == _CONTRADICTS.get(tags.layout[0]):
            _refuse("its tags and the JPEG inside contradict each other about its colours")
        decode_jpeg(jpeg)


def _check_deflated(data: bytes, tags: _Tags) -> None:
    """Refuse a file one of whose deflated strips or tiles is damaged; libtiff stops before its checksum.

    Raises:
        ImageError: With code `damaged`.
    """
    width_px, height_px = tags.piece
    row_bytes = -(-width_px * tags.bits * (tags.layout[1] // tags.planes) // 8)
    for offset, count_bytes in zip(tags.offsets, tags.counts_bytes, strict=True):
        if not _is_whole_zlib(memoryview(data)[offset : offset + count_bytes], row_bytes * height_px):
            raise ImageError(
                "damaged", "a part of the TIFF is cut off or damaged; export it again from its source"
            )


def _is_whole_zlib(deflated: memoryview, most_bytes: int) -> bool:
    """Whether a zlib stream ends with the checksum of what it holds, and holds no more than it may."""
    inflater, inflated_bytes = zlib.decompressobj(), 0
    for start in range(0, len(deflated), _INFLATED_AT_ONCE_BYTES):
        try:
            inflated_bytes += len(inflater.decompress(deflated[start : start + _INFLATED_AT_ONCE_BYTES]))
        except zlib.error:
            return False
        if inflater.eof or inflated_bytes > most_bytes:
            break
    return inflater.eof and inflated_bytes <= most_bytes
