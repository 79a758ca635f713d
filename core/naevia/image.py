"""Reading one photo from a file into upright RGB pixels.

What each kind of file becomes:

- Format: recognised by content, never by the file's name. JPEG, PNG, BMP, TIFF and WebP are decoded by
  OpenCV, DICOM by pydicom, HEIF by pillow-heif where the `heif` extra is installed.
- Size: read from the header and refused above `MAX_PIXELS` before anything is decoded.
- Orientation: EXIF and TIFF orientations 1 to 8 are applied; any other value counts as 1.
- 16 bits per channel: scaled to 8 by value / 257, rounded.
- Grey: the same value in all three channels. Palette: looked up.
- Alpha: laid over white.
- CMYK: converted to RGB by the decoder, without a colour profile. Embedded profiles are not applied.
- Several frames (animation, multi-page TIFF, multi-frame DICOM): refused, because the file does not say
  which frame is meant. The extra pictures that phones append to a JPEG are ignored.
- Truncated files: refused. A half-decoded photo would give an answer that looks sure.
"""

from __future__ import annotations

import hashlib
import io
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image as PillowImage
from PIL import UnidentifiedImageError

from naevia._dicom import decode_dicom, is_dicom
from naevia._heif import decode_heif, is_heif
from naevia._pixels import check_size, to_rgb_u8
from naevia.errors import ImageError

MAX_PIXELS = 100_000_000
"""Largest photo that is decoded, in pixels (width times height); more than any dermatoscope or phone gives."""

MAX_BYTES = 512 * 1024 * 1024
"""Largest file that is read into memory."""

_FORMATS = ("JPEG", "MPO", "PNG", "BMP", "DIB", "TIFF", "WEBP")


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


def read_photo(path: str | Path, *, max_pixels: int = MAX_PIXELS) -> Photo:
    """Read and decode one image file.

    Args:
        path: The file.
        max_pixels: Refuse larger photos before decoding them.

    Raises:
        ImageError: The file is missing, empty, no image, damaged, too large or of a kind that has no rule;
            its `code` says which.
    """
    return decode_photo(_read_bytes(Path(path)), max_pixels=max_pixels)


def decode_photo(data: bytes, *, max_pixels: int = MAX_PIXELS) -> Photo:
    """Decode the bytes of one image file.

    Args:
        data: The whole file.
        max_pixels: Refuse larger photos before decoding them.

    Raises:
        ImageError: As for `read_photo`.
    """
    if not data:
        raise ImageError("empty", "the file is empty (0 bytes); copy it again from its source")
    if is_dicom(data):
        kind, rgb_u8 = "DICOM", decode_dicom(data, max_pixels)
    elif is_heif(data):
        kind, rgb_u8 = "HEIF", decode_heif(data, max_pixels)
    else:
        kind, rgb_u8 = _decode_common(data, max_pixels)
    return Photo(np.ascontiguousarray(rgb_u8), hashlib.sha256(data).hexdigest(), kind)


def _read_bytes(path: Path) -> bytes:
    try:
        size_bytes = path.stat().st_size
        if path.is_dir():
            raise ImageError("not-an-image", "expected an image file, found a folder; use `naevia scan` for folders")
        if size_bytes > MAX_BYTES:
            raise ImageError(
                "too-large",
                f"the file has {size_bytes / 2**20:.0f} MiB, the limit is {MAX_BYTES / 2**20:.0f} MiB; export a smaller one",
            )
        return path.read_bytes()
    except FileNotFoundError as error:
        raise ImageError("not-found", "there is no such file; check the name") from error
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise ImageError("unreadable", f"the file cannot be opened: {reason}") from error


def _decode_common(data: bytes, max_pixels: int) -> tuple[str, NDArray[np.uint8]]:
    kind, width, height, frames, orientation = _read_header(data)
    check_size(width, height, max_pixels)
    if frames > 1 and kind != "MPO":
        raise ImageError(
            "several-frames", f"the file holds {frames} frames, expected one photo; export the frame that is meant"
        )
    if kind in ("JPEG", "MPO"):
        _refuse_truncated_jpeg(data)
    decoded = _decode_opencv(data, kind)
    rgb_u8 = to_rgb_u8(decoded)
    # OpenCV turns TIFF files itself while decoding; the other formats come as they are stored.
    return kind, rgb_u8 if kind == "TIFF" else _upright(rgb_u8, orientation)


def _read_header(data: bytes) -> tuple[str, int, int, int, int]:
    """Format, width, height, number of frames and orientation, read without decoding pixels."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with PillowImage.open(io.BytesIO(data), formats=_FORMATS) as header:
                frames = int(getattr(header, "n_frames", 1))
                orientation = _orientation(header)
                return str(header.format), header.width, header.height, frames, orientation
    except PillowImage.DecompressionBombError as error:
        raise ImageError("too-large", "the photo has more pixels than can be decoded safely") from error
    except UnidentifiedImageError as error:
        raise ImageError(
            "not-an-image", "not a JPEG, PNG, BMP, TIFF, WebP or DICOM image; convert it to one of these"
        ) from error
    except Exception as error:  # noqa: BLE001  a broken header makes Pillow raise anything at all
        raise ImageError("damaged", "the header of the image is damaged; export it again from its source") from error


def _orientation(header: PillowImage.Image) -> int:
    try:
        return int(header.getexif().get(0x0112, 1))
    except Exception:  # noqa: BLE001  broken EXIF must not lose a good photo; it then counts as upright
        return 1


def _refuse_truncated_jpeg(data: bytes) -> None:
    # A JPEG's pixels run from its last start-of-scan to an end-of-image marker. OpenCV fills a missing rest
    # with grey and says nothing. Inside the pixels both byte pairs are impossible (T.81, B.1.1.5).
    if data.rfind(b"\xff\xd9") < data.rfind(b"\xff\xda"):
        raise ImageError("damaged", "the JPEG ends before its picture does; copy it again from its source")


def _decode_opencv(data: bytes, kind: str) -> NDArray[Any]:
    try:
        decoded = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    except (cv2.error, MemoryError) as error:
        raise ImageError("damaged", f"the {kind} cannot be decoded; export it again from its source") from error
    if decoded is None or decoded.size == 0:
        raise ImageError("damaged", f"the {kind} cannot be decoded; export it again from its source")
    return decoded


def _upright(rgb_u8: NDArray[np.uint8], orientation: int) -> NDArray[np.uint8]:
    """Undo an EXIF orientation: 2 and 4 mirror, 3 turns, 5 and 7 transpose, 6 and 8 turn by a quarter."""
    if orientation in (5, 6, 7, 8):
        rgb_u8 = rgb_u8.transpose(1, 0, 2)
    if orientation in (2, 3, 6, 7):
        rgb_u8 = rgb_u8[:, ::-1]
    if orientation in (3, 4, 7, 8):
        rgb_u8 = rgb_u8[::-1]
    return rgb_u8
