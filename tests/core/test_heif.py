"""HEIF photos, written by pillow-heif where it is installed, and their relatives that are refused."""

from __future__ import annotations

import io
from types import ModuleType

import numpy as np
import pytest
from PIL import Image as PillowImage

from naevia.errors import ImageError
from naevia.image import decode_photo
from naevia.synthetic import draw_lesion

LESION = draw_lesion("mel", seed=4, width_px=96, height_px=72)


@pytest.fixture
def pillow_heif() -> ModuleType:
    return pytest.importorskip("pillow_heif", reason="the `heif` extra is not installed")


def encode(pillow_heif: ModuleType, *photos: PillowImage.Image, **options: object) -> bytes:
    file = pillow_heif.HeifFile()
    for photo in photos:
        file.add_from_pillow(photo)
    buffer = io.BytesIO()
    file.save(buffer, quality=95, **options)
    return buffer.getvalue()


def refusal(data: bytes) -> ImageError:
    with pytest.raises(ImageError) as caught:
        decode_photo(data)
    return caught.value


def difference(data: bytes, expected: np.ndarray) -> float:
    found = decode_photo(data).rgb_u8
    assert found.shape == expected.shape
    return float(np.abs(found.astype(int) - expected).mean())


def test_a_good_photo_keeps_its_colours(pillow_heif: ModuleType) -> None:
    data = encode(pillow_heif, PillowImage.fromarray(LESION))
    assert difference(data, LESION) < 3
    assert decode_photo(data).format == "HEIF"


@pytest.mark.parametrize("main", [b"mif1", b"mif2", b"miaf"])
@pytest.mark.parametrize("compatible", [b"heic", b"mif1"])
def test_a_general_main_brand_is_read_by_its_compatible_ones(
    pillow_heif: ModuleType, main: bytes, compatible: bytes
) -> None:
    data = encode(pillow_heif, PillowImage.fromarray(LESION))
    length = int.from_bytes(data[:4], "big")
    brands = (main + bytes(4) + compatible * ((length - 16) // 4)).ljust(length - 8, b"\0")
    assert difference(data[:8] + brands + data[length:], LESION) < 3


@pytest.mark.parametrize("orientation", [1, 3, 6, 8])
def test_an_orientation_is_applied_once(pillow_heif: ModuleType, orientation: int) -> None:
    turns = {1: 0, 3: 2, 6: 1, 8: 3}[orientation]
    photo = PillowImage.fromarray(np.rot90(LESION, turns).copy())
    exif = PillowImage.Exif()
    exif[0x0112] = orientation
    data = encode(pillow_heif, photo, exif=exif.tobytes())
    assert (b"irot" in data) == (orientation != 1)  # the writer notes the turn in both places, as phones do
    assert difference(data, LESION) < 3


def test_alpha_is_laid_over_white(pillow_heif: ModuleType) -> None:
    alpha = np.full((72, 96), 255, np.uint8)
    alpha[:, 48:] = 0
    data = encode(pillow_heif, PillowImage.fromarray(np.dstack([LESION, alpha])))
    found = decode_photo(data).rgb_u8
    assert found[:, 64:].min() > 250
    assert np.abs(found[:, :32].astype(int) - LESION[:, :32]).mean() < 3


@pytest.mark.parametrize("bits", [8, 16])
def test_grey_keeps_its_brightness(pillow_heif: ModuleType, bits: int) -> None:
    grey = LESION[..., 1] if bits == 8 else LESION[..., 1].astype(np.uint16) * 257
    expected = np.repeat(LESION[..., 1:2], 3, axis=2)
    assert difference(encode(pillow_heif, PillowImage.fromarray(grey)), expected) < 3


def test_several_photos_are_refused(pillow_heif: ModuleType) -> None:
    photo = PillowImage.fromarray(LESION)
    error = refusal(encode(pillow_heif, photo, photo))
    assert error.code == "several-frames"
    assert "2 photos" in str(error)


def test_too_many_pixels_and_cut_files_are_refused(pillow_heif: ModuleType) -> None:
    data = encode(pillow_heif, PillowImage.fromarray(LESION))
    with pytest.raises(ImageError, match="96x72"):
        decode_photo(data, max_pixels=96 * 72 - 1)
    for share in (0.1, 0.5, 0.9):
        assert refusal(data[: int(len(data) * share)]).code == "damaged"


@pytest.mark.parametrize(
    "brands",
    [b"avif\0\0\0\0mif1miaf", b"avis\0\0\0\0avifmsf1", b"mif1\0\0\0\0avifmiaf", b"miaf\0\0\0\0avifmif1"],
)
def test_avif_is_called_by_its_name_and_refused(brands: bytes) -> None:
    error = refusal(b"\0\0\0\x18ftyp" + brands + bytes(64))
    assert error.code == "unsupported"
    assert "AVIF" in str(error)


@pytest.mark.parametrize("brand", [b"hevc", b"msf1"])
def test_films_are_refused(brand: bytes) -> None:
    assert refusal(b"\0\0\0\x14ftyp" + brand + b"\0\0\0\0heic" + bytes(64)).code == "several-frames"


@pytest.mark.parametrize("main", [b"isom", b"miaf"])
def test_films_of_other_kinds_are_no_images(main: bytes) -> None:
    assert refusal(b"\0\0\0\x14ftyp" + main + b"\0\0\0\0mp42" + bytes(64)).code == "not-an-image"


def test_an_orientation_that_only_xmp_gives_is_not_applied(pillow_heif: ModuleType) -> None:
    xmp = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><x tiff:Orientation="1"/></x:xmpmeta>'
    written = encode(pillow_heif, PillowImage.fromarray(LESION), xmp=xmp)
    data = written.replace(b'Orientation="1"', b'Orientation="6"')  # the writer would turn
    assert data != written and b"irot" not in data
    assert decode_photo(data).rgb_u8.shape == LESION.shape
