"""From a photo to the network's pixels."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from naevia.contract import InputSpec
from naevia.image import read_photo
from naevia.preprocess import (
    brightened,
    centre_square,
    contrasted,
    examined_region,
    field_of_view,
    prepare,
    resize_area,
    shrunk,
)
from naevia.quality import measure_quality
from naevia.synthetic import draw_lesion
from naevia.taxonomy import CODES


@settings(max_examples=80, deadline=None)
@given(
    width=st.integers(1, 300),
    height=st.integers(1, 300),
    size=st.sampled_from([32, 64, 160]),
    resize=st.sampled_from(["squash", "center_square"]),
    level=st.integers(150, 255),
)
def test_any_size_fits_and_a_flat_colour_stays(
    width: int, height: int, size: int, resize: str, level: int
) -> None:
    flat = np.full((height, width, 3), level, np.uint8)
    pixels = prepare(flat, InputSpec(size_px=size, resize=resize))
    assert pixels.shape == (size, size, 3) and pixels.dtype == np.uint8 and pixels.flags.c_contiguous
    assert (pixels == level).all()


@settings(deadline=None)
@given(width=st.integers(1, 5000), height=st.integers(1, 5000))
def test_the_centre_square_is_the_largest_and_lies_inside(width: int, height: int) -> None:
    x, y, w, h = centre_square(width, height)
    assert w == h == min(width, height)
    assert abs((width - w) - 2 * x) <= 1 and abs((height - h) - 2 * y) <= 1


@settings(max_examples=60, deadline=None)
@given(
    field=st.tuples(st.integers(60, 700), st.integers(60, 700)),
    surround=st.tuples(*[st.integers(0, 300)] * 4),
    noise=st.integers(0, 8),
    white=st.booleans(),
)
def test_a_black_or_white_surround_is_no_part_of_the_photo(
    field: tuple[int, int], surround: tuple[int, int, int, int], noise: int, white: bool
) -> None:
    """Up to the pixels between two rows that are looked at, and unless next to nothing would be left."""
    (width, height), (left, top, right, bottom) = field, surround
    rng = np.random.default_rng(noise)
    full = (height + top + bottom, width + left + right)
    photo = rng.integers(0, noise + 1, (*full, 3)).astype(np.uint8)
    photo = 255 - photo if white else photo
    photo[top : top + height, left : left + width] = rng.integers(90, 220, (height, width, 3))
    found = field_of_view(photo)
    if min(width, height) < 0.3 * min(full):
        assert min(found[2:]) >= 0.2 * min(full)
        return
    near = max(1, min(full) // 256) + 1
    np.testing.assert_allclose(found, (left, top, width, height), atol=near)
    assert examined_region(photo, "squash") == found


def captioned(photo: np.ndarray, level: int) -> np.ndarray:
    """A wide surround with a line of writing above the photo and labels at its left."""
    framed = cv2.copyMakeBorder(photo, 90, 40, 150, 40, cv2.BORDER_CONSTANT, value=(level,) * 3)
    ink = (255 - level,) * 3
    cv2.putText(framed, "ID 0471  20x", (10, 40), cv2.FONT_HERSHEY_SIMPLEX, 0.9, ink, 2, cv2.LINE_AA)
    for row in range(4):
        cv2.putText(framed, f"F {row}", (10, 120 + 70 * row), cv2.FONT_HERSHEY_SIMPLEX, 0.8, ink, 2)
    return framed


def edged(photo: np.ndarray, level: int) -> np.ndarray:
    """A surround in which a thin line of the other colour runs around the photo."""
    framed = cv2.copyMakeBorder(photo, 90, 40, 150, 40, cv2.BORDER_CONSTANT, value=(level,) * 3)
    cv2.rectangle(framed, (140, 80), (framed.shape[1] - 30, framed.shape[0] - 30), (255 - level,) * 3, 2)
    return framed


def barred(photo: np.ndarray, level: int) -> np.ndarray:
    """A surround that is black below and white above."""
    framed = cv2.copyMakeBorder(photo, 90, 40, 150, 40, cv2.BORDER_CONSTANT, value=(level,) * 3)
    framed[:60] = 255 - level
    return framed


@pytest.mark.parametrize("frame", [captioned, edged, barred])
@pytest.mark.parametrize("level", [0, 255])
def test_writing_and_lines_in_the_surround_are_no_part_of_the_photo(frame, level: int) -> None:
    framed = frame(draw_lesion("mel", seed=4, width_px=400, height_px=300), level)
    np.testing.assert_allclose(field_of_view(framed), (150, 90, 400, 300), atol=3)


@pytest.mark.parametrize(
    "colour", [(242, 242, 247), (238, 234, 222), (239, 231, 221), (90, 90, 90), (44, 44, 46), (0, 92, 75)]
)
@pytest.mark.parametrize("encoding", [".png", ".jpg"])
def test_a_surround_of_one_colour_is_no_part_of_the_photo(
    colour: tuple[int, int, int], encoding: str
) -> None:
    """Such as that of a screen, a chat or a print."""
    photo = draw_lesion("mel", seed=4, width_px=400, height_px=300)
    framed = cv2.copyMakeBorder(photo, 90, 40, 150, 40, cv2.BORDER_CONSTANT, value=colour)
    read = cv2.imdecode(cv2.imencode(encoding, framed)[1], cv2.IMREAD_COLOR)
    near = 3 if encoding == ".png" else 20  # a block of the JPEG at either side that photo and surround share
    np.testing.assert_allclose(field_of_view(read), (150, 90, 400, 300), atol=near)


def test_bars_of_two_colours_are_no_part_of_the_photo() -> None:
    photo = draw_lesion("mel", seed=4, width_px=400, height_px=300)
    above, below = np.full((60, 400, 3), (217, 253, 211), np.uint8), np.full((80, 400, 3), 200, np.uint8)
    barred = np.concatenate([above, photo, below])
    np.testing.assert_allclose(field_of_view(barred), (0, 60, 400, 300), atol=3)


def test_of_two_photos_in_a_frame_none_is_picked() -> None:
    pair = [draw_lesion(code, seed=4, width_px=400, height_px=300) for code in ("mel", "nv")]
    pair[1] = pair[1][:, :280]
    side_by_side = np.concatenate([pair[0], np.zeros((300, 30, 3), np.uint8), pair[1]], axis=1)
    framed = cv2.copyMakeBorder(side_by_side, 50, 50, 50, 50, cv2.BORDER_CONSTANT, value=(0, 0, 0))
    np.testing.assert_allclose(field_of_view(framed), (50, 50, 710, 300), atol=3)


def test_a_round_field_gives_the_same_pixels_in_any_black_frame() -> None:
    lesion = draw_lesion("mel", seed=4, width_px=240, height_px=240)
    lesion[np.hypot(*(np.indices((240, 240)) - 119.5)) > 120] = 0
    framed = np.zeros((400, 520, 3), np.uint8)
    framed[70:310, 200:440] = lesion
    spec = InputSpec(size_px=96, resize="center_square")
    np.testing.assert_allclose(examined_region(framed, "center_square"), (200, 70, 240, 240), atol=2)
    seen = prepare(framed, spec)
    assert np.abs(seen.astype(int) - prepare(lesion, spec)).mean() < 6
    assert measure_quality(framed, "center_square").words == "no fault found"
    assert prepare(framed[::-1], spec).tobytes() == np.ascontiguousarray(seen[::-1]).tobytes()


@pytest.mark.parametrize("quality", [40, 60, 95])
def test_jpeg_noise_in_the_surround_is_black(quality: int) -> None:
    framed = np.zeros((400, 520, 3), np.uint8)
    framed[70:310, 200:440] = draw_lesion("mel", seed=4, width_px=240, height_px=240)
    framed[70:310, 200:440][np.hypot(*(np.indices((240, 240)) - 119.5)) > 120] = 0
    _, file = cv2.imencode(".jpg", framed, [cv2.IMWRITE_JPEG_QUALITY, quality])
    read = cv2.imdecode(file, cv2.IMREAD_COLOR)
    np.testing.assert_allclose(field_of_view(read), (200, 70, 240, 240), atol=9)


@pytest.mark.parametrize("level", [0, 20, 60])
def test_a_dark_photo_is_examined_whole(level: int) -> None:
    """What little is bright in it is no field of view."""
    photo = np.full((120, 160, 3), level, np.uint8)
    photo[50:70, 70:90] = 200
    assert examined_region(photo, "squash") == (0, 0, 160, 120)


@settings(max_examples=60, deadline=None)
@given(share=st.floats(0.3, 0.8), seed=st.integers(0, 50), code=st.sampled_from(CODES))
def test_an_underexposed_photo_is_seen_as_the_same_photo_in_more_light(
    share: float, seed: int, code: str
) -> None:
    lesion = draw_lesion(code, seed=seed, width_px=200, height_px=160)
    dark = np.rint(lesion * share).astype(np.uint8)
    seen, lit = brightened(dark), brightened(lesion)
    bright, wanted = (float(np.percentile(each, 90)) for each in (seen, lit))
    assert np.percentile(cv2.cvtColor(seen, cv2.COLOR_RGB2GRAY), 90) >= 148
    np.testing.assert_allclose(seen / bright, lit / wanted, atol=0.04)


def test_a_white_strip_beside_a_dark_photo_is_no_light() -> None:
    dark = draw_lesion("mel", seed=7, width_px=300, height_px=300) // 3
    labelled = np.concatenate([dark, np.full((50, 300, 3), 255, np.uint8)])
    spec = InputSpec(size_px=96, resize="center_square")
    np.testing.assert_allclose(prepare(labelled, spec).mean(), prepare(dark, spec).mean(), atol=2)


@settings(deadline=None)
@given(level=st.integers(0, 255))
def test_what_is_bright_enough_or_black_stays(level: int) -> None:
    flat = np.full((40, 30, 3), level, np.uint8)
    assert brightened(flat).max() == max(level, min(150, 4 * level))
    bright = flat.copy()
    bright[:8] = 220
    assert brightened(bright) is bright


def grey_range(rgb_u8: np.ndarray) -> float:
    low, high = np.percentile(cv2.cvtColor(np.ascontiguousarray(rgb_u8), cv2.COLOR_RGB2GRAY), (1, 99))
    return float(high - low)


@settings(max_examples=60, deadline=None)
@given(share=st.floats(0.3, 0.8), veil=st.floats(0, 1), seed=st.integers(0, 50), code=st.sampled_from(CODES))
def test_a_photo_under_a_veil_of_light_gets_contrast_again(
    share: float, veil: float, seed: int, code: str
) -> None:
    lesion = draw_lesion(code, seed=seed, width_px=200, height_px=160)
    hazy = np.rint(lesion * share + (1 - share) * 255 * veil).astype(np.uint8)
    seen = prepare(hazy, InputSpec(size_px=96, resize="center_square"))
    assert grey_range(seen) >= min(68, 2.1 * grey_range(resize_area(hazy[:, 20:180], 96, 96)))


@settings(deadline=None)
@given(low=st.integers(0, 170), contrast=st.integers(0, 85))
def test_contrast_is_never_taken_away_and_even_light_stays(low: int, contrast: int) -> None:
    photo = np.full((40, 30, 3), low, np.uint8)
    photo[:20] = low + contrast
    seen = contrasted(photo)
    assert seen.max() == photo.max()
    wanted = min(low + contrast, max(contrast, min(75, 2.5 * contrast)))
    assert abs(int(seen.max()) - int(seen.min()) - wanted) <= 1
    assert (seen is photo) == (contrast >= 75)


def columns(*levels: int) -> np.ndarray:
    """A grey photo of 96 rows, and of 24 columns of each level; it has grain, so that no edge is plain."""
    grain = np.indices((96, 24 * len(levels))).sum(axis=0) % 3 * 3 - 3
    return np.repeat((np.repeat(levels, 24) + grain)[..., None], 3, axis=2)


PINNED = {
    "dark": (columns(40, 60, 80, 100), (60, 90, 120, 150)),
    "flat": (columns(150, 160, 170, 180), (105, 130, 155, 180)),
    # First 2.5 times as bright, 90 to 150; then 1.25 times as far from 150.
    "dark and flat": (columns(36, 48, 48, 60), (75, 112, 112, 150)),
    # Averaged to 50 before anything asks how bright it is.
    "dark and finely chequered": (np.indices((64, 64, 3))[:2].sum(axis=0) % 2 * 100, (150,) * 4),
    # What lies beside the centre square gives no light.
    "dark between bright sides": (columns(240, 40, 60, 80, 100, 240), (60, 90, 120, 150)),
    "in a black frame": (
        np.pad(columns(100, 150, 200, 240), ((40, 9), (20, 30), (0, 0))),
        (100, 150, 200, 240),
    ),
}


@pytest.mark.parametrize("kind", PINNED)
def test_the_pixels_of_a_file_are_those_worked_out_by_hand(tmp_path: Path, kind: str) -> None:
    photo, levels = PINNED[kind]
    cv2.imwrite(str(tmp_path / "photo.png"), photo.astype(np.uint8))
    seen = prepare(read_photo(tmp_path / "photo.png").rgb_u8, InputSpec(size_px=32, resize="center_square"))
    np.testing.assert_allclose(seen[:, 3::8], np.broadcast_to(np.array(levels)[:, None], (32, 4, 3)), atol=2)


def test_a_small_photo_is_enlarged_along_straight_lines() -> None:
    step = np.repeat(np.array([100, 200], np.uint8), 8)[None, :, None] * np.ones((16, 1, 3), np.uint8)
    seen = prepare(step, InputSpec(size_px=32, resize="squash"))
    wanted = np.array([100] * 15 + [125, 175] + [200] * 15)[:, None]
    np.testing.assert_allclose(seen, np.broadcast_to(wanted, seen.shape), atol=1)


@pytest.mark.parametrize(
    ("mended", "level", "rows", "is_left"),
    [
        (brightened, 150, 21, True),
        (brightened, 150, 19, False),
        (contrasted, 20, 3, True),
        (contrasted, 20, 1, False),
    ],
)
def test_a_tenth_says_how_bright_a_photo_is_and_a_hundredth_how_dark_it_gets(
    mended, level: int, rows: int, is_left: bool
) -> None:
    photo = np.full((200, 50, 3), 100, np.uint8)
    photo[:rows] = level
    assert (mended(photo) is photo) == is_left


@pytest.mark.parametrize(
    ("level", "crossed_px", "is_surround"),
    [(31, 0, True), (32, 0, False), (245, 0, True), (244, 0, False), (0, 3, True), (0, 5, False)],
)
def test_what_counts_as_surround(level: int, crossed_px: int, is_surround: bool) -> None:
    """Writing may cross 2 % of a row, here 3 pixels of 192. The corners have another colour than the rest."""
    photo = np.tile(columns(150, 150, 150, 150), (2, 2, 1))
    photo[:40] = level
    photo[0, [0, -1]] = 0 if level < 128 else 255
    photo[:40, 90 : 90 + crossed_px] = 100
    cut_px = 40 if is_surround else 0
    assert field_of_view(photo.astype(np.uint8)) == (0, cut_px, 192, 192 - cut_px)


@pytest.mark.parametrize(("off", "is_surround"), [(0, True), (1, True), (2, False)])
def test_how_near_the_colour_of_a_corner_a_surround_must_be(off: int, is_surround: bool) -> None:
    photo = np.tile(columns(150, 150, 150, 150), (2, 2, 1))
    photo[:40] = 90 + off
    photo[0, [0, -1]] = 90
    cut_px = 40 if is_surround else 0
    assert field_of_view(photo.astype(np.uint8)) == (0, cut_px, 192, 192 - cut_px)


def test_fine_patterns_average_out_instead_of_aliasing() -> None:
    board = (100 + np.indices((640, 640)).sum(axis=0) % 2 * 155).astype(np.uint8)
    pixels = prepare(np.dstack([board] * 3), InputSpec(size_px=64, resize="squash"))
    assert pixels.min() >= 176 and pixels.max() <= 179


def test_both_sides_shrink_by_one_factor_and_nothing_grows() -> None:
    photo = np.zeros((30, 300, 3), np.uint8)
    assert [shrunk(photo, share).shape[:2] for share in (0.5, 0.01)] == [(15, 150), (1, 3)]
    assert shrunk(photo, 1.5) is photo


def test_the_pixels_already_right_are_left_alone() -> None:
    lesion = draw_lesion("df", seed=2, width_px=64, height_px=64)
    np.testing.assert_array_equal(prepare(lesion, InputSpec(size_px=64, resize="squash")), lesion)


@pytest.mark.data
@pytest.mark.parametrize(
    "folder", ["ham10000/images", "ham10000/images_224", "isic2017_train", "isic9/Train"]
)
def test_few_photos_that_networks_learnt_from_are_changed(data_root: Path, folder: str) -> None:
    photos = [read_photo(path).rgb_u8 for path in sorted((data_root / folder).rglob("*.jpg"))[::8]]
    assert np.mean([brightened(photo) is not photo for photo in photos]) < 1 / 6
    assert np.mean([contrasted(photo) is not photo for photo in photos]) < 0.3


@pytest.mark.data
@pytest.mark.parametrize(
    "folder", ["ham10000/images", "ham10000/images_224", "isic2017_train", "isic9/Train"]
)
def test_next_to_no_real_photo_is_cut(data_root: Path, folder: str) -> None:
    photos = [read_photo(path).rgb_u8 for path in sorted((data_root / folder).rglob("*.jpg"))[::8]]
    assert np.mean([field_of_view(photo)[2:] == photo.shape[1::-1] for photo in photos]) >= 0.98
