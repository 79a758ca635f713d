"""TIFF photos: each layout comes out with its very pixels or is refused; none comes out wrong.

What is stored as JPEG has a file of its own.
"""

from __future__ import annotations

import io
import struct
import tracemalloc
import zlib
from collections.abc import Callable

import cv2
import numpy as np
import pytest
from PIL import Image as PillowImage
from tiff_files import (
    ALPHA,
    CMYK,
    EXTRA_SAMPLES,
    GREY,
    LAB,
    LESION,
    MIN_IS_BLACK,
    MIN_IS_WHITE,
    ORIENTATION,
    PALETTE,
    RGB,
    SAMPLE_FORMAT,
    YCBCR,
    Tags,
    refusal,
    tiff,
)

from naevia.image import decode_photo


def stored_for(upright: np.ndarray, orientation: int) -> np.ndarray:
    """What is stored for a scene that is upright after the orientation is applied."""
    if orientation in (3, 4, 7, 8):
        upright = upright[::-1]
    if orientation in (2, 3, 6, 7):
        upright = upright[:, ::-1]
    return upright.swapaxes(0, 1) if orientation in (5, 6, 7, 8) else upright


def deep(pixels: np.ndarray) -> np.ndarray:
    return pixels.astype(np.uint16) * 257


@pytest.mark.parametrize("tile", [None, 16])
@pytest.mark.parametrize("deflated", [False, True])
@pytest.mark.parametrize("bits", [8, 16])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_strips_and_tiles_come_out_upright(
    tile: int | None, deflated: bool, bits: int, orientation: int
) -> None:
    for scene, photometric in ((LESION, RGB), (GREY, MIN_IS_BLACK)):
        stored = stored_for(scene if bits == 8 else deep(scene), orientation)
        data = tiff(stored, photometric, tile=tile, deflated=deflated, tags={ORIENTATION: (orientation,)})
        found = decode_photo(data).rgb_u8
        np.testing.assert_array_equal(found if scene.ndim == 3 else found[..., 1], scene)


@pytest.mark.parametrize("tile", [None, 16])
@pytest.mark.parametrize("deflated", [False, True])
@pytest.mark.parametrize("orientation", [1, 3, 6])
def test_planes_of_8_bits_come_out_right(tile: int | None, deflated: bool, orientation: int) -> None:
    tags = {ORIENTATION: (orientation,)}
    data = tiff(stored_for(LESION, orientation), RGB, tile=tile, planar=True, deflated=deflated, tags=tags)
    np.testing.assert_array_equal(decode_photo(data).rgb_u8, LESION)


@pytest.mark.parametrize("tile", [None, 16])
@pytest.mark.parametrize("deflated", [False, True])
def test_planes_of_16_bits_are_refused(tile: int | None, deflated: bool) -> None:
    error = refusal(tiff(deep(LESION), RGB, tile=tile, planar=True, deflated=deflated))
    assert error.code == "unsupported"
    assert "planes" in str(error) and "export it as PNG" in str(error)


def test_white_as_zero_is_turned_over_or_refused() -> None:
    found = decode_photo(tiff(255 - GREY, MIN_IS_WHITE)).rgb_u8
    np.testing.assert_array_equal(found[..., 1], GREY)
    assert "0 for white" in str(refusal(tiff(deep(255 - GREY), MIN_IS_WHITE)))


@pytest.mark.parametrize("bits", [8, 16])
@pytest.mark.parametrize("tile", [None, 16])
def test_alpha_is_laid_over_white(bits: int, tile: int | None) -> None:
    four = np.dstack([LESION, ALPHA])
    data = tiff(four if bits == 8 else deep(four), RGB, tile=tile, tags={EXTRA_SAMPLES: (2,)})
    np.testing.assert_array_equal(decode_photo(data).rgb_u8, over_white(LESION))


def over_white(straight: np.ndarray) -> np.ndarray:
    share = ALPHA[..., None] / 255
    return np.rint(straight * share + 255 * (1 - share)).astype(np.uint8)


def test_premultiplied_alpha_is_not_multiplied_twice() -> None:
    multiplied = np.rint(LESION * (ALPHA[..., None] / 255)).astype(np.uint8)
    four = np.dstack([multiplied, ALPHA])
    found = decode_photo(tiff(four, RGB, tags={EXTRA_SAMPLES: (1,)})).rgb_u8
    assert np.abs(found.astype(int) - over_white(LESION)).max() <= 1
    assert refusal(tiff(deep(four), RGB, tags={EXTRA_SAMPLES: (1,)})).code == "unsupported"


@pytest.mark.parametrize("bits", [8, 16])
@pytest.mark.parametrize("tags", [{}, {EXTRA_SAMPLES: (0,)}])
def test_a_fourth_sample_that_is_not_called_alpha_is_refused(bits: int, tags: Tags) -> None:
    four = np.dstack([LESION, ALPHA])
    error = refusal(tiff(four if bits == 8 else deep(four), RGB, tags=tags))
    assert error.code == "unsupported"
    assert "samples beyond red, green and blue" in str(error)


def test_alpha_beside_grey_is_laid_over_white_too() -> None:
    found = decode_photo(tiff(np.dstack([GREY, ALPHA]), MIN_IS_BLACK, tags={EXTRA_SAMPLES: (2,)})).rgb_u8
    np.testing.assert_array_equal(found[..., 1], over_white(LESION)[..., 1])


@pytest.mark.parametrize("compression", ["raw", "group4"])
def test_black_and_white_stay_so(compression: str) -> None:
    image = PillowImage.fromarray(GREY).convert("1")
    buffer = io.BytesIO()
    image.save(buffer, "TIFF", compression=compression)
    found = decode_photo(buffer.getvalue()).rgb_u8
    np.testing.assert_array_equal(found, np.asarray(image.convert("RGB")))


@pytest.mark.parametrize("orientation", [1, 3, 6])
def test_palettes_are_looked_up(orientation: int) -> None:
    image = PillowImage.fromarray(LESION).quantize(64)
    colours = np.zeros((256, 3), int)
    listed = np.array(image.getpalette()).reshape(-1, 3)
    colours[: len(listed)] = listed
    stored = stored_for(np.asarray(image), orientation)
    palette = {320: tuple((colours.T * 257).ravel().tolist()), ORIENTATION: (orientation,)}
    found = decode_photo(tiff(stored, PALETTE, tags=palette)).rgb_u8
    np.testing.assert_array_equal(found, np.asarray(image.convert("RGB")))
    low = {320: tuple(colours.T.ravel().tolist())}
    assert "palette" in str(refusal(tiff(np.asarray(image), PALETTE, tags=low)))


@pytest.mark.parametrize("big", [False, True])
def test_classic_and_big_files_are_read(big: bool) -> None:
    for pixels in (LESION, deep(LESION)):
        np.testing.assert_array_equal(decode_photo(tiff(pixels, RGB, big=big)).rgb_u8, LESION)


@pytest.mark.parametrize(
    ("pixels", "photometric", "tags"),
    [
        (GREY.astype(np.float32), MIN_IS_BLACK, {SAMPLE_FORMAT: (3,)}),
        ((LESION / 255).astype(np.float32), RGB, {SAMPLE_FORMAT: (3, 3, 3)}),
        ((GREY // 2).astype(np.int8), MIN_IS_BLACK, {SAMPLE_FORMAT: (2,)}),
        ((GREY // 2).astype(np.int16), MIN_IS_BLACK, {SAMPLE_FORMAT: (2,)}),
        (GREY.astype(np.uint32), MIN_IS_BLACK, {}),
        (LESION, LAB, {}),
        (LESION, YCBCR, {530: (1, 1)}),
        (LESION, YCBCR, {530: (2, 2)}),
        (np.dstack([LESION, ALPHA]), CMYK, {332: (2,)}),
        (LESION, RGB, {254: (1,)}),  # what a raw file of a camera begins with
        (GREY, MIN_IS_BLACK, {266: (2,)}),
    ],
)
def test_other_layouts_are_refused_with_a_way_out(pixels: np.ndarray, photometric: int, tags: Tags) -> None:
    error = refusal(tiff(pixels, photometric, tags=tags))
    assert error.code == "unsupported"
    assert "export it as PNG" in str(error)


@pytest.mark.parametrize(
    ("pixels", "compression"),
    [(LESION, 6), (LESION, 50001), (deep(LESION), 7), (deep(LESION), 34925), (deep(LESION), 50000)],
)
def test_compressions_that_a_decoder_may_lack_are_not_called_damage(
    pixels: np.ndarray, compression: int
) -> None:
    """Old JPEG, WebP, JPEG, LZMA and Zstandard."""
    error = refusal(tiff(pixels, RGB, tags={259: (compression,)}))
    assert error.code == "unsupported"
    assert "save it with LZW, Deflate or without compression" in str(error)


def test_a_big_endian_bigtiff_is_not_called_damaged() -> None:
    error = refusal(b"MM\0+\0\x08\0\0" + (16).to_bytes(8, "big") + bytes(200))
    assert error.code == "unsupported"
    assert "export it as PNG" in str(error)


@pytest.mark.parametrize("bits", [8, 16])
@pytest.mark.parametrize("deflated", [False, True])
@pytest.mark.parametrize("share", [0.2, 0.5, 0.9, 0.99])
def test_a_file_that_is_cut_behind_its_directory_is_refused(bits: int, deflated: bool, share: float) -> None:
    data = tiff(LESION if bits == 8 else deep(LESION), RGB, deflated=deflated)
    assert refusal(data[: int(len(data) * share)]).code in ("damaged", "unsupported")


@pytest.mark.parametrize("kind", [8, 32946])
@pytest.mark.parametrize("tile", [None, 16])
@pytest.mark.parametrize(("bits", "planar"), [(8, False), (8, True), (16, False)])
def test_damage_inside_a_deflated_strip_or_tile_is_refused(
    kind: int, tile: int | None, bits: int, planar: bool
) -> None:
    """libtiff stops once it has a strip's pixels, before the checksum that would tell."""
    pixels = LESION if bits == 8 else deep(LESION)
    whole = bytearray(tiff(pixels, RGB, tile=tile, planar=planar, deflated=True, tags={259: (kind,)}))
    np.testing.assert_array_equal(decode_photo(bytes(whole)).rgb_u8, LESION)
    rng = np.random.default_rng(0)
    for _ in range(25):
        broken = whole.copy()
        place = rng.integers(len(whole) // 4, len(whole) - 4)
        broken[place] ^= 1 << rng.integers(8)
        assert refusal(bytes(broken)).code == "damaged"


def test_deflated_files_of_other_programs_are_read() -> None:
    for options in ({}, {"tiffinfo": {317: 2}}, {"tiffinfo": {278: 7}}, {"tiffinfo": {278: 10_000}}):
        for compression in ("tiff_deflate", "tiff_adobe_deflate"):
            buffer = io.BytesIO()
            PillowImage.fromarray(LESION).save(buffer, "TIFF", compression=compression, **options)
            np.testing.assert_array_equal(decode_photo(buffer.getvalue()).rgb_u8, LESION)
    for pixels in (LESION, deep(LESION)):
        data = cv2.imencode(".tif", pixels[..., ::-1], [cv2.IMWRITE_TIFF_COMPRESSION, 8])[1].tobytes()
        np.testing.assert_array_equal(decode_photo(data).rgb_u8, LESION)


def test_a_deflated_strip_that_grows_beyond_its_size_is_not_inflated() -> None:
    data = tiff(LESION, RGB, deflated=True)
    with PillowImage.open(io.BytesIO(data)) as photo:
        offsets, counts = list(photo.tag_v2[273]), list(photo.tag_v2[279])
    bomb = zlib.compress(bytes(256 << 20), 9)
    grown = bytearray(data + bomb)
    for values, value in ((offsets, len(data)), (counts, len(bomb))):
        place = grown.index(struct.pack(f"<{len(values)}I", *values))
        grown[place : place + 4] = struct.pack("<I", value)
    tracemalloc.start()
    error = refusal(bytes(grown))
    peak_bytes = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert error.code == "damaged"
    assert peak_bytes < 64 << 20


@pytest.mark.parametrize("tags", [{257: (60,)}, {278: (8,)}])
def test_a_photo_whose_strips_do_not_cover_it_is_refused(tags: Tags) -> None:
    for pixels in (LESION, deep(LESION)):
        assert refusal(tiff(pixels, RGB, tags=tags)).code == "damaged"


@pytest.mark.parametrize("bits", [8, 16])
@pytest.mark.parametrize("tile", [None, 16])
@pytest.mark.parametrize("short", [0, 1])
def test_a_strip_or_tile_that_is_too_short_is_not_filled_from_its_neighbour(
    bits: int, tile: int | None, short: int
) -> None:
    data = bytearray(tiff(LESION if bits == 8 else deep(LESION), RGB, tile=tile))
    with PillowImage.open(io.BytesIO(data)) as photo:
        counts = list(photo.tag_v2[325 if tile else 279])
    place = data.index(struct.pack(f"<{len(counts)}I", *counts))
    counts[short], counts[-1] = counts[short] // 2, counts[-1] + counts[short]
    data[place : place + 4 * len(counts)] = struct.pack(f"<{len(counts)}I", *counts)
    assert refusal(bytes(data)).code == "damaged"


def with_places(data: bytes, *, tile: int | None, change: Callable[[list[int], list[int]], None]) -> bytes:
    """The file with other offsets and lengths of its strips or tiles."""
    with PillowImage.open(io.BytesIO(data)) as photo:
        tags = (324, 325) if tile else (273, 279)
        before = [list(photo.tag_v2[tag]) for tag in tags]
    after = [list(values) for values in before]
    change(*after)
    for old, new in zip(before, after, strict=True):
        form = f"<{len(old)}I"
        data = data.replace(struct.pack(form, *old), struct.pack(form, *new))
    return data


@pytest.mark.parametrize(("bits", "planar"), [(8, False), (8, True), (16, False)])
@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_a_tiled_file_that_lost_a_few_bytes_is_refused(bits: int, planar: bool, share: float) -> None:
    """As much as its last tile has behind the edge of the photo; all tiles behind the gap have moved."""
    data = tiff(LESION if bits == 8 else deep(LESION), RGB, tile=16, planar=planar)
    place = int(len(data) * share)
    assert refusal(data[:place] + data[place + 40 :]).code == "damaged"


@pytest.mark.parametrize("tile", [None, 16])
@pytest.mark.parametrize("by_bytes", [0, 1, 100])
def test_strips_and_tiles_that_lie_upon_each_other_are_refused(tile: int | None, by_bytes: int) -> None:
    def move(offsets: list[int], _counts: list[int]) -> None:
        offsets[1] = offsets[0] + by_bytes

    assert refusal(with_places(tiff(LESION, RGB, tile=tile), tile=tile, change=move)).code == "damaged"


def test_compressed_tiles_that_are_equal_may_be_stored_once() -> None:
    def share(offsets: list[int], counts: list[int]) -> None:
        offsets[1], counts[1] = offsets[0], counts[0]

    half = LESION.copy()
    half[:16, :32] = 255
    shared = with_places(tiff(half, RGB, tile=16, deflated=True), tile=16, change=share)
    np.testing.assert_array_equal(decode_photo(shared).rgb_u8, half)


@pytest.mark.parametrize("width_px", [69, 68, 64, 6])
def test_strips_that_hold_wider_rows_than_the_tags_say_are_refused(width_px: int) -> None:
    for pixels, photometric in ((LESION, RGB), (deep(LESION), RGB), (GREY, MIN_IS_BLACK)):
        assert refusal(tiff(pixels, photometric, tags={256: (width_px,)})).code == "damaged"


def test_strips_that_are_filled_up_to_words_are_read() -> None:
    def fill(_offsets: list[int], counts: list[int]) -> None:
        counts[-1] += 3

    filled = with_places(tiff(LESION, RGB), tile=None, change=fill) + bytes(3)
    np.testing.assert_array_equal(decode_photo(filled).rgb_u8, LESION)
