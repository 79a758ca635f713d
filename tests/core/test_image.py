"""Reading photos: every promised kind of file, every orientation, and damage of every sort."""

from __future__ import annotations

import io
import struct
import sys
import zlib
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image as PillowImage
from PIL import PngImagePlugin

from naevia.errors import ImageError
from naevia.image import decode_photo, read_photo
from naevia.synthetic import draw_lesion

LESION = draw_lesion("nv", seed=1, width_px=120, height_px=90)
# Four flat quarters of different colour: survives lossy compression, and no two orientations look alike.
QUARTERS = np.zeros((80, 120, 3), np.uint8)
QUARTERS[:40, :60], QUARTERS[:40, 60:] = (220, 40, 40), (40, 200, 40)
QUARTERS[40:, :60], QUARTERS[40:, 60:] = (40, 40, 220), (230, 230, 40)


def encoded(pixels: np.ndarray, kind: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    PillowImage.fromarray(pixels).save(buffer, kind, **options)
    return buffer.getvalue()


@pytest.mark.parametrize("kind", ["PNG", "BMP", "TIFF"])
def test_lossless_formats_give_the_very_pixels(kind: str) -> None:
    photo = decode_photo(encoded(LESION, kind))
    np.testing.assert_array_equal(photo.rgb_u8, LESION)
    assert (photo.width_px, photo.height_px, photo.format) == (120, 90, kind)


@pytest.mark.parametrize("kind", ["JPEG", "WEBP"])
def test_lossy_formats_give_nearly_the_pixels(kind: str) -> None:
    photo = decode_photo(encoded(LESION, kind, quality=95))
    assert np.abs(photo.rgb_u8.astype(int) - LESION).mean() < 3


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_every_orientation_comes_out_upright(kind: str, orientation: int) -> None:
    # What a camera stores for a scene that is upright after the orientation is applied.
    undo = {1: None, 2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}[orientation]
    stored = PillowImage.fromarray(QUARTERS)
    if undo is not None:
        stored = stored.transpose(PillowImage.Transpose(undo))
    exif = PillowImage.Exif()
    exif[0x0112] = orientation
    buffer = io.BytesIO()
    options = {"tiffinfo": {274: orientation}} if kind == "TIFF" else {"exif": exif.tobytes()}
    stored.save(buffer, kind, **options)
    upright = decode_photo(buffer.getvalue()).rgb_u8
    assert upright.shape == QUARTERS.shape
    assert np.abs(upright.astype(int) - QUARTERS).mean() < 8


@pytest.mark.parametrize("orientation", range(1, 9))
def test_sixteen_bit_tiff_comes_out_upright_too(orientation: int) -> None:
    undo = {1: None, 2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}[orientation]
    stored = PillowImage.fromarray(QUARTERS[..., 0])
    if undo is not None:
        stored = stored.transpose(PillowImage.Transpose(undo))
    buffer = io.BytesIO()
    deep = PillowImage.fromarray(np.asarray(stored).astype(np.uint16) * 257)
    deep.save(buffer, "TIFF", tiffinfo={274: orientation})
    np.testing.assert_array_equal(decode_photo(buffer.getvalue()).rgb_u8[..., 0], QUARTERS[..., 0])


XMP = b"""<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description xmlns:tiff="http://ns.adobe.com/tiff/1.0/" tiff:Orientation="6"/></rdf:RDF></x:xmpmeta>"""


@pytest.mark.parametrize(
    ("kind", "bits"), [("JPEG", 8), ("PNG", 8), ("PNG", 16), ("WEBP", 8), ("TIFF", 8), ("TIFF", 16)]
)
def test_an_orientation_that_only_xmp_gives_is_not_applied(kind: str, bits: int) -> None:
    """Programs leave it beside pixels that they have turned."""
    text = PngImagePlugin.PngInfo()
    text.add_itxt("XML:com.adobe.xmp", XMP.decode())
    options = {"PNG": {"pnginfo": text}, "TIFF": {"tiffinfo": {700: XMP}}}.get(kind, {"xmp": XMP})
    stored = LESION if bits == 8 else LESION[..., 1].astype(np.uint16) * 257
    exif = PillowImage.Exif()
    exif[0x010E] = "EXIF that gives no orientation"
    for more in ({}, {"exif": exif.tobytes()}):
        data = encoded(stored, kind, **options, **more)
        assert b"tiff:Orientation" in data
        assert decode_photo(data).rgb_u8.shape == LESION.shape


def test_an_impossible_orientation_counts_as_upright() -> None:
    exif = PillowImage.Exif()
    exif[0x0112] = 77
    assert decode_photo(encoded(LESION, "PNG", exif=exif.tobytes())).rgb_u8.shape == LESION.shape


def test_sixteen_bits_are_divided_by_257_and_rounded() -> None:
    values = np.array([[0, 128, 129, 32896, 65406, 65535]], np.uint16).repeat(8, axis=0)
    ok, data = cv2.imencode(".png", values)
    assert ok
    assert decode_photo(data.tobytes()).rgb_u8[0, :, 0].tolist() == [0, 0, 1, 128, 254, 255]


def test_grey_palette_and_one_bit_become_rgb() -> None:
    grey = PillowImage.fromarray(LESION).convert("L")
    for image in (grey, grey.convert("1"), PillowImage.fromarray(LESION).quantize(16)):
        buffer = io.BytesIO()
        image.save(buffer, "PNG")
        expected = np.asarray(image.convert("RGB"))
        np.testing.assert_array_equal(decode_photo(buffer.getvalue()).rgb_u8, expected)


def test_alpha_is_laid_over_white() -> None:
    rgba = np.dstack([np.full((8, 8, 3), 100, np.uint8), np.full((8, 8), 0, np.uint8)])
    rgba[:, 4:, 3] = 255
    rgba[:, 3, 3] = 51
    row = decode_photo(encoded(rgba, "PNG")).rgb_u8[0, :, 0]
    assert row.tolist() == [255, 255, 255, 224, 100, 100, 100, 100]


def test_cmyk_jpeg_keeps_its_colours() -> None:
    buffer = io.BytesIO()
    PillowImage.fromarray(QUARTERS).convert("CMYK").save(buffer, "JPEG", quality=95)
    assert np.abs(decode_photo(buffer.getvalue()).rgb_u8.astype(int) - QUARTERS).mean() < 6


def test_the_content_decides_not_the_name(tmp_path: Path) -> None:
    path = tmp_path / "photo.jpg"
    path.write_bytes(encoded(LESION, "PNG"))
    assert read_photo(path).format == "PNG"


def test_pictures_behind_a_phones_jpeg_are_ignored() -> None:
    first, second = PillowImage.fromarray(LESION), PillowImage.fromarray(LESION[::-1].copy())
    buffer = io.BytesIO()
    first.save(buffer, "MPO", save_all=True, append_images=[second], quality=95)
    photo = decode_photo(buffer.getvalue())
    assert np.abs(photo.rgb_u8.astype(int) - LESION).mean() < 3


@pytest.mark.parametrize("kind", ["TIFF", "PNG", "WEBP"])
def test_files_with_several_frames_are_refused(kind: str) -> None:
    frames = [PillowImage.fromarray(np.roll(LESION, 9 * i, axis=1)) for i in range(3)]
    buffer = io.BytesIO()
    frames[0].save(buffer, kind, save_all=True, append_images=frames[1:])
    with pytest.raises(ImageError) as caught:
        decode_photo(buffer.getvalue())
    assert caught.value.code == "several-frames"


def huge_png(width: int, height: int) -> bytes:
    """A small PNG file whose header promises a huge picture."""

    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = zlib.compress(bytes(1000))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


@pytest.mark.parametrize("size", [(20_000, 20_000), (2_000_000_000, 3), (10_001, 10_000)])
def test_too_many_pixels_are_refused_before_decoding(size: tuple[int, int]) -> None:
    with pytest.raises(ImageError) as caught:
        decode_photo(huge_png(*size))
    assert caught.value.code == "too-large"


def test_the_cap_counts_pixels() -> None:
    data = encoded(LESION, "PNG")
    assert decode_photo(data, max_pixels=120 * 90).width_px == 120
    with pytest.raises(ImageError, match="120x90"):
        decode_photo(data, max_pixels=120 * 90 - 1)


def test_missing_empty_folder_and_foreign_files_say_what_they_are(tmp_path: Path) -> None:
    (tmp_path / "empty.jpg").touch()
    (tmp_path / "letter.jpg").write_text("Dear colleague, ...")
    cases = {"none.jpg": "not-found", "empty.jpg": "empty", "letter.jpg": "not-an-image", ".": "not-an-image"}
    for name, code in cases.items():
        with pytest.raises(ImageError) as caught:
            read_photo(tmp_path / name)
        assert caught.value.code == code


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no such files")
@pytest.mark.parametrize("target", ["/proc/self/status", "/proc/kmsg"])
def test_files_of_the_system_are_refused_without_reading_them(tmp_path: Path, target: str) -> None:
    """They say that they are files of 0 bytes; the second of them waits for the system's next message."""
    (tmp_path / "photo.jpg").symlink_to(target)
    with pytest.raises(ImageError) as caught:
        read_photo(tmp_path / "photo.jpg")
    assert caught.value.code == "empty"


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF", "BMP"])
@pytest.mark.parametrize("share", [0.02, 0.3, 0.6, 0.9, 0.99])
def test_truncated_files_are_refused(kind: str, share: float) -> None:
    data = encoded(LESION, kind)
    with pytest.raises(ImageError):
        decode_photo(data[: int(len(data) * share)])


def test_a_jpeg_with_a_thumbnail_is_refused_when_its_own_picture_is_cut() -> None:
    exif = PillowImage.Exif()
    exif[0x010E] = "x"
    thumbnail = encoded(LESION[::4, ::4].copy(), "JPEG")
    data = encoded(LESION, "JPEG")
    whole = data[:2] + b"\xff\xe1" + struct.pack(">H", len(thumbnail) + 2) + thumbnail + data[2:]
    assert decode_photo(whole).width_px == 120
    with pytest.raises(ImageError):
        decode_photo(whole[:-200])


def test_most_jpegs_that_are_damaged_inside_are_refused() -> None:
    data = encoded(draw_lesion("mel", seed=2, width_px=240, height_px=180), "JPEG")
    whole = decode_photo(data).rgb_u8.astype(int)
    rng = np.random.default_rng(0)
    repainted = refused = 0
    for _ in range(100):
        broken = bytearray(data)
        for place in rng.integers(len(data) // 3, len(data) - 2, 3):
            broken[place] = rng.integers(256)
        try:
            found = decode_photo(bytes(broken)).rgb_u8.astype(int)
        except ImageError as error:
            refused += error.code == "damaged"
        else:
            repainted += found.shape != whole.shape or np.abs(found - whole).mean() > 4
    assert refused >= 60
    assert repainted <= refused / 2  # what stays formally valid cannot be seen


def test_other_bytes_before_the_end_of_a_jpeg_are_damage() -> None:
    data = encoded(LESION, "JPEG")
    with pytest.raises(ImageError, match="damaged inside"):
        decode_photo(data[:-2] + bytes(range(1, 60)) + data[-2:])


@pytest.mark.parametrize(
    "change",
    [
        lambda data: data.replace(b"\n", b"\r\n"),  # a transfer as text
        lambda data: data[:200] + bytes(10) + data[200:],
        lambda data: data[:4] + bytes(4) + data[8:],
        lambda data: data + b"more",
    ],
)
@pytest.mark.parametrize("lossless", [False, True])
def test_a_webp_of_another_length_than_its_header_says_is_refused(
    lossless: bool, change: Callable[[bytes], bytes]
) -> None:
    data = encoded(draw_lesion("mel", seed=2, width_px=240, height_px=180), "WEBP", lossless=lossless)
    assert change(data) != data
    with pytest.raises(ImageError) as caught:
        decode_photo(change(data))
    assert caught.value.code == "damaged"


SAMPLES = [encoded(LESION, kind) for kind in ("JPEG", "PNG", "WEBP", "TIFF", "BMP")]


@settings(max_examples=300, deadline=None)
@given(
    sample=st.sampled_from(SAMPLES),
    edits=st.lists(
        st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), min_size=1, max_size=12
    ),
)
def test_broken_bytes_give_a_photo_or_an_image_error_and_nothing_else(
    sample: bytes, edits: list[tuple[float, int]]
) -> None:
    broken = bytearray(sample)
    for place, value in edits:
        broken[int(place * len(broken))] = value
    try:
        photo = decode_photo(bytes(broken))
    except ImageError:
        return
    assert photo.rgb_u8.dtype == np.uint8
    assert photo.rgb_u8.ndim == 3 and photo.rgb_u8.shape[2] == 3


@pytest.mark.data
def test_pngsuite_and_exif_scenes(data_root: Path) -> None:
    broken, orientations = [], []
    for path in sorted((data_root / "odd_images").rglob("*.*")):
        try:
            photo = read_photo(path)
        except ImageError:
            broken.append(path.name)
        else:
            if path.parent.name == "exif_orientation":
                orientations.append(cv2.resize(photo.rgb_u8, (300, 200)).astype(int))
    assert broken and all(name.startswith("x") for name in broken)
    assert max(np.abs(scene - orientations[0]).mean() for scene in orientations) < 5
