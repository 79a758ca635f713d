"""TIFF photos: decoded where all of it is there, by Pillow up to 8 bits per sample, by OpenCV with 16 bits.

Both decoders apply the orientation. Both leave black what a strip or tile lacks, so each is measured before.
"""

from __future__ import annotations

import io
import zlib

import numpy as np
from numpy.typing import NDArray
from PIL.TiffImagePlugin import TiffImageFile

from naevia._quiet import quiet_warnings
from naevia.errors import ImageError
from naevia.formats.jpeg import Colours, decode_jpeg, read_jpeg_header
from naevia.formats.pixels import Admit, decode_opencv, decoded_by_pillow, to_rgb_u8
from naevia.formats.tiff_places import is_in_place
from naevia.formats.tiff_tags import (
    CMYK,
    DEFLATED,
    JPEG,
    RAW,
    RGB,
    YCBCR,
    Tags,
    check_layout,
    read_tags,
    refuse,
)

_INFLATED_AT_ONCE_BYTES = 16 * 1024
_WORD_BYTES = 4
_CONTRADICTS: dict[int, Colours] = {RGB: "YCC", YCBCR: "RGB", CMYK: "YCCK"}
"""What a JPEG must not state of its colours beside a photometric interpretation, which libtiff believes."""


def decode_tiff(data: bytes, admit: Admit) -> NDArray[np.uint8]:
    """Decode a TIFF file of one page.

    Args:
        data: The whole file.
        admit: Asked about the size of a strip or tile: one tile can be far larger than the photo.

    Returns:
        Shape (height, width, 3), uint8, RGB, upright. Alpha is laid over white.

    Raises:
        ImageError: With code `unsupported`: its layout has no rule here. With code `damaged`: it is cut off
            or damaged. Whatever `admit` raises.
    """
    try:
        with quiet_warnings, TiffImageFile(io.BytesIO(data)) as photo:
            tags = read_tags(photo.tag_v2)
            check_layout(tags, photo.tag_v2)
            admit(*tags.piece)
            _check_pieces(data, tags)
            if tags.compression == JPEG:
                _check_jpegs(data, tags)
            if tags.compression in DEFLATED:
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


def _check_pieces(data: bytes, tags: Tags) -> None:
    """Refuse a file whose strips or tiles do not cover the photo, each with bytes of its own in the file."""
    across, down = -(-tags.width_px // tags.piece[0]), -(-tags.height_px // tags.piece[1])
    complete = (
        tags.is_consistent
        and len(tags.counts_bytes) == across * down * tags.planes
        and min(tags.counts_bytes) > 0
        and is_in_place(data, tags)
    )
    if complete and tags.compression == RAW:
        complete = all(_has_its_size(tags, number) for number in range(len(tags.counts_bytes)))
    if not complete:
        raise ImageError(
            "damaged", "parts of the TIFF are missing or out of place; export it again from its source"
        )


def _has_its_size(tags: Tags, number: int) -> bool:
    """Whether a strip or tile that is not compressed has the bytes of its pixels.

    Some programs fill up to whole words. A byte more in every row says that the width is wrong.
    """
    heights_px = _heights_px(tags, number)
    surplus_bytes = max(_WORD_BYTES, heights_px[-1])
    least_bytes, most_bytes = tags.row_bytes * heights_px[0], tags.row_bytes * heights_px[-1]
    return least_bytes <= tags.counts_bytes[number] < most_bytes + surplus_bytes


def _check_jpegs(data: bytes, tags: Tags) -> None:
    """Refuse a file one of whose JPEG strips or tiles is damaged, or of other colours than its tags say.

    libtiff would only warn, or not even that.

    Raises:
        ImageError: With code `damaged` or `unsupported`.
    """
    pieces = zip(tags.offsets, tags.counts_bytes, strict=True)
    for number, (offset, count_bytes) in enumerate(pieces):
        piece = data[offset : offset + count_bytes]
        jpeg = tags.jpeg_tables[:-2] + piece[2:] if tags.jpeg_tables else piece
        header = read_jpeg_header(jpeg)
        if header.width_px != tags.piece[0] or header.height_px not in _heights_px(tags, number):
            raise ImageError(
                "damaged", "a part of the TIFF has another size than its tags say; export it again"
            )
        if header.colours and header.colours == _CONTRADICTS.get(tags.layout[0]):
            refuse("its tags and the JPEG inside contradict each other about its colours")
        decode_jpeg(jpeg)


def _heights_px(tags: Tags, number: int) -> range:
    """The heights a strip or tile may have; the last strip needs no more rows than the photo has left."""
    most_px = tags.piece[1]
    if tags.is_tiled:
        return range(most_px, most_px + 1)
    strips = -(-tags.height_px // most_px)
    left_px = tags.height_px - number % strips * most_px
    return range(min(most_px, left_px), most_px + 1)


def _check_deflated(data: bytes, tags: Tags) -> None:
    """Refuse a file one of whose deflated strips or tiles is damaged; libtiff stops before its checksum.

    Raises:
        ImageError: With code `damaged`.
    """
    most_bytes = tags.row_bytes * tags.piece[1]
    for offset, count_bytes in zip(tags.offsets, tags.counts_bytes, strict=True):
        if not _is_whole_zlib(memoryview(data)[offset : offset + count_bytes], most_bytes):
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
