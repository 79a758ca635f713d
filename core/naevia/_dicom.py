"""DICOM photos, read through pydicom. No patient field is read, kept or logged."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom import dcmread
from pydicom.pixels.processing import apply_color_lut, apply_voi_lut
from pydicom.pixels.utils import pixel_array

from naevia._pixels import check_size
from naevia._quiet import quiet_warnings
from naevia.errors import ImageError


def is_dicom(data: bytes) -> bool:
    """Whether the bytes begin like a DICOM file (part 10: the letters DICM after 128 bytes)."""
    return data[128:132] == b"DICM"


def decode_dicom(data: bytes, max_pixels: int) -> NDArray[np.uint8]:
    """Decode a single-frame DICOM image into RGB.

    Grey images go through the file's own window; MONOCHROME1 is inverted; palettes are looked up; 16-bit
    colour is scaled by value / 257.

    Raises:
        ImageError: No picture inside, several frames, too large, damaged, or compressed in a way that the
            installed decoders cannot read.
    """
    try:
        with quiet_warnings():
            return _decode(data, max_pixels)
    except ImageError:
        raise
    except Exception as error:  # a broken file makes the parser raise anything at all
        raise ImageError(
            "damaged", "the DICOM picture cannot be decoded; export it again as JPEG or PNG"
        ) from error


def _decode(data: bytes, max_pixels: int) -> NDArray[np.uint8]:
    dataset = dcmread(io.BytesIO(data))
    if "PixelData" not in dataset or "Rows" not in dataset:
        raise ImageError("not-an-image", "the DICOM file holds no picture; choose the one that does")
    check_size(int(dataset.Columns), int(dataset.Rows), max_pixels)
    frames = int(dataset.get("NumberOfFrames") or 1)
    if frames > 1:
        raise ImageError(
            "several-frames",
            f"the DICOM file holds {frames} frames, expected one photo; export the frame that is meant",
        )
    kind = str(dataset.PhotometricInterpretation)
    pixels = pixel_array(dataset)
    if kind == "PALETTE COLOR":
        return _scale(apply_color_lut(pixels, dataset))
    if kind.startswith("MONOCHROME"):
        return _grey(apply_voi_lut(pixels, dataset), inverted=kind == "MONOCHROME1")
    return _scale(pixels)


def _scale(rgb: NDArray[Any]) -> NDArray[np.uint8]:
    if rgb.dtype == np.uint16:
        return ((rgb.astype(np.uint32) + 128) // 257).astype(np.uint8)
    if rgb.dtype != np.uint8:
        raise ImageError("unsupported", f"DICOM colour of type {rgb.dtype}; export it as JPEG or PNG")
    return rgb


def _grey(values: NDArray[Any], *, inverted: bool) -> NDArray[np.uint8]:
    low, high = float(values.min()), float(values.max())
    scaled = np.rint((values.astype(np.float64) - low) * (255.0 / max(high - low, 1e-9))).astype(np.uint8)
    return np.repeat((255 - scaled if inverted else scaled)[..., None], 3, axis=2)
