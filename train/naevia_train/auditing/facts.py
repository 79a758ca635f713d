"""What one file says about itself: everything that the audit needs, so that no file is read twice."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import PIL
import pydicom
import simplejpeg
from numpy.typing import NDArray

from naevia import __version__
from naevia.errors import ImageError
from naevia.image import MAX_BYTES, Photo, decode_photo
from naevia_train.auditing.phash import THUMBNAIL_PX, WINDOWS, thumbnail, window_hashes
from naevia_train.auditing.shortcuts_features import FEATURE_NAMES, FEATURE_VERSION, shortcut_features

_DECODERS = tuple(module.__version__ for module in (cv2, PIL, pydicom, simplejpeg))
FACTS_VERSION = ".".join(
    map(str, (1, __version__, *_DECODERS, FEATURE_VERSION, len(FEATURE_NAMES), len(WINDOWS), THUMBNAIL_PX))
)
"""Facts of another version of Naevia, or of what decodes photos for it, are read again from the files."""


@dataclass(frozen=True, eq=False)
class Facts:
    """What the bytes of a readable image say.

    Attributes:
        format: What the file really is, such as `JPEG`.
        width_px: Width of the photo, upright.
        height_px: Height of the photo, upright.
        pixels: Hash of the decoded photo, 16 bytes.
        hashes: Perceptual hashes of the windows, shape (25,), uint64.
        thumbnail: Shape (64, 64), uint8, grey.
        features: `shortcut_features`, shape (k,), float32.
    """

    format: str
    width_px: int
    height_px: int
    pixels: bytes
    hashes: NDArray[np.uint64]
    thumbnail: NDArray[np.uint8]
    features: NDArray[np.float32]


@dataclass(frozen=True)
class Reading:
    """What came of reading one file.

    Attributes:
        sha256: Hash of its bytes, empty when they, or for no known reason what they show, could not be read.
        facts: None when the file is no usable image.
        problem: Then its `ImageError.code`, else empty.
        message: Then the reason in a line, else empty.
    """

    sha256: str
    facts: Facts | None
    problem: str = ""
    message: str = ""


def read_facts(path: Path) -> Reading:
    """Read and measure one file; a file that cannot be used gives its reason, never an exception."""
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        return Reading("", None, "unreadable", f"the file cannot be opened: {error.strerror}")
    if len(data) > MAX_BYTES:
        return Reading("", None, "too-large", f"the file has over {MAX_BYTES // 2**20} MiB")
    sha256 = hashlib.sha256(data).hexdigest()
    try:
        return Reading(sha256, _measure(decode_photo(data), data))
    except ImageError as error:
        return Reading(sha256, None, error.code, str(error))
    except Exception as error:  # noqa: BLE001  whatever one file does, it must not end the audit
        words = f"the photo cannot be read: {type(error).__name__}: {str(error)[:200]}"
        return Reading("", None, "unreadable", words)


def _measure(photo: Photo, data: bytes) -> Facts:
    rgb_u8 = photo.rgb_u8
    grey = thumbnail(rgb_u8)
    shape = f"{photo.width_px}x{photo.height_px}:".encode()
    return Facts(
        format=photo.format,
        width_px=photo.width_px,
        height_px=photo.height_px,
        pixels=hashlib.blake2b(shape + rgb_u8.tobytes(), digest_size=16).digest(),
        hashes=window_hashes(grey),
        thumbnail=grey,
        features=shortcut_features(rgb_u8, data),
    )
