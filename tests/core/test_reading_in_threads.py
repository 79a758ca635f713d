"""Photos read by several threads at once: who waits for whom, and what becomes of the warnings."""

from __future__ import annotations

import importlib
import io
import threading
import time
import warnings
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from pathlib import Path

import numpy as np
import pytest
from dicom_files import LESION, dicom
from PIL import Image as PillowImage

from naevia.image import decode_photo, read_photo


def encoded(kind: str) -> bytes:
    if kind == "DICOM":
        return dicom(LESION, "RGB")
    buffer = io.BytesIO()
    PillowImage.fromarray(LESION).save(buffer, kind)
    return buffer.getvalue()


DECODERS = {
    "TIFF": "naevia.formats.tiff.decoded_by_pillow",
    "BMP": "naevia.formats.bmp.decoded_by_pillow",
    "DICOM": "naevia.formats.dicom.pixel_array",
    "PNG": "naevia.image.decode_opencv",
}


@pytest.mark.parametrize("kind", DECODERS)
def test_two_threads_decode_at_once_and_odd_photos_stay_quiet(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The decoders meet; then one warns after the other has left."""
    module, name = DECODERS[kind].rsplit(".", 1)
    decode = getattr(importlib.import_module(module), name)
    meeting, other_is_done = threading.Barrier(2), threading.Event()

    def decode_together(*arguments: object, **options: object) -> object:
        if meeting.wait(timeout=20) == 0:
            other_is_done.wait(timeout=20)
            if kind != "PNG":  # OpenCV never warns
                warnings.warn("an odd photo", stacklevel=1)
        return decode(*arguments, **options)

    monkeypatch.setattr(DECODERS[kind], decode_together)
    filters = list(warnings.filters)
    with ThreadPoolExecutor(2) as pool:
        photos = [pool.submit(decode_photo, encoded(kind)) for _ in range(2)]
        wait(photos, return_when=FIRST_COMPLETED)
        other_is_done.set()
    for photo in photos:
        np.testing.assert_array_equal(photo.result().rgb_u8, LESION)
    assert list(warnings.filters) == filters


@pytest.mark.parametrize("kind", DECODERS)
def test_very_large_photos_are_decoded_one_at_a_time(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    module, name = DECODERS[kind].rsplit(".", 1)
    decode = getattr(importlib.import_module(module), name)
    busy = threading.Lock()

    def decode_alone(*arguments: object, **options: object) -> object:
        assert busy.acquire(blocking=False), "another thread decodes"
        time.sleep(0.02)
        busy.release()
        return decode(*arguments, **options)

    monkeypatch.setattr(DECODERS[kind], decode_alone)
    monkeypatch.setattr("naevia.formats.pixels._LARGE_PIXELS", LESION.shape[0] * LESION.shape[1] - 1)
    with ThreadPoolExecutor(4) as pool:
        for photo in pool.map(decode_photo, [encoded(kind)] * 8):
            np.testing.assert_array_equal(photo.rgb_u8, LESION)


def test_large_files_are_in_memory_one_at_a_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    busy = threading.Lock()

    def decode_alone(data: bytes, **_: object) -> int:
        assert busy.acquire(blocking=False), "another thread has a file"
        time.sleep(0.02)
        busy.release()
        return len(data)

    monkeypatch.setattr("naevia.image.decode_photo", decode_alone)
    large = tmp_path / "large.jpg"
    with large.open("wb") as file:
        file.truncate(50_000_001)
    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(read_photo, [large] * 6)) == {50_000_001}
