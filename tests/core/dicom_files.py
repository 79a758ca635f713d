"""DICOM files for tests, written by pydicom itself."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image as PillowImage
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.uid import ExplicitVRLittleEndian, JPEG2000Lossless, JPEGBaseline8Bit, generate_uid

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


def jpeg(pixels: np.ndarray, **options: object) -> bytes:
    buffer = io.BytesIO()
    PillowImage.fromarray(pixels).save(buffer, "JPEG", **{"quality": 95, **options})
    return buffer.getvalue()


def with_jpeg(*fragments: bytes, photometric: str = "YBR_FULL_422", **changes: object) -> bytes:
    """A file that holds one JPEG, in one fragment or several."""
    pixels = encapsulate([b"".join(fragments)], fragments_per_frame=len(fragments), has_bot=False)
    return dicom(LESION, photometric, **{"syntax": JPEGBaseline8Bit, "PixelData": pixels, **changes})


def jpeg_2000(pixels: np.ndarray, **options: object) -> bytes:
    buffer = io.BytesIO()
    PillowImage.fromarray(pixels).save(buffer, "JPEG2000", **{"no_jp2": True, "mct": 1, **options})
    return buffer.getvalue()


def with_jpeg_2000(codestream: bytes, *, photometric: str = "YBR_RCT", **changes: object) -> bytes:
    """A file that holds one JPEG 2000."""
    pixels = encapsulate([codestream])
    return dicom(LESION, photometric, **{"syntax": JPEG2000Lossless, "PixelData": pixels, **changes})


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
