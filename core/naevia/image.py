"""Reading one photo from a file into upright RGB pixels.

What each kind of file becomes:

- Format: recognised by content, never by the file's name. JPEG is decoded by libjpeg-turbo through
  simplejpeg, PNG and WebP by OpenCV, BMP by Pillow, TIFF by Pillow (up to 8 bits) or OpenCV (16 bits), DICOM
  by pydicom, HEIF by pillow-heif where the `heif` extra is installed. AVIF is refused.
- Size: read from the header and refused above `MAX_PIXELS` before anything is decoded, and so is that of the
  tiles of a TIFF, which can be larger than the photo. Of very large photos one is decoded at a time, and of
  very large files one is read at a time, however many threads there are.
- Orientation: 1 to 8 as EXIF, or the tags of a TIFF, give it; any other value counts as 1. XMP is not asked:
  programs leave what it says beside pixels that they have turned. HEIF turns and mirrors by its own
  properties, which make its EXIF orientation void.
- 16 bits per channel: scaled to 8 by value / 257, rounded.
- Grey: the same value in all three channels. Palette: looked up. Grey DICOM goes through the file's rescale
  and first window, or is shown over all that its bits can hold; it is never stretched to its own range.
  Grey DICOM with a lookup table or a falling scale is refused.
- Alpha: laid over white. In TIFF and BMP only where the file says that a fourth sample is alpha.
- CMYK: converted to RGB by the decoder, without a colour profile. Embedded profiles are not applied.
- Contradictions: where the tags of a TIFF or DICOM say other colours, size or channels than the JPEG or JPEG
  2000 inside, it is refused. One exception: what a JPEG in DICOM states of its own colours counts, because
  many systems write RGB beside any JPEG. Where nothing is stated, false tags cannot be seen.
- HDR: a PNG that says so by a cICP chunk is refused.
- TIFF: strips or tiles, classic or little-endian BigTIFF, of grey, palette, RGB, CMYK or JPEG-compressed
  YCbCr with 8 bits, of grey and RGB with 16 bits, of grey with 1 bit; alpha beside RGB and 8-bit grey; planes
  only for 8-bit RGB. Premultiplied alpha is divided out where it is RGB of 8 bits. Everything else is
  refused, because decoders guess there: 16-bit planes, 16-bit grey with 0 for white, samples of unknown
  meaning, signed and floating-point numbers, Lab, other YCbCr, other bit depths, and the previews that raw
  files of cameras begin with.
- TIFF compression: none, LZW, Deflate and PackBits; with 8 bits JPEG, Zstandard and LZMA too; with 1 bit
  Zstandard, LZMA and those of fax machines too.
- Several frames (animation, multi-page TIFF, multi-frame DICOM, HEIF with several photos or a film):
  refused, because the file does not say which frame is meant. The extra pictures that phones append to a
  JPEG are ignored.
- DICOM colour: RGB of 8 or 16 bits, palettes, and the YBR kinds of 8 bits; others are refused. 8 bits may lie
  in words of 16 where the tags say so.
- DICOM files may lack their preamble, but not the header that says how they are stored.
- DICOM pixels: stored as they are, or as JPEG, JPEG 2000 or RLE; others are refused, deflated files too.
- Files that are cut off, and JPEGs that are damaged inside or lack scans, within TIFF and DICOM too: refused.
  A half-decoded photo would give an answer that looks sure. So are PNG and deflated TIFF whose checksum is
  wrong. Damage that leaves a JPEG formally valid cannot be seen. Nor can much of the damage inside what has
  no checksum: pixels stored uncompressed, WebP, HEIF, RLE in BMP, TIFF with LZW, PackBits, Zstandard or LZMA,
  and JPEG 2000 and RLE within DICOM; their decoders notice only what breaks a rule.
- Uncompressed BMP, TIFF and DICOM that hold more pixels than their header says, or bytes that it does not
  account for, or whose pixels begin within it: refused. A wrong width would shear the photo, a wrong place
  exchange its colours. WebP of another length than its header says is refused, too.
- JPEGs with arithmetic coding, within TIFF and DICOM too: refused, because damage inside cannot be seen.
- JPEGs of more than 100 scans, and JPEGs and PNGs of far too many parts: refused, because each costs time.
- Heat maps that Naevia drew: refused by a mark in the PNG.
"""

from __future__ import annotations

import hashlib
import io
import os
import stat
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image as PillowImage
from PIL import UnidentifiedImageError
from PIL.ExifTags import Base

from naevia._quiet import quiet_warnings
from naevia.errors import ImageError
from naevia.formats.bmp import BITMAPS, decode_bmp
from naevia.formats.dicom import decode_dicom, is_bare_dataset, is_dicom
from naevia.formats.heif import decode_heif, is_heif
from naevia.formats.jpeg import check_segments, decode_jpeg
from naevia.formats.pixels import LARGE_TURN, Admit, admission, check_decoded, decode_opencv, to_rgb_u8
from naevia.formats.png import read_png_header
from naevia.formats.tiff import decode_tiff
from naevia.formats.webp import check_webp

MAX_PIXELS = 100_000_000
"""Largest photo that is decoded, in pixels; more than any dermatoscope gives."""

MAX_BYTES = 512 * 1024 * 1024
"""Largest file that is read into memory."""

_LARGE_BYTES = 50_000_000

EXTENSIONS = {
    "JPEG": frozenset({".jpg", ".jpeg", ".jpe", ".jfif"}),
    "PNG": frozenset({".png"}),
    "BMP": frozenset({".bmp", ".dib"}),
    "DIB": frozenset({".bmp", ".dib"}),
    "TIFF": frozenset({".tif", ".tiff"}),
    "WEBP": frozenset({".webp"}),
    "DICOM": frozenset({".dcm", ".dicom"}),
    "HEIF": frozenset({".heic", ".heif"}),
}
"""How files of each `Photo.format` are usually named, in lower case; reading a photo never looks at it."""

_EMPTY = "the file is empty (0 bytes); copy it again from its source"
_DAMAGED_HEADER = "the header of the image is damaged; export it again from its source"
_ODD_TIFF = (
    "a TIFF with a damaged header, an unusual compression or of a kind that has no rule; export it as PNG, "
    "or as 8-bit RGB TIFF with LZW, Deflate or without compression"
)
_BIG_ENDIAN_BIGTIFF = (
    "a BigTIFF in big-endian order, which is not read; export it as PNG, or as TIFF in little-endian order"
)
_ODD_BMP = "a BMP with channels, a compression or a header of a kind that has no rule; export it as PNG"
_BARE_DATASET = (
    "a DICOM data set without preamble and header, which does not say how it is stored; export it as a DICOM "
    "file, JPEG or PNG"
)
_JPEG_MAGIC, _PNG_MAGIC = b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n"
_MAGIC = (_JPEG_MAGIC, _PNG_MAGIC, b"BM", b"RIFF")
_TIFF_MAGIC = (b"II*\0", b"MM\0*", b"II+\0")
_BY_PILLOW = ("JPEG", *BITMAPS, "TIFF", "WEBP")


@dataclass(frozen=True, eq=False)
class Photo:
    """A decoded photo.

    Attributes:
        rgb_u8: Pixels, shape (height, width, 3), uint8, RGB, upright, contiguous.
        sha256: Hash of the file's bytes, 64 hexadecimal digits.
        format: What the file really is, such as `JPEG`.
    """

    rgb_u8: NDArray[np.uint8]
    sha256: str
    format: str

    @property
    def width_px(self) -> int:
        """Width after orientation."""
        return int(self.rgb_u8.shape[1])

    @property
    def height_px(self) -> int:
        """Height after orientation."""
        return int(self.rgb_u8.shape[0])


def looks_like_an_image(start: bytes) -> bool:
    """Whether a file begins like an image, be it one that is refused.

    Args:
        start: Its first bytes; 132 of them are enough.
    """
    return start.startswith((*_MAGIC, *_TIFF_MAGIC, b"GIF8")) or is_dicom(start) or is_heif(start)


def read_photo(path: str | Path, *, max_pixels: int = MAX_PIXELS) -> Photo:
    """Read and decode one image file.

    Args:
        path: The file.
        max_pixels: Refuse larger photos before decoding them.

    Raises:
        ImageError: The file is missing, empty, no image, damaged, too large or of a kind that has no rule;
            its `code` says which.
    """
    with ExitStack() as turn:
        return decode_photo(_read_bytes(Path(path), turn), max_pixels=max_pixels)


def decode_photo(data: bytes, *, max_pixels: int = MAX_PIXELS) -> Photo:
    """Decode the bytes of one image file.

    Args:
        data: The whole file.
        max_pixels: Refuse larger photos before decoding them.

    Raises:
        ImageError: As for `read_photo`.
    """
    if not data:
        raise ImageError("empty", _EMPTY)
    with admission(max_pixels) as admit:
        if is_dicom(data):
            kind, rgb_u8 = "DICOM", decode_dicom(data, admit)
        elif is_heif(data):
            kind, rgb_u8 = "HEIF", decode_heif(data, admit)
        else:
            kind, rgb_u8 = _decode_common(data, admit)
    check_decoded(rgb_u8, max_pixels)
    return Photo(np.ascontiguousarray(rgb_u8), hashlib.sha256(data).hexdigest(), kind)


def _read_bytes(path: Path, turn: ExitStack) -> bytes:
    """The whole file, of the large ones one at a time until the turn ends, however few pixels it has."""
    try:
        size_bytes = _size_bytes(path.stat())  # before it is opened: that alone can wake a device
        if size_bytes > _LARGE_BYTES:
            turn.enter_context(LARGE_TURN)
        with open(path, "rb", opener=_open_without_waiting) as file:
            return file.read(_size_bytes(os.fstat(file.fileno())))
    except FileNotFoundError as error:
        raise ImageError("not-found", "there is no such file; check the name") from error
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise ImageError("unreadable", f"the file cannot be opened: {reason}") from error


def _open_without_waiting(path: str, flags: int) -> int:
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


def _size_bytes(status: os.stat_result) -> int:
    """How much is to be read, refused where it is nothing or too much; files of the system say nothing."""
    if stat.S_ISDIR(status.st_mode):
        raise ImageError(
            "not-an-image", "expected an image file, found a folder; use `naevia scan` for folders"
        )
    if not stat.S_ISREG(status.st_mode):
        raise ImageError("not-an-image", "expected an image file, found a device or a pipe; name a file")
    if status.st_size == 0:
        raise ImageError("empty", _EMPTY)
    if status.st_size > MAX_BYTES:
        raise ImageError(
            "too-large",
            f"the file has {status.st_size / 2**20:.0f} MiB, the limit is {MAX_BYTES // 2**20} MiB; "
            "export a smaller one",
        )
    return status.st_size


def _decode_common(data: bytes, admit: Admit) -> tuple[str, NDArray[np.uint8]]:
    header = _read_header(data, admit)
    if header.frames > 1:
        raise ImageError(
            "several-frames",
            f"the file holds {header.frames} frames, expected one photo; export the frame that is meant",
        )
    if header.format == "JPEG":
        return header.format, _upright(decode_jpeg(data), header.orientation)
    if header.format == "TIFF":
        return header.format, decode_tiff(data, admit)
    if header.format in BITMAPS:
        return header.format, decode_bmp(data)
    if header.format == "WEBP":
        check_webp(data)
    return header.format, _upright(to_rgb_u8(decode_opencv(data, header.format)), header.orientation)


class _Header(NamedTuple):
    format: str
    frames: int
    orientation: int


def _read_header(data: bytes, admit: Admit) -> _Header:
    """What the header says, read without decoding a pixel; the size is checked on the way."""
    if data.startswith(_PNG_MAGIC):
        png = read_png_header(data, admit)
        return _Header("PNG", png.frames, _orientation(png.exif))
    if data.startswith(_JPEG_MAGIC):  # before Pillow, which goes through as many parts as there are
        check_segments(data)
    try:
        with quiet_warnings, PillowImage.open(io.BytesIO(data), formats=_BY_PILLOW) as header:
            admit(header.width, header.height)
            orientation = _orientation(header.info.get("exif", b""))
            if header.format in ("JPEG", "MPO"):  # MPO: a JPEG with further pictures behind it
                return _Header("JPEG", 1, orientation)
            return _Header(str(header.format), int(getattr(header, "n_frames", 1)), orientation)
    except ImageError:
        raise
    except PillowImage.DecompressionBombError as error:
        raise ImageError("too-large", "the photo has more pixels than can be decoded safely") from error
    except UnidentifiedImageError as error:
        if data.startswith(b"MM\0+"):
            raise ImageError("unsupported", _BIG_ENDIAN_BIGTIFF) from error
        if data.startswith(_TIFF_MAGIC):
            raise ImageError("unsupported", _ODD_TIFF) from error
        if data.startswith(_MAGIC):
            raise ImageError("damaged", _DAMAGED_HEADER) from error
        if is_bare_dataset(data):
            raise ImageError("unsupported", _BARE_DATASET) from error
        raise ImageError(
            "not-an-image", "not a JPEG, PNG, BMP, TIFF, WebP or DICOM image; convert it to one of these"
        ) from error
    except Exception as error:  # a broken header makes Pillow raise anything at all
        if str(error).startswith("Unsupported BMP"):
            raise ImageError("unsupported", _ODD_BMP) from error
        raise ImageError("damaged", _DAMAGED_HEADER) from error


def _orientation(exif: bytes) -> int:
    try:
        tags = PillowImage.Exif()
        tags.load(exif)
        return int(tags.get(Base.Orientation, 1))
    except Exception:  # noqa: BLE001  broken EXIF must not lose a good photo; it then counts as upright
        return 1


def _upright(rgb_u8: NDArray[np.uint8], orientation: int) -> NDArray[np.uint8]:
    """Undo an EXIF orientation: 2 and 4 mirror, 3 turns, 5 and 7 transpose, 6 and 8 turn by a quarter."""
    if orientation in (5, 6, 7, 8):
        rgb_u8 = rgb_u8.transpose(1, 0, 2)
    if orientation in (2, 3, 6, 7):
        rgb_u8 = rgb_u8[:, ::-1]
    if orientation in (3, 4, 7, 8):
        rgb_u8 = rgb_u8[::-1]
    return rgb_u8
