"""What the tags of a TIFF say of its pixels, and which layouts and compressions come out right.

A decoder that does not look at the tags guesses: tiles turned one by one, planes shown side by side, white
taken for black. So only what stands in a list here, and was compared with known pixels, is decoded; for the
rest a person is asked for another file.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

from PIL.ExifTags import Base
from PIL.TiffImagePlugin import COMPRESSION_INFO

from naevia.errors import ImageError

WHITE_IS_ZERO, BLACK_IS_ZERO, RGB, PALETTE, CMYK, YCBCR = 0, 1, 2, 3, 5, 6
_PREMULTIPLIED, _ALPHA = 1, 2
_PREVIEW_OR_MASK = 0b101
_WAY_OUT = "export it as PNG, or as TIFF with 8 bits per channel in RGB"

# Photometric interpretation, samples per pixel, and what the samples beyond the colour are.
_Layout = tuple[int, int, tuple[int, ...]]
_BIT: tuple[_Layout, ...] = ((WHITE_IS_ZERO, 1, ()), (BLACK_IS_ZERO, 1, ()))
_BYTE: tuple[_Layout, ...] = (
    *_BIT,
    (PALETTE, 1, ()),
    (BLACK_IS_ZERO, 2, (_ALPHA,)),
    (RGB, 3, ()),
    (RGB, 4, (_PREMULTIPLIED,)),
    (RGB, 4, (_ALPHA,)),
    (CMYK, 4, ()),
    (YCBCR, 3, ()),
)
_DEEP: tuple[_Layout, ...] = ((BLACK_IS_ZERO, 1, ()), (RGB, 3, ()), (RGB, 4, (_ALPHA,)))
_LAYOUTS = {1: _BIT, 8: _BYTE, 16: _DEEP}

# Compressions, by Pillow's names.
RAW, JPEG = "raw", "jpeg"
DEFLATED = ("tiff_adobe_deflate", "tiff_deflate")
_EVERYWHERE = (RAW, "tiff_lzw", *DEFLATED, "packbits")
_COMPRESSIONS = {
    1: (*_EVERYWHERE, "tiff_ccitt", "group3", "group4", "zstd", "lzma"),
    8: (*_EVERYWHERE, JPEG, "zstd", "lzma"),
    16: _EVERYWHERE,
}


@dataclass(frozen=True)
class Tags:
    """What the tags say that decides how the photo is decoded.

    Attributes:
        width_px: Width as stored.
        height_px: Height as stored.
        layout: Photometric interpretation, samples per pixel, and what the samples beyond the colour are.
        bits: Bits per sample; -1 where they differ.
        compression: Its name in Pillow.
        planes: 1, or the number of samples where each has a plane of its own.
        is_tiled: Whether it is stored in tiles, not in strips.
        piece: Width and height of a tile or strip, the last strip possibly being lower.
        offsets: Where each tile or strip begins.
        counts_bytes: How long each is.
        is_consistent: Whether offsets and lengths belong together.
        jpeg_tables: What all JPEGs in the file have in common.
    """

    width_px: int
    height_px: int
    layout: _Layout
    bits: int
    compression: str
    planes: int
    is_tiled: bool
    piece: tuple[int, int]
    offsets: tuple[int, ...]
    counts_bytes: tuple[int, ...]
    is_consistent: bool
    jpeg_tables: bytes

    @property
    def row_bytes(self) -> int:
        """Length of a row of a strip or tile before it is compressed."""
        return -(-self.piece[0] * self.bits * (self.layout[1] // self.planes) // 8)


def read_tags(raw: Mapping[int, Any]) -> Tags:
    """The tags of the first page; those that are missing or no numbers raise anything at all."""
    samples = int(raw.get(Base.SamplesPerPixel, 1))
    bits = set(_many(raw, Base.BitsPerSample) or (1,))
    tiled = Base.TileOffsets in raw
    width_px, height_px = int(raw[Base.ImageWidth]), int(raw[Base.ImageLength])
    rows = min(int(raw.get(Base.RowsPerStrip, height_px)), height_px)
    offsets = _many(raw, Base.TileOffsets if tiled else Base.StripOffsets)
    counts = _many(raw, Base.TileByteCounts if tiled else Base.StripByteCounts)
    return Tags(
        width_px=width_px,
        height_px=height_px,
        layout=(int(raw.get(Base.PhotometricInterpretation, -1)), samples, _many(raw, Base.ExtraSamples)),
        bits=bits.pop() if len(bits) == 1 else -1,
        compression=COMPRESSION_INFO.get(int(raw.get(Base.Compression, 1)), "unknown"),
        planes=samples if raw.get(Base.PlanarConfiguration, 1) == 2 else 1,
        is_tiled=tiled,
        piece=(int(raw[Base.TileWidth]), int(raw[Base.TileLength])) if tiled else (width_px, rows),
        offsets=offsets,
        counts_bytes=counts,
        is_consistent=tiled != (Base.StripOffsets in raw)
        and len(offsets) == len(counts)
        and min(offsets) > 0,
        jpeg_tables=bytes(raw.get(Base.JPEGTables, b"")),
    )


def _many(raw: Mapping[int, Any], tag: int) -> tuple[int, ...]:
    value = raw.get(tag, ())
    return tuple(value) if isinstance(value, tuple) else (int(value),)


def check_layout(tags: Tags, raw: Mapping[int, Any]) -> None:
    """Refuse every layout and compression that is not known to come out right.

    Raises:
        ImageError: With code `unsupported`.
    """
    kind, samples, extra = tags.layout
    if set(_many(raw, Base.SampleFormat)) - {1}:
        refuse("its numbers are signed, floating-point or undefined, without a brightness for white")
    if int(raw.get(Base.NewSubfileType, 0)) & _PREVIEW_OR_MASK:
        refuse("its first picture is a preview or a mask, as in raw files of cameras")
    if kind == WHITE_IS_ZERO and tags.bits == 16:
        refuse("it is grey of 16 bits with 0 for white")
    if kind == RGB and samples > 3 and (samples, extra[:1]) not in ((4, (1,)), (4, (2,))):
        refuse("it does not say what the samples beyond red, green and blue are")
    if tags.layout not in _LAYOUTS.get(tags.bits, ()):
        refuse(f"its kind of pixels (photometric {kind}, {samples} samples of {tags.bits} bits) has no rule")
    if tags.planes > 1 and (tags.bits, tags.layout) != (8, (RGB, 3, ())):
        refuse("its channels lie in separate planes")
    if kind == YCBCR and tags.compression != JPEG:
        refuse("it is YCbCr without JPEG compression")
    if tags.compression not in _COMPRESSIONS[tags.bits]:
        refuse(
            f"its {tags.bits} bits are compressed as {tags.compression}",
            "save it with LZW, Deflate or without compression",
        )
    if int(raw.get(Base.FillOrder, 1)) != 1:
        refuse("its bits are stored in reverse")
    if kind == CMYK and int(raw.get(Base.InkSet, 1)) != 1:
        refuse("its inks are not cyan, magenta, yellow and black")
    if kind == PALETTE and max(_many(raw, Base.ColorMap)) < 256:
        refuse("its palette has 8 bits where 16 are expected")


def refuse(what: str, way_out: str = _WAY_OUT) -> NoReturn:
    """Refuse a TIFF that a decoder would have to guess about."""
    raise ImageError("unsupported", f"the TIFF cannot be read reliably: {what}; {way_out}")
