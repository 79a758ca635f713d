"""DICOM photos, read through pydicom. No patient field is read, kept or logged."""

from __future__ import annotations

import io
import warnings
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom import Dataset, dcmread
from pydicom.encaps import generate_frames
from pydicom.filereader import read_dataset
from pydicom.pixels.processing import apply_color_lut, apply_modality_lut, apply_windowing
from pydicom.pixels.utils import pixel_array
from pydicom.uid import (
    JPEG2000,
    UID,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    JPEGExtended12Bit,
    RLELossless,
)

from naevia._jpeg import decode_jpeg, size_of_jpeg
from naevia._pixels import check_size
from naevia._quiet import quiet_warnings
from naevia.errors import ImageError

_COLOURS = ("RGB", "YBR_FULL", "YBR_FULL_422", "YBR_ICT", "YBR_RCT")  # all come from pydicom as RGB
_TABLES = ("ModalityLUTSequence", "VOILUTSequence")
_OFFSETS = ("ExtendedOffsetTable", "ExtendedOffsetTableLengths")
_JPEG_BITS = 8
_JPEG = (JPEGBaseline8Bit, JPEGExtended12Bit)
_READ = (
    ImplicitVRLittleEndian,
    ExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    *_JPEG,
    JPEG2000Lossless,
    JPEG2000,
    RLELossless,
)
_LETTERS_AT, _META_AT, _META_GROUP = 128, 132, 2


def is_dicom(data: bytes) -> bool:
    """Whether the bytes begin like a DICOM file (part 10: the letters DICM after 128 bytes)."""
    return data[_LETTERS_AT:_META_AT] == b"DICM"


def decode_dicom(data: bytes, max_pixels: int) -> NDArray[np.uint8]:
    """Decode a single-frame DICOM image into RGB.

    Grey images go through the file's own rescale slope and intercept and its first window; where there is
    none, black and white are the ends of what its bits can hold. MONOCHROME1 is inverted. Palettes are looked
    up. 16-bit colour is scaled by value / 257.

    Pixels may be stored as they are or as JPEG, JPEG 2000 or RLE. Lossless JPEG, JPEG-LS and all others are
    refused, whichever decoders are installed; so are deflated files, which may grow a thousandfold before
    their size is known. A damaged JPEG is refused as it would be outside DICOM. RLE and JPEG 2000 carry no
    checksum: where they are cut off, or come out too short or too long, they are refused, but damage that
    keeps the length cannot be seen.

    Raises:
        ImageError: No picture inside, several frames, too large, damaged, compressed in a way that is not
            read, or of a kind of colour or grey that has no rule.
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
    syntax = _syntax(data)
    if syntax not in _READ:
        raise ImageError(
            "unsupported",
            f"a DICOM file stored as {syntax.name}, which is not read; export it as JPEG or PNG",
        )
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
    if syntax in _JPEG:
        _check_jpeg(dataset)
    kind = str(dataset.PhotometricInterpretation)
    with warnings.catch_warnings():
        warnings.filterwarnings("error", message="The decoded RLE segment")  # longer than the photo
        pixels = pixel_array(dataset)
    if kind == "PALETTE COLOR":
        return _scale(apply_color_lut(pixels, dataset))
    if kind in ("MONOCHROME1", "MONOCHROME2"):
        return _grey(pixels, dataset, inverted=kind == "MONOCHROME1")
    if kind not in _COLOURS or dataset.BitsStored not in (8, 16):
        raise ImageError(
            "unsupported", f"DICOM colour {kind} of {dataset.BitsStored} bits; export it as JPEG or PNG"
        )
    return _scale(pixels)


def _syntax(data: bytes) -> UID:
    """How the file says that it is stored, read from its first group alone: all behind it may be deflated."""
    file = io.BytesIO(data)
    file.seek(_META_AT)
    meta = read_dataset(
        file,
        is_implicit_VR=False,
        is_little_endian=True,
        stop_when=lambda tag, _vr, _length: tag.group != _META_GROUP,
    )
    return UID(meta.TransferSyntaxUID)


def _check_jpeg(dataset: Dataset) -> None:
    """Refuse a file whose JPEG is damaged; the decoder that pydicom hands it to would only warn.

    Raises:
        ImageError: With code `damaged`, or `unsupported` where it has more than 8 bits.
    """
    if dataset.BitsStored != _JPEG_BITS:
        raise ImageError(
            "unsupported", f"a DICOM JPEG of {dataset.BitsStored} bits; export it as JPEG or PNG of 8 bits"
        )
    for name in _OFFSETS:  # one photo needs none, and they may point elsewhere than at what is checked
        if name in dataset:
            del dataset[name]
    for jpeg in generate_frames(dataset.PixelData, number_of_frames=1):
        if size_of_jpeg(jpeg) != (dataset.Columns, dataset.Rows):
            raise ImageError(
                "damaged", "the JPEG in the DICOM file has another size than its tags say; export it again"
            )
        decode_jpeg(jpeg)


def _scale(rgb: NDArray[Any]) -> NDArray[np.uint8]:
    if rgb.dtype == np.uint16:
        return ((rgb.astype(np.uint32) + 128) // 257).astype(np.uint8)
    if rgb.dtype != np.uint8:
        raise ImageError("unsupported", f"DICOM colour of type {rgb.dtype}; export it as JPEG or PNG")
    return rgb


def _grey(stored: NDArray[Any], dataset: Dataset, *, inverted: bool) -> NDArray[np.uint8]:
    """Grey as the file says it is to be shown, on a scale that does not depend on what the photo shows.

    Source: DICOM PS3.3, C.11.1 and C.11.2, as pydicom computes them.
    """
    slope, intercept = dataset.get("RescaleSlope"), dataset.get("RescaleIntercept")
    if slope is None or intercept is None:
        slope, intercept = 1, 0
    if any(dataset.get(table) for table in _TABLES) or slope <= 0:
        raise ImageError(
            "unsupported", "DICOM grey through a lookup table or a falling scale; export it as JPEG or PNG"
        )
    span = 2 ** int(dataset.BitsStored) - 1
    lowest = -(2 ** (int(dataset.BitsStored) - 1)) if dataset.PixelRepresentation else 0
    values = apply_modality_lut(stored, dataset)
    if None not in (dataset.get("WindowCenter"), dataset.get("WindowWidth")):
        values = apply_windowing(values, dataset)
    shares = (values.astype(np.float64) - (lowest * float(slope) + float(intercept))) / (span * float(slope))
    scaled = np.rint(shares.clip(0, 1) * 255).astype(np.uint8)
    return np.repeat((255 - scaled if inverted else scaled)[..., None], 3, axis=2)
