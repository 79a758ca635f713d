"""DICOM tags that contradict the pixels or each other, that hold text, and depths that lie in wider words."""

from __future__ import annotations

import numpy as np
import pytest
from dicom_files import LESION, dicom, jpeg, refusal, with_jpeg
from pydicom.uid import ExplicitVRBigEndian

from naevia.image import decode_photo

GREY = LESION[..., 1]
NAME = "SECRET^PATIENT^NAME"


@pytest.mark.parametrize(
    ("pixels", "photometric", "samples"),
    [
        (GREY, "RGB", 1),
        (LESION, "MONOCHROME2", 3),
        (LESION, "MONOCHROME1", 3),
        (LESION, "PALETTE COLOR", 3),
        (LESION, "YBR_FULL", 2),
    ],
)
def test_samples_that_do_not_fit_the_kind_of_colour_are_refused(
    pixels: np.ndarray, photometric: str, samples: int
) -> None:
    error = refusal(dicom(pixels, photometric, SamplesPerPixel=samples))
    assert error.code == "unsupported"
    assert "contradict each other" in str(error) and photometric in str(error)


def test_a_jpeg_of_other_channels_than_its_tags_say_is_refused() -> None:
    assert "number of channels" in str(refusal(with_jpeg(jpeg(GREY))))
    assert "number of channels" in str(
        refusal(with_jpeg(jpeg(LESION), photometric="MONOCHROME2", SamplesPerPixel=1))
    )


@pytest.mark.parametrize(
    ("pixels", "photometric"), [(LESION, "RGB"), (LESION, "YBR_FULL"), (GREY, "MONOCHROME2")]
)
def test_pixels_of_several_frames_are_refused_though_no_tag_counts_them(
    pixels: np.ndarray, photometric: str
) -> None:
    error = refusal(dicom(pixels, photometric, PixelData=pixels.tobytes() * 2))
    assert error.code == "several-frames"


@pytest.mark.parametrize("photometric", ["YBR_ICT", "YBR_RCT"])
def test_colours_that_only_jpeg_2000_has_are_refused_elsewhere(photometric: str) -> None:
    assert photometric in str(refusal(dicom(LESION, photometric)))


def test_colours_of_a_supplemental_palette_are_not_shown_as_grey() -> None:
    tags = {"PixelPresentation": "COLOR", **palette(8)}
    assert refusal(dicom(GREY, "MONOCHROME2", **tags)).code == "unsupported"


@pytest.mark.parametrize(
    "tag", ["Rows", "Columns", "BitsStored", "BitsAllocated", "SamplesPerPixel", "HighBit"]
)
def test_no_text_of_the_file_is_in_the_reason(tag: str) -> None:
    """A damaged or foreign file may have any text at any place."""
    data = dicom(LESION, "RGB", BitsAllocated=16, PixelData=bytes(2 * LESION.size))
    place = data.index(
        b"\x28\x00"
        + {
            "Rows": b"\x10\x00",
            "Columns": b"\x11\x00",
            "BitsStored": b"\x01\x01",
            "BitsAllocated": b"\x00\x01",
            "SamplesPerPixel": b"\x02\x00",
            "HighBit": b"\x02\x01",
        }[tag]
    )
    text = (NAME + " ").encode()
    spoilt = data[: place + 4] + b"LO" + len(text).to_bytes(2, "little") + text + data[place + 10 :]
    assert "SECRET" not in str(refusal(spoilt))


def test_unknown_ways_of_storing_and_kinds_of_colour_are_not_repeated() -> None:
    data = dicom(LESION, "RGB")
    stored = data.replace(b"1.2.840.10008.1.2.1\0", NAME.encode() + b"\0")
    assert stored != data
    assert "an unknown kind" in str(refusal(stored))
    coloured = data.replace(b"\x04\x00CS\x04\x00RGB ", b"\x04\x00CS\x14\x00" + NAME.encode() + b" ")
    assert coloured != data
    assert "an unknown kind" in str(refusal(coloured))
    for error in (refusal(stored), refusal(coloured)):
        assert error.code == "unsupported" and "SECRET" not in str(error)


def test_eight_bits_in_words_of_sixteen_are_not_divided() -> None:
    data = dicom(LESION.astype(np.uint16), "RGB", BitsStored=8, HighBit=7)
    np.testing.assert_array_equal(decode_photo(data).rgb_u8, LESION)
    high = dicom(LESION.astype(np.uint16) << 8, "RGB", BitsStored=8, HighBit=15)
    assert "lowest bits" in str(refusal(high))


@pytest.mark.parametrize("pixels", [LESION, LESION.astype(np.uint16) * 257, GREY.astype(np.uint16) * 257])
def test_big_endian_pixels_are_read(pixels: np.ndarray) -> None:
    photometric = "RGB" if pixels.ndim == 3 else "MONOCHROME2"
    stored = pixels.astype(pixels.dtype.newbyteorder(">")).tobytes()
    data = dicom(pixels, photometric, syntax=ExplicitVRBigEndian, PixelData=stored)
    found = decode_photo(data).rgb_u8
    np.testing.assert_array_equal(
        found if pixels.ndim == 3 else found[..., 1], LESION if pixels.ndim == 3 else GREY
    )


@pytest.mark.parametrize("photometric", ["YBR_FULL", "YBR_FULL_422"])
def test_luma_and_chroma_of_16_bits_are_refused(photometric: str) -> None:
    """pydicom would take their middle for 128."""
    assert "16 bits" in str(refusal(dicom(LESION.astype(np.uint16) * 257, photometric)))


def test_signed_colours_and_jpegs_are_refused() -> None:
    grey = {"photometric": "MONOCHROME2", "SamplesPerPixel": 1, "PixelRepresentation": 1}
    for data in (dicom(LESION, "RGB", PixelRepresentation=1), with_jpeg(jpeg(GREY), **grey)):
        assert "signed numbers" in str(refusal(data))


def palette(bits: int, *, factor: int = 1, word: str = "u1") -> dict[str, object]:
    """A palette in which index i is the colour (i, 255 - i, i / 2), times a factor."""
    ramp = np.arange(256)
    tags: dict[str, object] = {}
    for name, values in (("Red", ramp), ("Green", 255 - ramp), ("Blue", ramp // 2)):
        tags[f"{name}PaletteColorLookupTableDescriptor"] = [256, 0, bits]
        tags[f"{name}PaletteColorLookupTableData"] = (values * factor).astype(word).tobytes()
    return tags


@pytest.mark.parametrize(
    "tags",
    [
        palette(8),
        palette(8, word="<u2"),
        palette(16, factor=257, word="<u2"),
        palette(16, factor=256, word="<u2"),
    ],
)
def test_palettes_of_8_and_16_bits_are_looked_up(tags: dict[str, object]) -> None:
    found = decode_photo(dicom(GREY, "PALETTE COLOR", **tags)).rgb_u8
    expected = np.dstack([GREY, 255 - GREY, GREY // 2])
    assert np.abs(found.astype(int) - expected).max() <= 1


@pytest.mark.parametrize("tags", [palette(16, word="<u2"), palette(8, factor=257, word="<u2")])
def test_palettes_of_another_depth_than_they_say_are_refused(tags: dict[str, object]) -> None:
    assert "palette of another depth" in str(refusal(dicom(GREY, "PALETTE COLOR", **tags)))


def test_a_palette_with_alpha_is_refused() -> None:
    tags = palette(8) | {"AlphaPaletteColorLookupTableData": bytes(256)}
    assert refusal(dicom(GREY, "PALETTE COLOR", **tags)).code == "unsupported"
