"""What the tags of a DICOM file say of its picture, and which kinds are read; no patient field is."""

from __future__ import annotations

from typing import NamedTuple, NoReturn

from pydicom import Dataset
from pydicom.pixels.common import PhotometricInterpretation
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

from naevia.errors import ImageError

GREYS = ("MONOCHROME1", "MONOCHROME2")
PALETTE = "PALETTE COLOR"
LUMA = ("YBR_FULL", "YBR_FULL_422")
COLOURS = ("RGB", *LUMA)
TRANSFORMED = ("YBR_ICT", "YBR_RCT")  # what JPEG 2000 makes of RGB and undoes itself
_KNOWN = frozenset(kind.value for kind in PhotometricInterpretation)
JPEG = (JPEGBaseline8Bit, JPEGExtended12Bit)
JPEG_2000 = (JPEG2000Lossless, JPEG2000)
NATIVE = (ImplicitVRLittleEndian, ExplicitVRLittleEndian, ExplicitVRBigEndian)
KINDS = {
    **dict.fromkeys((*NATIVE, RLELossless), (*GREYS, PALETTE, *COLOURS)),
    **dict.fromkeys(JPEG, (*GREYS, *COLOURS)),
    **dict.fromkeys(JPEG_2000, (*GREYS, PALETTE, *COLOURS, *TRANSFORMED)),
}
"""The ways of storing pixels that are read, and the kinds of colour that are read there."""
_MOST = 0xFFFF


class Tags(NamedTuple):
    """What the tags say that decides how the photo is decoded."""

    width_px: int
    height_px: int
    kind: str
    samples: int
    bits: int


def read_tags(dataset: Dataset, syntax: UID) -> Tags:
    """The tags of the picture; those that have no rule, and that contradict each other, are refused.

    Raises:
        ImageError: With code `unsupported` or `damaged`.
    """
    kind = str(dataset.PhotometricInterpretation)
    if kind not in KINDS[syntax]:
        name = kind if kind in _KNOWN else "of an unknown kind"  # it may be any text
        refuse(f"DICOM colour {name} stored as {syntax.name}")
    samples, bits = read_number(dataset, "SamplesPerPixel"), read_number(dataset, "BitsStored")
    if samples != (1 if kind in (*GREYS, PALETTE) else 3):
        refuse(f"a DICOM file whose tags contradict each other: {kind} of {samples} samples per pixel")
    if "HighBit" in dataset and bits < read_number(dataset, "BitsAllocated") and dataset.HighBit != bits - 1:
        refuse("a DICOM file whose pixels do not lie in the lowest bits")
    if (samples > 1 or syntax in JPEG) and dataset.get("PixelRepresentation", 0) != 0:
        refuse("DICOM colour or JPEG of signed numbers")
    if samples > 1 and bits not in ((8, 16) if kind == "RGB" else (8,)):
        refuse(f"DICOM colour {kind} of {bits} bits")
    return Tags(int(dataset.Columns), int(dataset.Rows), kind, samples, bits)


def read_number(dataset: Dataset, name: str) -> int:
    """A tag that must be a whole number; it is shown to people, so it must not be any text.

    Raises:
        ImageError: With code `damaged`.
    """
    value = dataset.get(name)
    if not isinstance(value, int) or not 0 <= value <= _MOST:
        raise ImageError("damaged", f"the DICOM file gives no number as {name}; export it as JPEG or PNG")
    return value


def refuse(what: str) -> NoReturn:
    """Refuse a file of a kind that has no rule."""
    raise ImageError("unsupported", f"{what}; export it as JPEG or PNG")


def refuse_frames() -> NoReturn:
    """Refuse a file of several photos."""
    raise ImageError(
        "several-frames",
        "the DICOM file holds several frames, expected one photo; export the one that is meant",
    )
