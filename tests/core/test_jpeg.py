"""JPEGs that are not whole: libjpeg shows all of them without a word, and none may get an answer."""

from __future__ import annotations

import io
import time
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image as PillowImage

from naevia.errors import ImageError
from naevia.image import decode_photo, read_photo
from naevia.synthetic import draw_lesion

LESION = draw_lesion("mel", seed=3, width_px=300, height_px=225)
END = b"\xff\xd9"
FILLERS = [bytes(40), bytes(1), 40 * b"\xff", bytes(40) + 9 * b"\xff", 9 * b"\xff" + bytes(40)]


def jpeg(pixels: np.ndarray, *, mode: str = "RGB", **options: object) -> bytes:
    buffer = io.BytesIO()
    PillowImage.fromarray(pixels).convert(mode).save(buffer, "JPEG", **options)
    return buffer.getvalue()


def refusal(data: bytes) -> ImageError:
    with pytest.raises(ImageError) as caught:
        decode_photo(data)
    return caught.value


def first_scan(data: bytes) -> int:
    return data.index(b"\xff\xda") + 14


def starts_of_scans(data: bytes) -> list[int]:
    """Where every scan but the first begins, with the tables that stand before it."""
    starts, place = [], data.index(b"\xff\xda")
    while place >= 0:
        following = data.find(b"\xff\xda", place + 2)
        table = data.find(b"\xff\xc4", place + 2, following if following > 0 else len(data))
        starts.append(table if table > 0 else following)
        place = following
    return [start for start in starts if start > 0]


@pytest.mark.parametrize("filler", FILLERS)
@pytest.mark.parametrize("seed", range(6))
def test_padding_before_the_end_is_no_damage(filler: bytes, seed: int) -> None:
    drawn = draw_lesion("nv", seed=seed, width_px=120 + seed, height_px=90)
    for data in (jpeg(drawn), jpeg(drawn, quality=95, optimize=True), jpeg(drawn, progressive=True)):
        padded = data[:-2] + filler + END
        np.testing.assert_array_equal(decode_photo(padded).rgb_u8, decode_photo(data).rgb_u8)


@pytest.mark.parametrize("share", [0.1, 0.3, 0.6, 0.9, 0.99])
@pytest.mark.parametrize("options", [{}, {"quality": 95}, {"optimize": True}])
def test_padding_does_not_stand_for_the_rest_of_a_cut_off_photo(
    share: float, options: dict[str, object]
) -> None:
    """Zeros are valid codes: a decoder makes up the rest of the photo from them."""
    data = jpeg(LESION, **options)
    start = first_scan(data)
    cut = data[: start + int((len(data) - start) * share)]
    for filler in (bytes(4 * len(data)), bytes(4 * len(data)) + 40 * b"\xff", 40 * b"\xff", b""):
        assert refusal(cut + filler + END).code == "damaged"


def test_an_end_in_the_pictures_behind_does_not_hide_the_padding_of_the_first() -> None:
    data, behind = jpeg(LESION), jpeg(LESION[::-1].copy())
    padded = data[:-2] + bytes(40) + END + behind
    np.testing.assert_array_equal(decode_photo(padded).rgb_u8, decode_photo(data).rgb_u8)
    assert refusal(data[: len(data) // 2] + bytes(4 * len(data)) + END + behind).code == "damaged"


def test_many_ends_behind_a_damaged_photo_take_no_time() -> None:
    data = jpeg(LESION)[:-2] + b"\x01\x02" * 500_000 + 2000 * END
    start_s = time.process_time()
    assert refusal(data).code == "damaged"
    assert time.process_time() - start_s < 2


PROGRESSIVE = [
    {"mode": mode, "quality": quality, "subsampling": subsampling}
    for mode in ("RGB", "L", "CMYK")
    for quality in (50, 95)
    for subsampling in ((0, 2) if mode == "RGB" else (0,))
]


@pytest.mark.parametrize("options", PROGRESSIVE)
def test_a_progressive_photo_is_read_whole_and_refused_without_its_last_scans(
    options: dict[str, object],
) -> None:
    data = jpeg(LESION, progressive=True, **options)
    np.testing.assert_array_equal(decode_photo(data).rgb_u8, decode_photo(jpeg(LESION, **options)).rgb_u8)
    starts = starts_of_scans(data)
    assert len(starts) >= 5
    for start in starts:
        assert refusal(data[:start] + END).code == "damaged"


@pytest.mark.parametrize("progressive", [False, True])
def test_arithmetic_coding_is_refused(progressive: bool) -> None:
    """libjpeg takes zeros for what a damaged or cut-off one lacks, and says nothing."""
    data = jpeg(LESION, progressive=progressive)
    frame, arithmetic = (b"\xff\xc2", b"\xff\xca") if progressive else (b"\xff\xc0", b"\xff\xc9")
    error = refusal(data.replace(frame, arithmetic, 1))
    assert error.code == "unsupported"
    assert "arithmetic coding" in str(error) and "export it" in str(error)


def with_empty_scans(data: bytes, count: int, side_px: int) -> bytes:
    """The progressive photo with scans behind it that say of all blocks that nothing is in them."""
    blocks = (-(-side_px // 8)) ** 2
    assert blocks == 1 << 14, "one run of 2 ** 14 blocks: the code 0 and 14 bits"
    table = b"\xff\xc4\x00\x14\x11" + bytes([1] + [0] * 15) + b"\xe0"
    scan = b"\xff\xda\x00\x08\x01\x01\x01\x01\x3f\x00" + b"\x00\x01"
    return data[:-2] + table + count * scan + END


def test_a_photo_of_far_too_many_scans_is_refused() -> None:
    """A megabyte of empty scans takes 20 seconds."""
    data = jpeg(cv2.resize(LESION, (1024, 1024)), progressive=True, subsampling=0)
    few = decode_photo(with_empty_scans(data, 50, 1024))
    np.testing.assert_array_equal(few.rgb_u8[0, 0], decode_photo(data).rgb_u8[0, 0])
    error = refusal(with_empty_scans(data, 100, 1024))
    assert error.code == "unsupported"
    assert "more than 100 scans" in str(error) and "export it again" in str(error)


@pytest.mark.parametrize("interval", [0, 4])
def test_progressive_photos_of_opencv_are_read(interval: int) -> None:
    options = [cv2.IMWRITE_JPEG_PROGRESSIVE, 1, cv2.IMWRITE_JPEG_RST_INTERVAL, interval]
    data = cv2.imencode(".jpg", LESION[..., ::-1], options)[1].tobytes()
    assert np.abs(decode_photo(data).rgb_u8.astype(int) - LESION).mean() < 3


def test_a_photo_whose_colours_have_no_scan_is_refused() -> None:
    """A header that promises two components of colour, and a scan that brings the grey one alone."""
    data = jpeg(LESION, mode="L")
    size = data.index(b"\xff\xc0")
    frame, rest = data[size : size + 13], data[size + 13 :]
    header = frame[:2] + b"\x00\x11" + frame[4:9] + b"\x03" + frame[10:13] + b"\x02\x11\x00\x03\x11\x00"
    assert decode_photo(data).width_px == 300
    assert refusal(data[:size] + header + rest).code == "damaged"


@pytest.mark.data
def test_photos_of_cameras_are_read(data_root: Path) -> None:
    paths = sorted((data_root / "ham10000" / "images").glob("*.jpg"))[::100]
    assert paths
    for path in paths:
        whole = read_photo(path)
        data = path.read_bytes()
        np.testing.assert_array_equal(decode_photo(data[:-2] + bytes(300) + END).rgb_u8, whole.rgb_u8)
        start = first_scan(data)
        cut = data[: start + (len(data) - start) // 3]
        assert refusal(cut + bytes(4 * len(data)) + END).code == "damaged"


@pytest.mark.parametrize("segment", [b"\xff\xe5\x00\x02", b"\xff\x01", b"\xff\xfe\x00\x05abc"])
def test_a_photo_of_far_too_many_segments_is_refused_at_once(segment: bytes) -> None:
    data = jpeg(LESION)
    if segment != b"\xff\x01":  # one that readers of headers do not know
        few = data[:2] + 1000 * segment + data[2:]
        np.testing.assert_array_equal(decode_photo(few).rgb_u8, decode_photo(data).rgb_u8)
    many = 3_000_000 * segment
    start_s = time.process_time()
    for crafted in (data[:2] + many + data[2:], data[:-2] + many + END):
        error = refusal(crafted)
        assert error.code == "unsupported"
        assert "segments" in str(error)
    assert time.process_time() - start_s < 2
