"""What a PNG says of itself: its size and its brightness."""

from __future__ import annotations

import io
import struct
import time
import zlib

import numpy as np
import pytest
from PIL import Image as PillowImage

from naevia.errors import ImageError
from naevia.image import decode_photo
from naevia.synthetic import draw_lesion

LESION = draw_lesion("nv", seed=1, width_px=120, height_px=90)


def png(pixels: np.ndarray, **options: object) -> bytes:
    buffer = io.BytesIO()
    PillowImage.fromarray(pixels).save(buffer, "PNG", **options)
    return buffer.getvalue()


@pytest.mark.parametrize("damage", ["long chunk", "large header"])
def test_a_png_that_promises_more_than_it_holds_is_refused_at_once(
    damage: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """OpenCV would ask for 4 GB, or decode a hundred million pixels of nothing."""
    monkeypatch.setattr("naevia.image.decode_opencv", lambda data, kind: pytest.fail("it was believed"))
    data = bytearray(png(LESION))
    if damage == "long chunk":
        place = data.index(b"IDAT") - 4
        data[place : place + 4] = struct.pack(">I", 0xFF000000)
    else:
        data[16:24] = struct.pack(">II", 9000, 9000)
        data[29:33] = struct.pack(">I", zlib.crc32(data[12:29]))
    with pytest.raises(ImageError) as refused:
        decode_photo(bytes(data))
    assert refused.value.code == "damaged"


@pytest.mark.parametrize(("transfer", "is_read"), [(1, True), (13, True), (16, False), (18, False)])
def test_a_png_of_hdr_is_refused(transfer: int, is_read: bool) -> None:
    """Its grey levels stand for other brightness, and it would look pale."""
    body = b"cICP" + bytes((9, transfer, 0, 1))
    chunk = struct.pack(">I", 4) + body + struct.pack(">I", zlib.crc32(body))
    plain = png(LESION)
    data = plain[:33] + chunk + plain[33:]
    if is_read:
        np.testing.assert_array_equal(decode_photo(data).rgb_u8, LESION)
        return
    with pytest.raises(ImageError, match="HDR") as caught:
        decode_photo(data)
    assert caught.value.code == "unsupported"


def test_the_smallest_png_of_a_large_plain_photo_is_read() -> None:
    plain = np.full((3000, 4000, 3), 200, np.uint8)
    np.testing.assert_array_equal(decode_photo(png(plain, compress_level=9)).rgb_u8, plain)


@pytest.mark.parametrize("kind", [b"zTXt", b"iTXt"])
def test_a_long_text_is_no_damage(kind: bytes) -> None:
    text = zlib.compress(b"history " * 400_000)
    head = b"Comment\0\0" if kind == b"zTXt" else b"XML:com.adobe.xmp\0\1\0\0\0"
    plain = png(LESION)
    found = decode_photo(plain[:33] + chunk(kind, head + text) + plain[33:]).rgb_u8
    np.testing.assert_array_equal(found, LESION)


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


@pytest.mark.parametrize("place", ["before", "behind"])
def test_exif_is_heeded_wherever_it_stands_and_only_whole(place: str) -> None:
    exif = PillowImage.Exif()
    exif[0x0112] = 6
    turns = chunk(b"eXIf", exif.tobytes()[6:])
    plain = png(LESION)
    at = 33 if place == "before" else len(plain) - 12
    found = decode_photo(plain[:at] + turns + plain[at:]).rgb_u8
    np.testing.assert_array_equal(found, np.rot90(LESION, -1))
    broken = turns[:-5] + bytes((turns[-5] ^ 1,)) + turns[-4:]
    with pytest.raises(ImageError) as caught:
        decode_photo(plain[:at] + broken + plain[at:])
    assert caught.value.code == "damaged"


def test_a_second_picture_is_seen_whatever_the_file_counts() -> None:
    """A film of one picture, which is another than the one that plain readers show."""
    plain, other = png(LESION), png(255 - LESION)
    size = LESION.shape[1], LESION.shape[0]
    control = chunk(b"fcTL", struct.pack(">IIIIIHHBB", 0, *size, 0, 0, 1, 10, 0, 0))
    pixels = other[other.index(b"IDAT") + 4 : -16]
    film = chunk(b"acTL", struct.pack(">II", 1, 0)), control + chunk(b"fdAT", bytes((0, 0, 0, 1)) + pixels)
    data = plain[:33] + film[0] + plain[33:-12] + film[1] + plain[-12:]
    with pytest.raises(ImageError) as caught:
        decode_photo(data)
    assert caught.value.code == "several-frames"
    one = plain[:33] + film[0] + control + plain[33:]
    np.testing.assert_array_equal(decode_photo(one).rgb_u8, LESION)


def test_a_png_of_far_too_many_chunks_is_refused_at_once() -> None:
    """Pillow takes seconds for a million chunks of text."""
    plain, body = png(LESION), b"tEXta\0b"
    chunk = struct.pack(">I", 3) + body + struct.pack(">I", zlib.crc32(body))
    np.testing.assert_array_equal(decode_photo(plain[:33] + 50 * chunk + plain[33:]).rgb_u8, LESION)
    start_s = time.process_time()
    with pytest.raises(ImageError, match="chunks") as caught:
        decode_photo(plain[:33] + 1_000_000 * chunk + plain[33:])
    assert caught.value.code == "unsupported"
    assert time.process_time() - start_s < 2
