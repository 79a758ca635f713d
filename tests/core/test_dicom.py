"""DICOM photos, written by pydicom itself."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image as PillowImage
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.uid import ExplicitVRLittleEndian, JPEGBaseline8Bit, generate_uid

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


def test_jpeg_inside_dicom_keeps_its_colours() -> None:
    buffer = io.BytesIO()
    PillowImage.fromarray(LESION).save(buffer, "JPEG", quality=95)
    data = dicom(LESION, "YBR_FULL_422", syntax=JPEGBaseline8Bit, PixelData=encapsulate([buffer.getvalue()]))
    assert np.abs(decode_photo(data).rgb_u8.astype(int) - LESION).mean() < 4


def test_monochrome1_is_inverted_and_grey_fills_the_range() -> None:
    ramp = np.tile(np.linspace(100, 4000, 64).astype(np.uint16), (32, 1))
    plain = decode_photo(dicom(ramp, "MONOCHROME2")).rgb_u8
    inverted = decode_photo(dicom(ramp, "MONOCHROME1")).rgb_u8
    assert (plain.min(), plain.max()) == (0, 255)
    np.testing.assert_array_equal(inverted, 255 - plain)


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
