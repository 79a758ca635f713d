"""DICOM photos that are stored as JPEG, JPEG 2000 or RLE."""

from __future__ import annotations

import io
import struct

import numpy as np
import pytest
from dicom_files import LESION, dicom, is_refused, jpeg, jpeg_2000, refusal, with_jpeg, with_jpeg_2000
from PIL import Image as PillowImage
from pydicom import dcmread
from pydicom.encaps import encapsulate
from pydicom.uid import JPEG2000Lossless, JPEGBaseline8Bit, JPEGExtended12Bit, RLELossless

from naevia.image import decode_photo


@pytest.mark.parametrize("photometric", ["YBR_FULL_422", "YBR_FULL", "RGB"])
@pytest.mark.parametrize("syntax", [JPEGBaseline8Bit, JPEGExtended12Bit])
def test_jpeg_inside_dicom_keeps_its_colours(photometric: str, syntax: str) -> None:
    options = {"keep_rgb": True} if photometric == "RGB" else {"subsampling": "4:2:2"}
    inside = jpeg(LESION, **options)
    found = decode_photo(with_jpeg(inside, photometric=photometric, syntax=syntax)).rgb_u8
    np.testing.assert_array_equal(found, np.asarray(PillowImage.open(io.BytesIO(inside)).convert("RGB")))
    halves = inside[:1000], inside[1000:]
    np.testing.assert_array_equal(decode_photo(with_jpeg(*halves, photometric=photometric)).rgb_u8, found)


def without_statements(data: bytes) -> bytes:
    """The JPEG without its application segments, which say what its colours are."""
    place = 2
    while data[place + 1] != 0xDA:
        length = 2 + int.from_bytes(data[place + 2 : place + 4], "big")
        if 0xE0 <= data[place + 1] <= 0xEF:
            data = data[:place] + data[place + length :]
        else:
            place += length
    return data


def with_components(data: bytes, names: bytes) -> bytes:
    """The JPEG with other names for its components, in its frame and in its scan."""
    renamed = bytearray(data)
    frame, scan = data.index(b"\xff\xc0"), data.index(b"\xff\xda")
    renamed[frame + 10 : frame + 19 : 3] = names
    renamed[scan + 5 : scan + 11 : 2] = names
    return bytes(renamed)


FULL, HALVED = {"subsampling": "4:4:4"}, {"subsampling": "4:2:0"}
SILENT_RGB = without_statements(jpeg(LESION, keep_rgb=True))
STATED = [
    (jpeg(LESION, **HALVED), "RGB"),
    (jpeg(LESION, **FULL), "YBR_FULL"),
    (jpeg(LESION, keep_rgb=True), "YBR_FULL_422"),
    (SILENT_RGB, "RGB"),
    (SILENT_RGB, "YBR_FULL_422"),
    (with_components(SILENT_RGB, b"rgb"), "RGB"),
    (with_components(SILENT_RGB, bytes((1, 2, 3))), "RGB"),
    (without_statements(jpeg(LESION, **FULL)), "YBR_FULL"),
    (without_statements(jpeg(LESION, **HALVED)), "YBR_FULL_422"),
    (without_statements(jpeg(LESION, **HALVED)), "RGB"),
]


@pytest.mark.parametrize(("inside", "photometric"), STATED)
def test_what_a_jpeg_states_of_its_colours_counts_and_else_the_tags(inside: bytes, photometric: str) -> None:
    """Many systems put a JPEG of luma and chroma into DICOM and write RGB beside it."""
    for syntax in (JPEGBaseline8Bit, JPEGExtended12Bit):
        found = decode_photo(with_jpeg(inside, photometric=photometric, syntax=syntax)).rgb_u8
        assert np.abs(found.astype(int) - LESION).mean() < 4


@pytest.mark.parametrize("photometric", ["YBR_ICT", "YBR_RCT", "PALETTE COLOR"])
def test_a_jpeg_with_tags_that_fit_no_jpeg_is_refused(photometric: str) -> None:
    error = refusal(with_jpeg(jpeg(LESION), photometric=photometric))
    assert error.code == "unsupported"
    assert photometric in str(error) and "JPEG Baseline" in str(error)


def test_grey_jpeg_inside_dicom_is_read() -> None:
    found = decode_photo(with_jpeg(jpeg(LESION[..., 1]), photometric="MONOCHROME2", SamplesPerPixel=1)).rgb_u8
    assert np.abs(found[..., 0].astype(int) - LESION[..., 1]).mean() < 2


@pytest.mark.parametrize("share", [0.2, 0.5, 0.9])
@pytest.mark.parametrize("end", [b"", b"\xff\xd9", bytes(40_000) + b"\xff\xd9"])
def test_a_cut_off_jpeg_inside_dicom_is_refused(share: float, end: bytes) -> None:
    """Pillow, which decodes for pydicom, would show the rest as grey."""
    whole = jpeg(LESION)
    start = whole.index(b"\xff\xda") + 14
    cut = whole[: start + int((len(whole) - start) * share)]
    for syntax in (JPEGBaseline8Bit, JPEGExtended12Bit):
        assert refusal(with_jpeg(cut + end, syntax=syntax)).code == "damaged"


def test_a_jpeg_inside_dicom_is_refused_wherever_it_is_refused_alone() -> None:
    whole = jpeg(LESION)
    rng = np.random.default_rng(0)
    refused = 0
    for _ in range(60):
        broken = bytearray(whole)
        place = rng.integers(whole.index(b"\xff\xda") + 20, len(whole) - 10)
        broken[place : place + 8] = rng.bytes(8)
        if is_refused(bytes(broken)):
            refused += 1
            assert is_refused(with_jpeg(bytes(broken)))
    assert refused >= 30


def test_a_jpeg_with_arithmetic_coding_inside_dicom_is_refused() -> None:
    error = refusal(with_jpeg(jpeg(LESION).replace(b"\xff\xc0", b"\xff\xc9", 1)))
    assert error.code == "unsupported"
    assert "arithmetic coding" in str(error)


def test_tables_of_offsets_do_not_lead_the_decoder_past_the_check() -> None:
    whole = jpeg(LESION)
    cut = whole[: len(whole) // 2] + b"\xff\xd9"
    whole, cut = (data + b"\0" * (len(data) % 2) for data in (whole, cut))
    data = dicom(
        LESION,
        "YBR_FULL_422",
        syntax=JPEGBaseline8Bit,
        PixelData=encapsulate([whole, cut], has_bot=False),
        ExtendedOffsetTable=struct.pack("<Q", len(whole) + 8),
        ExtendedOffsetTableLengths=struct.pack("<Q", len(cut)),
    )
    assert is_refused(data) or np.abs(decode_photo(data).rgb_u8.astype(int) - LESION).mean() < 4


def test_a_jpeg_of_another_size_than_its_tags_say_is_refused() -> None:
    assert "another size" in str(refusal(with_jpeg(jpeg(LESION[:40]))))
    assert "another size" in str(refusal(with_jpeg(jpeg(np.tile(LESION, (9, 9, 1))))))


def run_length_coded() -> bytes:
    dataset = dcmread(io.BytesIO(dicom(LESION, "RGB")))
    dataset.compress(RLELossless)
    buffer = io.BytesIO()
    dataset.save_as(buffer, enforce_file_format=True)
    return buffer.getvalue()


@pytest.mark.parametrize("has_bot", [False, True])
def test_several_frames_are_refused_though_no_tag_counts_them(has_bot: bool) -> None:
    frames = [
        (JPEGBaseline8Bit, "YBR_FULL_422", jpeg(LESION)),
        (JPEG2000Lossless, "YBR_RCT", jpeg_2000(LESION)),
        (JPEG2000Lossless, "YBR_RCT", jpeg_2000(LESION, no_jp2=False)),
        (RLELossless, "RGB", dcmread(io.BytesIO(run_length_coded())).PixelData[16:]),
    ]
    for syntax, photometric, frame in frames:
        pixels = encapsulate([frame, frame], has_bot=has_bot)
        data = dicom(LESION, photometric, syntax=syntax, PixelData=pixels)
        assert refusal(data).code == "several-frames"


LOSSLESS = [
    (RLELossless, "RGB", run_length_coded()),
    (JPEG2000Lossless, "YBR_RCT", with_jpeg_2000(jpeg_2000(LESION))),
    (JPEG2000Lossless, "RGB", with_jpeg_2000(jpeg_2000(LESION), photometric="RGB")),
    (JPEG2000Lossless, "RGB", with_jpeg_2000(jpeg_2000(LESION, mct=0), photometric="RGB")),
    (JPEG2000Lossless, "RGB", with_jpeg_2000(jpeg_2000(LESION, no_jp2=False), photometric="RGB")),
]


@pytest.mark.parametrize(("syntax", "photometric", "data"), LOSSLESS)
def test_rle_and_jpeg_2000_are_read_whole_and_refused_cut(syntax: str, photometric: str, data: bytes) -> None:
    np.testing.assert_array_equal(decode_photo(data).rgb_u8, LESION)
    pixels = dcmread(io.BytesIO(data)).PixelData
    for share in (0.3, 0.6, 0.9):
        cut = encapsulate([pixels[16 : 16 + int(len(pixels) * share)]])
        assert refusal(dicom(LESION, photometric, syntax=syntax, PixelData=cut)).code == "damaged"


@pytest.mark.parametrize(
    ("transformed", "photometric"),
    [(1, "YBR_FULL"), (1, "YBR_FULL_422"), (0, "YBR_RCT"), (0, "YBR_ICT")],
)
def test_a_jpeg_2000_of_other_colours_than_its_tags_say_is_refused(
    transformed: int, photometric: str
) -> None:
    """Its decoder transforms the colours, or does not, and the tags say the contrary."""
    error = refusal(with_jpeg_2000(jpeg_2000(LESION, mct=transformed), photometric=photometric))
    assert error.code == "unsupported"
    assert photometric in str(error) and "contradict" in str(error)


def test_a_jpeg_2000_that_holds_luma_and_chroma_is_read() -> None:
    stored = np.asarray(PillowImage.fromarray(LESION).convert("YCbCr"))
    found = decode_photo(with_jpeg_2000(jpeg_2000(stored, mct=0), photometric="YBR_FULL")).rgb_u8
    assert np.abs(found.astype(int) - LESION).max() <= 3


@pytest.mark.parametrize(
    "pixels", [np.tile(LESION, (9, 9, 1)), LESION[:40], LESION[..., 1], LESION[..., [0, 1, 2, 2]]]
)
def test_a_jpeg_2000_of_another_size_than_its_tags_say_is_refused_before_decoding(
    pixels: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    """2 KB can become 3 GB."""
    monkeypatch.setattr("naevia.formats.dicom.pixel_array", lambda *_, **__: pytest.fail("it was believed"))
    codestream = jpeg_2000(pixels, mct=int(pixels.shape[2:] == (3,)))
    error = refusal(with_jpeg_2000(codestream))
    assert error.code == "damaged"
    assert "another size" in str(error)


def test_a_jpeg_2000_of_another_depth_than_its_tags_say_is_refused() -> None:
    deep = jpeg_2000(LESION[..., 1].astype(np.uint16) * 257, mct=0)
    tags = {"photometric": "MONOCHROME2", "SamplesPerPixel": 1, "BitsAllocated": 16, "HighBit": 11}
    assert "12 bits" in str(refusal(with_jpeg_2000(deep, BitsStored=12, **tags)))
    found = decode_photo(with_jpeg_2000(deep, BitsStored=16, **tags | {"HighBit": 15})).rgb_u8
    np.testing.assert_array_equal(found[..., 1], LESION[..., 1])


@pytest.mark.parametrize("damage", [b"\xff\x4f\xff\x51", jpeg_2000(LESION)[:50], bytes(2000)])
def test_a_jpeg_2000_without_a_header_is_damaged(damage: bytes) -> None:
    error = refusal(with_jpeg_2000(damage))
    assert error.code == "damaged"
    assert "no whole header" in str(error)


def test_rle_with_a_damaged_count_is_refused() -> None:
    """All that follows would be shifted; pydicom cuts off what is too much and warns."""
    data = run_length_coded()
    start = data.index(struct.pack("<II", 3, 64)) + 64
    rng = np.random.default_rng(0)
    refused = 0
    for _ in range(60):
        broken = bytearray(data)
        place = rng.integers(start, len(data) - 100)
        broken[place : place + 8] = rng.bytes(8)
        if is_refused(bytes(broken)):
            refused += 1
        else:
            off = np.abs(decode_photo(bytes(broken)).rgb_u8.astype(int) - LESION).max(axis=2) > 20
            assert off.mean() < 0.01
    assert refused >= 20
