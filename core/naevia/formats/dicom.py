"""DICOM photos, read through pydicom. No patient field is read, kept or logged."""

from __future__ import annotations

import io
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray
from pydicom import Dataset
from pydicom.dataset import FileMetaDataset
from pydicom.encaps import encapsulate, generate_fragments
from pydicom.filereader import read_dataset
from pydicom.pixels.processing import (
    apply_color_lut,
    apply_modality_lut,
    apply_windowing,
    convert_color_space,
)
from pydicom.pixels.utils import pixel_array
from pydicom.uid import UID, ExplicitVRBigEndian

from naevia._quiet import quiet_warnings
from naevia.errors import ImageError
from naevia.formats.dicom_tags import (
    COLOURS,
    GREYS,
    JPEG,
    JPEG_2000,
    KINDS,
    LUMA,
    NATIVE,
    PALETTE,
    TRANSFORMED,
    Tags,
    read_number,
    read_tags,
    refuse,
    refuse_frames,
)
from naevia.formats.jpeg import decode_jpeg, read_jpeg_header, saying_rgb
from naevia.formats.jpeg2000 import read_codestream
from naevia.formats.pixels import Admit, by_rows, shrunk_to_u8

_TABLES = ("ModalityLUTSequence", "VOILUTSequence", "RedPaletteColorLookupTableDescriptor")
_OFFSETS = ("ExtendedOffsetTable", "ExtendedOffsetTableLengths")
_PICTURE_STARTS = {
    **dict.fromkeys(JPEG, (b"\xff\xd8\xff",)),
    **dict.fromkeys(JPEG_2000, (b"\xff\x4f\xff\x51", b"\0\0\0\x0cjP  ")),
}
_LETTERS_AT, _META_AT, _META_GROUP = 128, 132, 2
_PIXEL_DATA = 0x7FE00010
_BEHIND_PIXELS = tuple(
    tag.to_bytes(2, order) * times
    for tag, times in ((0x7FE1, 1), (0xFFFA, 2), (0xFFFC, 2))  # private, signatures, padding
    for order in ("little", "big")
)
"""How the tags begin that may follow the pixels."""
_PREAMBLE = bytes(_LETTERS_AT) + b"DICM"
_META_START = b"\x02\0\0\0UL\x04\0"
_DATASET_STARTS = tuple(b"\x08\0" + bytes((tag, 0)) for tag in (0, 1, 5, 8, 0x12, 0x16, 0x18, 0x20))
"""The tags of group 0008 that a data set can begin with."""


def is_dicom(data: bytes) -> bool:
    """Whether the bytes begin like a DICOM file; the preamble may lack, the group that follows it may not."""
    return _has_preamble(data) or data.startswith(_META_START)


def is_bare_dataset(data: bytes) -> bool:
    """Whether the bytes begin like a DICOM data set that does not say how it is stored."""
    return data.startswith(_DATASET_STARTS)


def _has_preamble(data: bytes) -> bool:
    """Source: DICOM PS3.10, 7.1."""
    return data[_LETTERS_AT:_META_AT] == b"DICM"


def decode_dicom(data: bytes, admit: Admit) -> NDArray[np.uint8]:
    """Decode a single-frame DICOM image into RGB.

    Grey images go through the file's own rescale slope and intercept and its first window; where there is
    none, black and white are the ends of what its bits can hold. MONOCHROME1 is inverted. Palettes are looked
    up. 16-bit colour is scaled by value / 257.

    Pixels may be stored as they are or as JPEG, JPEG 2000 or RLE. Lossless JPEG, JPEG-LS and all others are
    refused, whichever decoders are installed; so are deflated files, which may grow a thousandfold before
    their size is known. A damaged JPEG is refused as it would be outside DICOM. RLE and JPEG 2000 carry no
    checksum: where they are cut off, or come out too short or too long, they are refused, but damage that
    keeps the length cannot be seen.

    What a JPEG states of its own colours counts, as viewers take it, and the tags where it states nothing. A
    JPEG 2000 states only whether the decoder transforms its colours; where the tags say otherwise, it is
    refused.

    Raises:
        ImageError: No picture inside, several frames, too large, damaged, compressed in a way that is not
            read, of a kind of colour or grey that has no rule, or with tags that contradict it or each other.
    """
    try:
        with quiet_warnings:
            return _decode(data if _has_preamble(data) else _PREAMBLE + data, admit)
    except ImageError:
        raise
    except Exception as error:  # a broken file makes the parser raise anything at all
        raise ImageError(
            "damaged", "the DICOM picture is cut off or cannot be decoded; export it again as JPEG or PNG"
        ) from error


def _decode(data: bytes, admit: Admit) -> NDArray[np.uint8]:
    file = io.BytesIO(data)
    meta = _read_meta(file)
    syntax = UID(meta.TransferSyntaxUID)
    if syntax not in KINDS:
        name = syntax.name if syntax.name != syntax else "an unknown kind"  # it may be any text
        refuse(f"a DICOM file stored as {name}, which is not read")
    dataset = _read_until_pixels(file, syntax)
    dataset.file_meta = meta
    if "Rows" not in dataset:
        raise ImageError("not-an-image", "the DICOM file holds no picture; choose the one that does")
    if "PixelData" not in dataset:
        raise ImageError(
            "damaged",
            "the DICOM file tells the size of its picture and lacks it; copy it again from its source",
        )
    admit(read_number(dataset, "Columns"), read_number(dataset, "Rows"))
    if int(dataset.get("NumberOfFrames") or 1) > 1:
        refuse_frames()
    tags = read_tags(dataset, syntax)
    if syntax in NATIVE:
        _check_behind(data, dataset.get_item("PixelData"))
    pixels = _decode_stored(dataset, syntax, tags)
    if tags.kind == PALETTE:
        return _look_up(pixels, dataset, syntax)
    if tags.kind in GREYS:
        return _grey(pixels, dataset, inverted=tags.kind == "MONOCHROME1")
    return shrunk_to_u8(pixels) if tags.bits == 16 else pixels.astype(np.uint8, copy=False)


def _read_meta(file: BinaryIO) -> FileMetaDataset:
    """How the file says that it is stored: its first group alone, because all behind it may be deflated."""
    file.seek(_META_AT)
    meta = read_dataset(
        file,
        is_implicit_VR=False,
        is_little_endian=True,
        stop_when=lambda tag, _vr, _length: tag.group != _META_GROUP,
    )
    return FileMetaDataset(meta)


def _read_until_pixels(file: BinaryIO, syntax: UID) -> Dataset:
    """What follows the first group, without the padding behind: it would be taken for millions of tags."""
    last = 0

    def is_padding(tag: int, _vr: str | None, length: int) -> bool:
        nonlocal last
        last, before = tag, last
        return before == _PIXEL_DATA or tag == length == 0

    return read_dataset(file, syntax.is_implicit_VR, syntax.is_little_endian, stop_when=is_padding)


def _check_behind(data: bytes, pixels: Any) -> None:
    """Refuse a file with more behind its uncompressed pixels than zeros or a tag: its pixels have moved."""
    behind = data[pixels.value_tell + pixels.length :]
    if behind.strip(b"\0") and not behind.startswith(_BEHIND_PIXELS):
        raise ImageError(
            "damaged",
            "the DICOM file has bytes behind its pixels that are no tag; copy it again from its source",
        )


def _decode_stored(dataset: Dataset, syntax: UID, tags: Tags) -> NDArray[Any]:
    """The pixels as the tags describe them: colour as RGB, of the file's own depth."""
    if syntax not in NATIVE:
        frame = _only_frame(dataset, syntax)
        if syntax in JPEG:
            return _decode_jpeg(frame, tags)
        if syntax in JPEG_2000:
            frame = _checked_codestream(frame, tags)
        dataset.PixelData = encapsulate([frame])
        for name in _OFFSETS:
            if name in dataset:
                del dataset[name]
    pixels = pixel_array(dataset, raw=True)  # RLE longer than the photo is an error, see `quiet_warnings`
    if pixels.ndim > (3 if tags.samples > 1 else 2):
        refuse_frames()
    if tags.kind in LUMA:
        return by_rows(_luma_to_rgb, pixels.shape, pixels)
    return pixels.astype(pixels.dtype.newbyteorder("="), copy=False)


def _luma_to_rgb(rows: NDArray[Any]) -> NDArray[np.uint8]:
    return convert_color_space(rows, "YBR_FULL", "RGB")


def _only_frame(dataset: Dataset, syntax: UID) -> bytes:
    """The compressed photo; tables of offsets are not asked, one photo needs none."""
    _offsets, *fragments = generate_fragments(dataset.PixelData)
    starts = _PICTURE_STARTS.get(syntax, (b"",))
    if sum(fragment.startswith(starts) for fragment in fragments) > 1:
        refuse_frames()
    return b"".join(fragments)


def _decode_jpeg(jpeg: bytes, tags: Tags) -> NDArray[np.uint8]:
    if tags.bits != 8:
        refuse(f"a DICOM JPEG of {tags.bits} bits")
    header = read_jpeg_header(jpeg)
    _check_same("JPEG", (header.width_px, header.height_px), header.samples, tags)
    if tags.samples == 1:
        return decode_jpeg(jpeg)[..., 0]
    is_rgb = header.colours == "RGB" or (header.colours is None and tags.kind == "RGB")
    return decode_jpeg(saying_rgb(jpeg) if is_rgb else jpeg)


def _checked_codestream(jpeg_2000: bytes, tags: Tags) -> bytes:
    """The JPEG 2000 codestream, which is what its tags say."""
    codestream = read_codestream(jpeg_2000)
    size_px = codestream.width_px, codestream.height_px
    _check_same("JPEG 2000", size_px, len(codestream.bits), tags)
    if codestream.is_subsampled or (tags.samples > 1 and tags.bits > 8):
        refuse("a DICOM JPEG 2000 with fewer pixels for some colours, or colours of more than 8 bits")
    if set(codestream.bits) != {tags.bits}:
        refuse(
            f"a DICOM file whose tags and JPEG 2000 contradict each other: only the tags say {tags.bits} bits"
        )
    kinds = ("RGB", *TRANSFORMED) if codestream.is_transformed else COLOURS
    if tags.samples > 1 and tags.kind not in kinds:
        refuse(f"a DICOM file whose tags and JPEG 2000 contradict each other: only the tags say {tags.kind}")
    return codestream.data


def _check_same(what: str, size_px: tuple[int, int], samples: int, tags: Tags) -> None:
    """Refuse a compressed photo of another size than its tags say; a decoder would make room for it."""
    if (*size_px, samples) != (tags.width_px, tags.height_px, tags.samples):
        raise ImageError(
            "damaged",
            f"the {what} in the DICOM file has another size or number of channels than its tags say; "
            "export it again",
        )


def _look_up(indices: NDArray[Any], dataset: Dataset, syntax: UID) -> NDArray[np.uint8]:
    """The colours of a palette.

    A table of 8 bits may lie in words of 16 with nothing above. Source: DICOM PS3.3, C.7.6.3.1.5.
    """
    bits = int(dataset.RedPaletteColorLookupTableDescriptor[2])
    rgb = apply_color_lut(indices, dataset)
    if rgb.dtype == np.uint8:
        return rgb
    if syntax == ExplicitVRBigEndian:
        refuse("a DICOM palette of big-endian words")
    is_small = int(rgb.max()) <= np.iinfo(np.uint8).max
    if is_small != (bits == 8):
        refuse("a DICOM palette of another depth than its tags say")
    return rgb.astype(np.uint8) if is_small else shrunk_to_u8(rgb)


def _grey(stored: NDArray[Any], dataset: Dataset, *, inverted: bool) -> NDArray[np.uint8]:
    """Grey as the file says it is to be shown, on a scale that does not depend on what the photo shows.

    Source: DICOM PS3.3, C.11.1 and C.11.2, as pydicom computes them.
    """
    slope, intercept = dataset.get("RescaleSlope"), dataset.get("RescaleIntercept")
    if slope is None or intercept is None:
        slope, intercept = 1, 0
    if any(dataset.get(table) for table in _TABLES) or slope <= 0:
        refuse("DICOM grey through a lookup table or a falling scale")
    span = 2 ** int(dataset.BitsStored) - 1
    lowest = -(2 ** (int(dataset.BitsStored) - 1)) if dataset.PixelRepresentation else 0
    black, breadth = lowest * float(slope) + float(intercept), span * float(slope)
    is_windowed = None not in (dataset.get("WindowCenter"), dataset.get("WindowWidth"))

    def shown(rows: NDArray[Any]) -> NDArray[np.uint8]:
        values = apply_modality_lut(rows, dataset)
        if is_windowed:
            values = apply_windowing(values, dataset)
        shares = (values.astype(np.float64) - black) / breadth
        scaled: NDArray[np.uint8] = np.rint(shares.clip(0, 1) * 255).astype(np.uint8)
        return (255 - scaled if inverted else scaled)[..., None]

    return by_rows(shown, (*stored.shape, 3), stored)
