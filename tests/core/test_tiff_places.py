"""TIFF photos whose offsets or bytes have moved: none comes out with exchanged colours."""

from __future__ import annotations

import struct

import numpy as np
import pytest
from tiff_files import LESION, RGB, assemble, refusal, tiff

from naevia.image import decode_photo

HEIGHT, WIDTH = LESION.shape[:2]


def one_strip(pixels: np.ndarray = LESION, *, big: bool = False) -> bytes:
    """A TIFF of one strip, its directory before its pixels."""
    tags = {256: (WIDTH,), 257: (HEIGHT,), 258: (8, 8, 8), 259: (1,), 262: (RGB,), 277: (3,), 278: (HEIGHT,)}
    return assemble(tags, [pixels.tobytes()], 273, 279, big=big)


def directory_last() -> bytes:
    """As libtiff writes it: pixels, values, directory."""
    values_at = 8 + LESION.size
    tags = [(256, 3, 1, WIDTH), (257, 3, 1, HEIGHT), (258, 3, 3, values_at), (259, 3, 1, 1), (262, 3, 1, RGB)]
    tags += [(273, 4, 1, 8), (277, 3, 1, 3), (278, 3, 1, HEIGHT), (279, 4, 1, LESION.size)]
    directory = struct.pack("<H", len(tags)) + b"".join(struct.pack("<HHII", *tag) for tag in tags) + bytes(4)
    head = struct.pack("<2sHI", b"II", 42, values_at + 6)
    return head + LESION.tobytes() + struct.pack("<3H", 8, 8, 8) + directory


def moved(data: bytes, start: int) -> bytes:
    """The file with another place for its strip."""
    entry = struct.pack("<HHI", 273, 4, 1)
    at = data.index(entry) + len(entry)
    return data[:at] + struct.pack("<I", start) + data[at + 4 :]


@pytest.mark.parametrize("start", [1, 7, 9, 10, 136])
def test_a_strip_that_overlaps_the_header_the_values_or_the_directory_is_refused(start: int) -> None:
    np.testing.assert_array_equal(decode_photo(directory_last()).rgb_u8, LESION)
    assert refusal(moved(directory_last(), start)).code == "damaged"


@pytest.mark.parametrize("by_bytes", [1, 2, 16, 60, 140])
def test_a_strip_that_leaves_pixels_behind_itself_is_refused(by_bytes: int) -> None:
    data = one_strip()
    np.testing.assert_array_equal(decode_photo(data).rgb_u8, LESION)
    assert refusal(moved(data, len(data) - LESION.size - by_bytes)).code == "damaged"


@pytest.mark.parametrize("big", [False, True])
@pytest.mark.parametrize("by_bytes", [1, 2, 30])
def test_bytes_that_came_in_between_are_damage(by_bytes: int, big: bool) -> None:
    data = one_strip(big=big)
    at = len(data) - LESION.size
    assert refusal(data[:at] + bytes(by_bytes) + data[at:]).code == "damaged"


def test_a_file_changed_by_a_transfer_as_text_is_refused() -> None:
    with_line_feeds = LESION.copy()
    with_line_feeds[5, 5:9] = 10
    changed = one_strip(with_line_feeds).replace(b"\n", b"\r\n")
    assert refusal(changed).code == "damaged"


def test_zeros_and_further_directories_may_lie_behind_the_pixels() -> None:
    np.testing.assert_array_equal(decode_photo(one_strip() + bytes(600)).rgb_u8, LESION)
    with_exif = tiff(LESION, RGB, tags={34665: (40_000,)})
    np.testing.assert_array_equal(decode_photo(with_exif + b"what a camera notes").rgb_u8, LESION)


def test_a_tile_of_more_pixels_than_a_photo_may_have_is_refused_before_decoding(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A file of 60 kB took 2.6 GB."""
    monkeypatch.setattr("naevia.formats.tiff.decode_jpeg", lambda data: pytest.fail("it was believed"))
    monkeypatch.setattr("naevia.formats.tiff.decoded_by_pillow", lambda photo: pytest.fail("it was believed"))
    for compression in (7, 8):
        tags = {256: (200,), 257: (200,), 258: (8, 8, 8), 259: (compression,), 262: (RGB,), 277: (3,)}
        tags |= {322: (30_000,), 323: (30_000,)}
        error = refusal(assemble(tags, [bytes(60_000)], 324, 325, big=False))
        assert error.code == "too-large"
        assert "30000x30000" in str(error)
