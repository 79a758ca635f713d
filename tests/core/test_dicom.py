"""DICOM photos, written by pydicom itself."""

from __future__ import annotations

import hashlib
import io
import time
import tracemalloc
import zlib

import cv2
import numpy as np
import pytest
from dicom_files import LESION, dicom, refusal
from pydicom import dcmread
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.uid import (
    UID,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEGLSLossless,
    RLELossless,
    generate_uid,
)

from naevia.errors import ImageError
from naevia.image import decode_photo


def test_rgb_gives_the_very_pixels() -> None:
    photo = decode_photo(dicom(LESION, "RGB"))
    np.testing.assert_array_equal(photo.rgb_u8, LESION)
    assert photo.format == "DICOM"


def test_a_file_without_preamble_is_read_where_it_says_how_it_is_stored() -> None:
    data = dicom(LESION, "RGB")[132:]
    photo = decode_photo(data)
    np.testing.assert_array_equal(photo.rgb_u8, LESION)
    assert photo.sha256 == hashlib.sha256(data).hexdigest()
    bare = data[data.index(b"\x08\0\x16\0") :]
    error = refusal(bare)
    assert error.code == "unsupported"
    assert "without preamble" in str(error) and "export it as" in str(error)


LARGE = cv2.resize(LESION, (2000, 1500))


@pytest.mark.parametrize(
    ("pixels", "photometric", "changes"),
    [
        (LARGE[..., 1], "MONOCHROME2", {}),
        (LARGE[..., 1], "MONOCHROME1", {"WindowCenter": 128, "WindowWidth": 200}),
        (LARGE, "YBR_FULL", {}),
        (LARGE, "RGB", {}),
    ],
)
def test_a_large_photo_takes_little_more_memory_than_its_pixels(
    pixels: np.ndarray, photometric: str, changes: dict[str, object]
) -> None:
    """Computed at once, the wide numbers behind grey and luma would take several times as much."""
    data = dicom(pixels, photometric, **changes)
    tracemalloc.start()
    decode_photo(data)
    peak_bytes = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak_bytes < 4 * LARGE.nbytes


def test_deflated_files_are_refused_before_they_are_inflated() -> None:
    """1 MB can become 1 GB."""
    data = dicom(LESION, "RGB", syntax=DeflatedExplicitVRLittleEndian)
    pixels_at = data.index(b"1.2.840.10008.1.2.1.99")
    assert dcmread(io.BytesIO(data)).Rows == 72
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    bomb = packer.compress(bytes(64 << 20)) + packer.flush()
    tracemalloc.start()
    errors = [refusal(data), refusal(data[: pixels_at + 300] + bomb)]
    peak_bytes = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert {error.code for error in errors} == {"unsupported"}
    assert "Deflated" in str(errors[0]) and "export it as JPEG or PNG" in str(errors[0])
    assert peak_bytes < 4 << 20


def test_ways_of_storing_pixels_that_were_not_compared_are_refused_by_name() -> None:
    error = refusal(dicom(LESION, "RGB", syntax=JPEGLSLossless, PixelData=encapsulate([bytes(1000)])))
    assert error.code == "unsupported"
    assert "JPEG-LS" in str(error)


RAMP = np.tile(np.linspace(100, 4000, 64).astype(np.uint16), (32, 1))


def grey(data: bytes) -> list[int]:
    """The ramp's first, middle and last grey level."""
    row = decode_photo(data).rgb_u8[0, :, 0]
    return row[[0, 31, 63]].tolist()


def test_grey_without_a_window_is_not_stretched_to_its_own_range() -> None:
    assert grey(dicom(RAMP, "MONOCHROME2", BitsStored=12, HighBit=11)) == [6, 126, 249]
    assert grey(dicom(RAMP, "MONOCHROME2")) == [0, 8, 16]  # 16 bits: value / 257
    flat = np.full((32, 64), 200, np.uint8)
    assert grey(dicom(flat, "MONOCHROME2")) == [200, 200, 200]


def test_grey_goes_through_the_files_own_rescale_and_window() -> None:
    window = {"BitsStored": 12, "HighBit": 11, "WindowCenter": 2048.5, "WindowWidth": 8001}
    assert grey(dicom(RAMP, "MONOCHROME2", **window)) == [65, 127, 190]
    # The same window in rescaled units gives the same picture.
    rescaled = window | {"RescaleSlope": 2, "RescaleIntercept": -1000}
    rescaled |= {"WindowCenter": 2048 * 2 - 1000 + 0.5, "WindowWidth": 16001}
    assert grey(dicom(RAMP, "MONOCHROME2", **rescaled)) == [65, 127, 190]
    several = window | {"WindowCenter": [2048.5, 100], "WindowWidth": [8001, 10]}
    assert grey(dicom(RAMP, "MONOCHROME2", **several)) == [65, 127, 190]


def test_signed_grey_has_its_zero_in_the_middle() -> None:
    signed = (RAMP.astype(np.int16) - 2048).astype(np.int16)
    data = dicom(signed, "MONOCHROME2", BitsStored=12, HighBit=11, PixelRepresentation=1)
    assert grey(data) == [6, 126, 249]


def test_monochrome1_is_inverted() -> None:
    plain = decode_photo(dicom(RAMP, "MONOCHROME2", BitsStored=12, HighBit=11)).rgb_u8
    inverted = decode_photo(dicom(RAMP, "MONOCHROME1", BitsStored=12, HighBit=11)).rgb_u8
    np.testing.assert_array_equal(inverted, 255 - plain)


def lookup_table() -> list[Dataset]:
    table = Dataset()
    table.LUTDescriptor, table.LUTData, table.ModalityLUTType = [256, 0, 16], bytes(512), "US"
    return [table]


@pytest.mark.parametrize(
    ("pixels", "photometric", "changes"),
    [
        (RAMP, "MONOCHROME2", {"RescaleSlope": -1, "RescaleIntercept": 0}),
        (RAMP, "MONOCHROME2", {"ModalityLUTSequence": lookup_table()}),
        (RAMP, "MONOCHROME2", {"VOILUTSequence": lookup_table()}),
        (LESION.astype(np.uint16) * 16, "RGB", {"BitsStored": 12, "HighBit": 11}),
        (LESION, "HSV", {}),
    ],
)
def test_what_has_no_rule_is_refused(
    pixels: np.ndarray, photometric: str, changes: dict[str, object]
) -> None:
    with pytest.raises(ImageError) as caught:
        decode_photo(dicom(pixels, photometric, **changes))
    assert caught.value.code == "unsupported"
    assert "export it as JPEG or PNG" in str(caught.value)


def test_several_frames_are_refused() -> None:
    data = dicom(LESION, "RGB", NumberOfFrames=2, PixelData=LESION.tobytes() * 2)
    with pytest.raises(ImageError) as caught:
        decode_photo(data)
    assert caught.value.code == "several-frames"


def test_too_many_pixels_are_refused_before_decoding() -> None:
    with pytest.raises(ImageError) as caught:
        decode_photo(dicom(LESION, "RGB", Rows=60_000, Columns=60_000))
    assert caught.value.code == "too-large"


@pytest.mark.parametrize("keep", [140, 400, -500])
def test_cut_files_are_refused_without_naming_the_patient(keep: int) -> None:
    with pytest.raises(ImageError) as caught:
        decode_photo(dicom(LESION, "RGB")[:keep])
    assert "Nobody" not in str(caught.value)


def test_padding_behind_the_pixels_takes_no_time() -> None:
    data = dicom(LESION, "RGB")
    start_s = time.process_time()
    np.testing.assert_array_equal(decode_photo(data + bytes(8 << 20)).rgb_u8, LESION)
    pixels_at = data.index(b"\xe0\x7f\x10\x00")
    assert refusal(data[:pixels_at] + bytes(8 << 20)).code == "damaged"
    assert time.process_time() - start_s < 2


@pytest.mark.parametrize("changes", [{"Columns": 95}, {"Columns": 64}, {"Rows": 71}, {"Rows": 50}])
@pytest.mark.parametrize("photometric", ["RGB", "MONOCHROME2"])
def test_files_that_hold_more_than_their_tags_say_are_refused(
    photometric: str, changes: dict[str, object]
) -> None:
    pixels = LESION if photometric == "RGB" else LESION[..., 1]
    assert refusal(dicom(pixels, photometric, **changes)).code == "damaged"


def test_an_odd_number_of_pixels_may_be_filled_up_by_one() -> None:
    odd = LESION[:71, :95]
    np.testing.assert_array_equal(
        decode_photo(dicom(odd, "RGB", PixelData=odd.tobytes() + b"\0")).rgb_u8, odd
    )


def test_a_file_without_a_picture_is_told_from_one_that_lost_it() -> None:
    report = Dataset()
    report.file_meta = FileMetaDataset()
    report.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    report.file_meta.MediaStorageSOPClassUID = report.SOPClassUID = "1.2.840.10008.5.1.4.1.1.88.11"
    report.file_meta.MediaStorageSOPInstanceUID = report.SOPInstanceUID = generate_uid()
    buffer = io.BytesIO()
    report.save_as(buffer, enforce_file_format=True)
    assert refusal(buffer.getvalue()).code == "not-an-image"
    whole = dicom(LESION, "RGB", syntax=RLELossless, PixelData=encapsulate([bytes(5000)]))
    for cut in (whole[:-1000], whole[:-8], whole[: whole.index(b"\xe0\x7f\x10\x00")]):
        error = refusal(cut)
        assert error.code == "damaged"
        assert "again" in str(error)


@pytest.mark.parametrize("syntax", [ImplicitVRLittleEndian, ExplicitVRLittleEndian, ExplicitVRBigEndian])
def test_pixels_that_have_moved_by_a_few_bytes_are_refused(syntax: UID) -> None:
    """Red, green and blue would be exchanged; the bytes too many lie behind what the tags call pixels."""
    data = dicom(LESION, "RGB", syntax=syntax)
    at = len(data) - LESION.size
    for by_bytes in (1, 2, 5, 30):
        error = refusal(data[:at] + bytes(range(1, by_bytes + 1)) + data[at:])
        assert error.code == "damaged"
        assert "behind its pixels" in str(error) and "copy it again" in str(error)


@pytest.mark.parametrize("syntax", [ImplicitVRLittleEndian, ExplicitVRLittleEndian, ExplicitVRBigEndian])
def test_tags_that_may_follow_the_pixels_are_read_past(syntax: UID) -> None:
    data = dicom(LESION, "RGB", syntax=syntax, DataSetTrailingPadding=b"\0" * 100)
    np.testing.assert_array_equal(decode_photo(data).rgb_u8, LESION)


def test_a_file_changed_by_a_transfer_as_text_is_refused() -> None:
    with_line_feeds = LESION.copy()
    with_line_feeds[5, 5:9] = 10
    data = dicom(with_line_feeds, "RGB")
    at = len(data) - LESION.size
    assert refusal(data[:at] + data[at:].replace(b"\n", b"\r\n")).code == "damaged"
