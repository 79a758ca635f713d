"""DICOM photos, written by pydicom itself."""

from __future__ import annotations

import io
import struct
import tracemalloc
import zlib

import numpy as np
import pytest
from PIL import Image as PillowImage
from pydicom import dcmread
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ExplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    JPEGExtended12Bit,
    JPEGLSLossless,
    RLELossless,
    generate_uid,
)

from naevia.errors import ImageError
from naevia.image import decode_photo
from naevia.synthetic import draw_lesion

LESION = draw_lesion("mel", seed=4, width_px=96, height_px=72)


def dicom(pixels: np.ndarray, photometric: str, **changes: object) -> bytes:
    """A dermoscopy file, as a photo system exports it."""
    dataset = Dataset()
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = changes.pop("syntax", ExplicitVRLittleEndian)
    dataset.file_meta.MediaStorageSOPClassUID = "1.2.840.10008.5.1.4.1.1.77.1.4"
    dataset.file_meta.MediaStorageSOPInstanceUID = generate_uid()
    dataset.SOPClassUID = dataset.file_meta.MediaStorageSOPClassUID
    dataset.SOPInstanceUID = dataset.file_meta.MediaStorageSOPInstanceUID
    dataset.PatientName = "Nobody^Really"
    dataset.Rows, dataset.Columns = pixels.shape[:2]
    dataset.SamplesPerPixel = 1 if pixels.ndim == 2 else 3
    dataset.PhotometricInterpretation = photometric
    dataset.BitsAllocated = dataset.BitsStored = pixels.itemsize * 8
    dataset.HighBit, dataset.PixelRepresentation = dataset.BitsStored - 1, 0
    if pixels.ndim == 3:
        dataset.PlanarConfiguration = 0
    dataset.PixelData = pixels.tobytes()
    for name, value in changes.items():
        setattr(dataset, name, value)
    buffer = io.BytesIO()
    dataset.save_as(buffer, enforce_file_format=True)
    return buffer.getvalue()


def test_rgb_gives_the_very_pixels() -> None:
    photo = decode_photo(dicom(LESION, "RGB"))
    np.testing.assert_array_equal(photo.rgb_u8, LESION)
    assert photo.format == "DICOM"


def jpeg(pixels: np.ndarray, **options: object) -> bytes:
    buffer = io.BytesIO()
    PillowImage.fromarray(pixels).save(buffer, "JPEG", **{"quality": 95, **options})
    return buffer.getvalue()


def with_jpeg(*fragments: bytes, photometric: str = "YBR_FULL_422", **changes: object) -> bytes:
    """A file that holds one JPEG, in one fragment or several."""
    pixels = encapsulate([b"".join(fragments)], fragments_per_frame=len(fragments), has_bot=False)
    return dicom(LESION, photometric, **{"syntax": JPEGBaseline8Bit, "PixelData": pixels, **changes})


@pytest.mark.parametrize("photometric", ["YBR_FULL_422", "YBR_FULL", "RGB"])
@pytest.mark.parametrize("syntax", [JPEGBaseline8Bit, JPEGExtended12Bit])
def test_jpeg_inside_dicom_keeps_its_colours(photometric: str, syntax: str) -> None:
    options = {"keep_rgb": True} if photometric == "RGB" else {"subsampling": "4:2:2"}
    inside = jpeg(LESION, **options)
    found = decode_photo(with_jpeg(inside, photometric=photometric, syntax=syntax)).rgb_u8
    np.testing.assert_array_equal(found, np.asarray(PillowImage.open(io.BytesIO(inside)).convert("RGB")))
    halves = inside[:1000], inside[1000:]
    np.testing.assert_array_equal(decode_photo(with_jpeg(*halves, photometric=photometric)).rgb_u8, found)


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


def refusal(data: bytes) -> ImageError:
    with pytest.raises(ImageError) as caught:
        decode_photo(data)
    return caught.value


def is_refused(data: bytes) -> bool:
    try:
        decode_photo(data)
    except ImageError:
        return True
    return False


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


def compressed(syntax: str, photometric: str) -> bytes:
    dataset = dcmread(io.BytesIO(dicom(LESION, photometric)))
    if syntax == RLELossless:
        dataset.compress(syntax)
    else:
        buffer = io.BytesIO()
        PillowImage.fromarray(LESION).save(buffer, "JPEG2000", no_jp2=True, irreversible=False)
        dataset.PixelData = encapsulate([buffer.getvalue()])
        dataset.file_meta.TransferSyntaxUID = syntax
    buffer = io.BytesIO()
    dataset.save_as(buffer, enforce_file_format=True)
    return buffer.getvalue()


LOSSLESS = [(RLELossless, "RGB"), (JPEG2000Lossless, "YBR_RCT")]


@pytest.mark.parametrize(("syntax", "photometric"), LOSSLESS)
def test_rle_and_jpeg_2000_are_read_whole_and_refused_cut(syntax: str, photometric: str) -> None:
    data = compressed(syntax, photometric)
    np.testing.assert_array_equal(decode_photo(data).rgb_u8, LESION)
    pixels = dcmread(io.BytesIO(data)).PixelData
    for share in (0.3, 0.6, 0.9):
        cut = encapsulate([pixels[16 : 16 + int(len(pixels) * share)]])
        assert refusal(dicom(LESION, photometric, syntax=syntax, PixelData=cut)).code == "damaged"


def test_rle_with_a_damaged_count_is_refused() -> None:
    """All that follows would be shifted; pydicom cuts off what is too much and warns."""
    data = compressed(RLELossless, "RGB")
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
