"""TIFF photos whose strips or tiles are JPEGs."""

from __future__ import annotations

import io
import struct

import numpy as np
import pytest
from PIL import Image as PillowImage
from tiff_files import CMYK, LESION, RGB, YCBCR, assemble, refusal

from naevia.image import decode_photo


def test_jpeg_inside_tiff_keeps_its_colours_and_cmyk_too() -> None:
    for image, options in (
        (PillowImage.fromarray(LESION), {"compression": "jpeg", "quality": 95}),
        (PillowImage.fromarray(LESION).convert("YCbCr"), {"compression": "jpeg", "quality": 95}),
        (PillowImage.fromarray(LESION).convert("CMYK"), {}),
    ):
        buffer = io.BytesIO()
        image.save(buffer, "TIFF", **options)
        assert np.abs(decode_photo(buffer.getvalue()).rgb_u8.astype(int) - LESION).mean() < 4


def test_damage_inside_a_jpeg_within_a_tiff_is_refused() -> None:
    buffer = io.BytesIO()
    PillowImage.fromarray(LESION).save(buffer, "TIFF", compression="jpeg", quality=95)
    data = buffer.getvalue()
    assert decode_photo(data).format == "TIFF"
    with PillowImage.open(buffer) as photo:
        start, length = photo.tag_v2[273][0], photo.tag_v2[279][0]
    middle = start + length // 2
    broken = data[:middle] + b"\xff\xd9" + data[middle + 2 :]
    assert refusal(broken).code == "damaged"


def test_a_jpeg_within_a_tiff_that_claims_another_size_is_refused_before_decoding(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A damaged size would make the decoder ask for gigabytes."""
    buffer = io.BytesIO()
    PillowImage.fromarray(LESION).save(buffer, "TIFF", compression="jpeg", quality=95)
    data = bytearray(buffer.getvalue())
    size = data.index(b"\xff\xc0") + 5
    data[size : size + 4] = struct.pack(">HH", 60_000, 60_000)
    monkeypatch.setattr("naevia.formats.tiff.decode_jpeg", lambda data: pytest.fail("it was believed"))
    assert refusal(bytes(data)).code == "damaged"


def jpeg(pixels: np.ndarray = LESION, *, mode: str = "RGB", **options: object) -> bytes:
    buffer = io.BytesIO()
    image = PillowImage.fromarray(pixels).convert(mode)
    image.save(buffer, "JPEG", **{"quality": 98, "subsampling": "4:4:4", **options})
    return buffer.getvalue()


def with_jpeg(inside: bytes, photometric: int, samples: int = 3) -> bytes:
    """A TIFF of one strip that is a JPEG of the drawn lesion."""
    height, width = LESION.shape[:2]
    tags = {256: (width,), 257: (height,), 258: (8,) * samples, 259: (7,), 262: (photometric,)}
    tags |= {277: (samples,), 278: (height,), 284: (1,)} | ({530: (1, 1)} if photometric == YCBCR else {})
    return assemble(tags, [inside], 273, 279, big=False)


def test_a_jpeg_with_arithmetic_coding_within_a_tiff_is_refused() -> None:
    error = refusal(with_jpeg(jpeg().replace(b"\xff\xc0", b"\xff\xc9", 1), YCBCR))
    assert error.code == "unsupported"
    assert "arithmetic coding" in str(error)


def in_pieces(pieces: list[np.ndarray], *, rows: int = 0, tile: int = 0) -> bytes:
    """A TIFF of the drawn lesion's size whose strips or tiles are JPEGs of any size."""
    height, width = LESION.shape[:2]
    tags = {256: (width,), 257: (height,), 258: (8, 8, 8), 259: (7,), 262: (YCBCR,), 277: (3,), 530: (1, 1)}
    tags |= {322: (tile,), 323: (tile,)} if tile else {278: (rows,)}
    return assemble(
        tags, [jpeg(piece) for piece in pieces], 324 if tile else 273, 325 if tile else 279, big=False
    )


def in_strips(heights_px: tuple[int, ...], *, width_px: int = 70, rows: int = 16) -> bytes:
    padded = np.pad(LESION, ((0, 16), (0, 16), (0, 0)), mode="edge")
    return in_pieces(
        [padded[rows * i : rows * i + tall_px, :width_px] for i, tall_px in enumerate(heights_px)], rows=rows
    )


def in_tiles(size_px: tuple[int, int] = (32, 32), *, odd: int = 0) -> bytes:
    """Tiles of 32 pixels, of which one has another height and width."""
    padded = np.pad(LESION, ((0, 64), (0, 64), (0, 0)), mode="edge")
    pieces = [padded[y : y + 32, x : x + 32] for y in range(0, 45, 32) for x in range(0, 70, 32)]
    pieces[odd] = pieces[odd][: size_px[0], : size_px[1]]
    return in_pieces(pieces, tile=32)


@pytest.mark.parametrize("data", [in_strips((16, 16, 13)), in_strips((16, 16, 16)), in_tiles()])
def test_strips_and_tiles_that_cover_the_photo_are_read(data: bytes) -> None:
    """The last strip of some writers is as high as the others."""
    assert np.abs(decode_photo(data).rgb_u8.astype(int) - LESION).mean() < 2


@pytest.mark.parametrize(
    "data",
    [
        in_strips((30,), rows=45),
        in_strips((45,), rows=45, width_px=40),
        in_strips((45,), rows=45, width_px=69),
        in_strips((16, 10, 13)),
        in_strips((16, 16, 12)),
        in_strips((16, 16, 13), width_px=64),
        in_tiles((31, 32)),
        in_tiles((32, 31)),
        in_tiles((13, 32), odd=5),
        in_tiles((32, 6), odd=2),
    ],
)
def test_strips_and_tiles_that_are_too_small_are_not_filled_with_black(data: bytes) -> None:
    assert refusal(data).code == "damaged"


def without_statements(data: bytes) -> bytes:
    """The JPEG without the first application segment, in which Pillow says what its colours are."""
    assert data[2] == 0xFF and data[3] in (0xE0, 0xEE)
    return data[:2] + data[4 + int.from_bytes(data[4:6], "big") :]


SAYS_ADOBE_YCC = b"\xff\xee\x00\x0eAdobe" + bytes((0, 100, 0, 0, 0, 0, 1))
LUMA = jpeg()
SILENT_LUMA = without_statements(LUMA)
AS_RGB = jpeg(keep_rgb=True)


@pytest.mark.parametrize(("inside", "photometric"), [(LUMA, YCBCR), (SILENT_LUMA, YCBCR), (AS_RGB, RGB)])
def test_a_jpeg_of_the_colours_that_the_tags_say_is_read(inside: bytes, photometric: int) -> None:
    found = decode_photo(with_jpeg(inside, photometric)).rgb_u8
    assert np.abs(found.astype(int) - LESION).mean() < 2


@pytest.mark.parametrize(
    ("inside", "photometric"),
    [
        (LUMA, RGB),
        (SILENT_LUMA[:2] + SAYS_ADOBE_YCC + SILENT_LUMA[2:], RGB),
        (AS_RGB, YCBCR),
        (without_statements(AS_RGB), YCBCR),
    ],
)
def test_a_jpeg_that_states_other_colours_than_the_tags_is_refused(inside: bytes, photometric: int) -> None:
    """libtiff believes the tags, and a melanoma would come out green."""
    error = refusal(with_jpeg(inside, photometric))
    assert error.code == "unsupported"
    assert "contradict each other" in str(error) and "export it as PNG" in str(error)


def test_a_jpeg_of_transformed_inks_is_refused() -> None:
    inks = jpeg(mode="CMYK")
    transformed = bytearray(inks)
    transformed[inks.index(b"Adobe") + 11] = 2
    assert "contradict each other" in str(refusal(with_jpeg(bytes(transformed), CMYK, samples=4)))
