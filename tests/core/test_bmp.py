"""BMP photos, written byte by byte: which of their bits are colour, which alpha and which nothing."""

from __future__ import annotations

import io
import struct

import numpy as np
import pytest
from PIL import Image as PillowImage

from naevia.errors import ImageError
from naevia.image import decode_photo
from naevia.synthetic import draw_lesion

LESION = draw_lesion("mel", seed=2, width_px=60, height_px=40)
HEIGHT, WIDTH = LESION.shape[:2]
BGR = (0xFF0000, 0xFF00, 0xFF)


def bmp(pixels: np.ndarray, bits: int, *, masks: tuple[int, ...] = (), header_bytes: int = 40) -> bytes:
    """A BMP of pixels whose rows are whole words, with masks of red, green, blue and perhaps alpha."""
    body = pixels[::-1].tobytes()
    if header_bytes == 12:
        header = struct.pack("<IHHHH", 12, WIDTH, HEIGHT, 1, bits)
    else:
        fields = (header_bytes, WIDTH, HEIGHT, 1, bits, 3 if masks else 0, len(body), 2835, 2835, 0, 0)
        header = struct.pack("<IiiHHIIiiII", *fields) + struct.pack(f"<{len(masks)}I", *masks)
        header = header.ljust(header_bytes, b"\0")
    start = 14 + len(header)
    return b"BM" + struct.pack("<IHHI", start + len(body), 0, 0, start) + header + body


def four(fourth: int) -> np.ndarray:
    return np.dstack([LESION[..., ::-1], np.full((HEIGHT, WIDTH), fourth, np.uint8)])


@pytest.mark.parametrize("fourth", [0, 77, 255])
@pytest.mark.parametrize(
    ("masks", "header_bytes"), [((), 40), (BGR, 40), ((*BGR, 0), 56), ((*BGR, 0), 108), ((*BGR, 0), 124)]
)
def test_a_fourth_byte_that_nobody_calls_alpha_is_nothing(
    fourth: int, masks: tuple[int, ...], header_bytes: int
) -> None:
    data = bmp(four(fourth), 32, masks=masks, header_bytes=header_bytes)
    np.testing.assert_array_equal(decode_photo(data).rgb_u8, LESION)


def test_alpha_that_is_called_so_is_laid_over_white() -> None:
    masks = (*BGR, 0xFF000000)
    opaque = decode_photo(bmp(four(255), 32, masks=masks, header_bytes=108)).rgb_u8
    np.testing.assert_array_equal(opaque, LESION)
    assert decode_photo(bmp(four(0), 32, masks=masks, header_bytes=108)).rgb_u8.min() == 255


@pytest.mark.parametrize("header_bytes", [12, 40, 64, 124])
def test_every_age_of_header_is_read_in_colour(header_bytes: int) -> None:
    data = bmp(LESION[..., ::-1], 24, header_bytes=header_bytes)
    photo = decode_photo(data)
    np.testing.assert_array_equal(photo.rgb_u8, LESION)
    assert photo.format == "BMP"


def test_five_bits_reach_white() -> None:
    white = np.full((HEIGHT, WIDTH), 0x7FFF, "<u2")
    assert decode_photo(bmp(white, 16)).rgb_u8.min() == 255


def test_palettes_and_grey_are_read() -> None:
    for image in (PillowImage.fromarray(LESION).quantize(16), PillowImage.fromarray(LESION).convert("L")):
        buffer = io.BytesIO()
        image.save(buffer, "BMP")
        found = decode_photo(buffer.getvalue()).rgb_u8
        np.testing.assert_array_equal(found, np.asarray(image.convert("RGB")))


def test_channels_without_a_rule_are_refused_for_what_they_are() -> None:
    data = bmp(four(0), 32, masks=(0x3FF00000, 0xFFC00, 0x3FF), header_bytes=40)
    with pytest.raises(ImageError) as caught:
        decode_photo(data)
    assert caught.value.code == "unsupported"
    assert "channels" in str(caught.value) and "export it as PNG" in str(caught.value)


@pytest.mark.parametrize("share", [0.3, 0.7, 0.99])
def test_cut_files_are_refused(share: float) -> None:
    data = bmp(four(0), 32)
    with pytest.raises(ImageError) as caught:
        decode_photo(data[: int(len(data) * share)])
    assert caught.value.code == "damaged"


@pytest.mark.parametrize(("place", "value"), [(18, WIDTH - 4), (18, WIDTH - 32), (22, HEIGHT - 8)])
def test_files_that_hold_more_than_their_header_says_are_refused(place: int, value: int) -> None:
    data = bytearray(bmp(LESION[..., ::-1], 24))
    data[place : place + 4] = struct.pack("<i", value)
    for damaged in (data, data[14:]):  # without a file header, too
        with pytest.raises(ImageError) as caught:
            decode_photo(bytes(damaged))
        assert caught.value.code == "damaged"


def counted(data: bytes) -> bytes:
    """The file with its length in its header."""
    return data[:2] + struct.pack("<I", len(data)) + data[6:]


def test_a_profile_and_a_few_bytes_behind_the_pixels_are_no_damage_where_the_header_counts_them() -> None:
    data = bytearray(bmp(LESION[..., ::-1], 24, header_bytes=124))
    data[14 + 112 : 14 + 120] = struct.pack("<II", len(data) - 14, 3000)
    np.testing.assert_array_equal(decode_photo(counted(bytes(data) + bytes(3002))).rgb_u8, LESION)
    with pytest.raises(ImageError, match="2 bytes more"):
        decode_photo(bytes(data) + bytes(3002))


def palette_bmp() -> bytes:
    buffer = io.BytesIO()
    PillowImage.fromarray(LESION).quantize(16).save(buffer, "BMP")
    return buffer.getvalue()


@pytest.mark.parametrize(
    "data",
    [bmp(LESION[..., ::-1], 24), bmp(four(0), 32, masks=BGR), palette_bmp()],
    ids=["24", "32", "palette"],
)
@pytest.mark.parametrize("by_bytes", [1, 2, 32, 40])
def test_pixels_that_begin_within_the_header_are_refused(data: bytes, by_bytes: int) -> None:
    """Red, green and blue would be exchanged."""
    start = struct.pack("<I", int.from_bytes(data[10:14], "little") - by_bytes)
    with pytest.raises(ImageError, match="begin within its own header") as caught:
        decode_photo(data[:10] + start + data[14:])
    assert caught.value.code == "damaged"


@pytest.mark.parametrize("by_bytes", [1, 2, 3, 30])
def test_bytes_that_came_in_between_are_damage(by_bytes: int) -> None:
    data = bmp(LESION[..., ::-1], 24)
    for longer in (data[:54] + bytes(by_bytes) + data[54:], data + bytes(by_bytes)):
        with pytest.raises(ImageError, match=f"{by_bytes} bytes more"):
            decode_photo(longer)


def test_a_file_changed_by_a_transfer_as_text_is_refused() -> None:
    with_line_feeds = LESION.copy()
    with_line_feeds[5, 5] = 10
    for data in (bmp(with_line_feeds, 24), palette_bmp()):
        changed = data.replace(b"\n", b"\r\n")
        assert changed != data
        with pytest.raises(ImageError):
            decode_photo(changed)


def test_the_smallest_of_files_are_whole() -> None:
    tiny = np.full((3, 3, 3), (200, 120, 100), np.uint8)
    buffer = io.BytesIO()
    PillowImage.fromarray(tiny).save(buffer, "BMP")
    np.testing.assert_array_equal(decode_photo(buffer.getvalue()).rgb_u8, tiny)
