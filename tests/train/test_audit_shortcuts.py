from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from naevia.synthetic import draw_lesion
from naevia_train.auditing.findings import Shortcut
from naevia_train.auditing.shortcuts import FEATURE_NAMES, draw_files, measure_shortcuts, shortcut_features

SIGNALS = [
    "source",
    "image size",
    "JPEG quantisation",
    "sharpness",
    "border colour",
    "vignette",
    "ruler and ink marks",
    "colour statistics",
    "everything",
]


def draw(seed: int, *, width_px: int = 64, height_px: int = 48) -> NDArray[np.uint8]:
    return draw_lesion("nv", seed=seed, width_px=width_px, height_px=height_px)


def jpeg(rgb_u8: NDArray[np.uint8], quality: int) -> bytes:
    return cv2.imencode(".jpg", rgb_u8[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])[1].tobytes()


def feature(rgb_u8: NDArray[np.uint8], name: str, data: bytes = b"") -> float:
    return float(shortcut_features(rgb_u8, data)[FEATURE_NAMES.index(name)])


@pytest.fixture(scope="module")
def plain() -> NDArray[np.float32]:
    """Features of 60 drawings of one diagnosis, all compressed alike."""
    photos = [draw(seed) for seed in range(60)]
    return np.stack([shortcut_features(photo, jpeg(photo, 90)) for photo in photos])


def measure(
    features: NDArray[np.float32], labels: list[str], sources: list[str] | None = None
) -> dict[str, Shortcut]:
    names = [str(index) for index in range(len(labels))]
    drawn = draw_files(labels, names, seed=3)
    labels, names, places = (
        [column[index] for index in drawn] for column in (labels, names, sources or ["one"] * len(labels))
    )
    found = measure_shortcuts(features[drawn], sources=places, labels=labels, groups=names, seed=3)
    return {item.signal: item for item in found}


ALTERNATING = ["mel", "nv"] * 30


def test_every_signal_is_measured_in_order(plain: NDArray[np.float32]) -> None:
    found = measure(plain, ALTERNATING)
    assert list(found) == SIGNALS
    assert all(item.chance == 0.5 and item.files == 60 for item in found.values())
    assert all([code for code, _ in item.recall] == ["mel", "nv"] for item in found.values())
    assert all(0 <= item.low <= item.balanced_accuracy <= item.high <= 1 for item in found.values())


def test_labels_that_nothing_tells_stay_at_chance(plain: NDArray[np.float32]) -> None:
    found = measure(plain, ALTERNATING)
    assert all(item.low <= 0.5 for item in found.values())
    same = found["source"]
    assert (same.balanced_accuracy, same.low, same.high) == (0.5, 0.5, 0.5)


def test_compression_that_follows_the_diagnosis_is_found(plain: NDArray[np.float32]) -> None:
    photos = [draw(seed) for seed in range(60)]
    qualities = {"mel": 70, "nv": 90}
    features = np.stack(
        [
            shortcut_features(photo, jpeg(photo, qualities[label]))
            for photo, label in zip(photos, ALTERNATING, strict=True)
        ]
    )
    found = measure(features, ALTERNATING)
    assert found["JPEG quantisation"].balanced_accuracy == 1.0
    assert found["everything"].low > 0.5
    assert found["image size"].balanced_accuracy == 0.5


def test_a_source_that_follows_the_diagnosis_is_found(plain: NDArray[np.float32]) -> None:
    found = measure(
        plain, ALTERNATING, sources=["clinic" if label == "mel" else "archive" for label in ALTERNATING]
    )
    assert found["source"].balanced_accuracy == 1.0
    assert dict(found["source"].recall) == {"mel": 1.0, "nv": 1.0}
    assert found["JPEG quantisation"].high == 0.5


def test_copies_of_one_lesion_are_never_on_both_sides() -> None:
    rng = np.random.default_rng(0)
    features = np.repeat(rng.normal(size=(40, len(FEATURE_NAMES))), 5, axis=0).astype(np.float32)
    labels = [label for label in ["mel", "nv"] * 20 for _ in range(5)]
    lesions = [str(index // 5) for index in range(200)]
    alone = [str(index) for index in range(200)]
    kept, parted = (
        measure_shortcuts(features, sources=["one"] * 200, labels=labels, groups=groups, seed=3)[-1]
        for groups in (lesions, alone)
    )
    assert parted.balanced_accuracy > 0.9, "remembering copies pays where groups are ignored"
    assert kept.low <= 0.5


def test_rare_diagnoses_are_left_out_and_one_alone_is_not_measured(plain: NDArray[np.float32]) -> None:
    rare = ["mel", "nv"] * 27 + ["df"] * 6
    assert [code for code, _ in measure(plain, rare)["everything"].recall] == ["mel", "nv"]
    assert measure(plain, ["nv"] * 54 + ["df"] * 6) == {}


def test_few_files_of_each_diagnosis_are_drawn() -> None:
    labels = ["mel", "nv", "nv", "nv"] * 500
    names = [str(index) for index in range(2000)]
    drawn = draw_files(labels, names, seed=3)
    assert (
        [labels[index] for index in drawn].count("mel")
        == [labels[index] for index in drawn].count("nv")
        == 300
    )
    assert list(drawn) == sorted(set(drawn))


def test_two_measurements_agree(plain: NDArray[np.float32]) -> None:
    assert measure(plain, ALTERNATING) == measure(plain, ALTERNATING)


@pytest.mark.parametrize("size", [(1, 1), (2, 1), (1, 300), (400, 30), (900, 700)])
def test_features_are_finite_at_every_size(size: tuple[int, int]) -> None:
    rgb_u8 = np.full((size[1], size[0], 3), 200, np.uint8)
    values = shortcut_features(rgb_u8, jpeg(rgb_u8, 80))
    assert values.shape == (len(FEATURE_NAMES),)
    assert values.dtype == np.float32
    assert np.isfinite(values).all()


@pytest.mark.parametrize(
    "data",
    [b"", b"\xff\xd8", b"\xff\xd8\xff\xdb\x00\x03\x00", b"\xff\xd8\xff\xc0\x00\x02", b"\x89PNG\r\n\x1a\n"],
)
def test_odd_headers_cost_nothing(data: bytes) -> None:
    assert np.isfinite(shortcut_features(draw(0), data)).all()


def test_tables_and_sampling_are_read_off_a_jpeg() -> None:
    photo = draw(1)
    coarse, fine = jpeg(photo, 40), jpeg(photo, 95)
    assert feature(photo, "luma_sum", coarse) > feature(photo, "luma_sum", fine) > 0
    assert feature(photo, "sampling", fine) == 0x22, "OpenCV halves the chroma both ways"
    assert feature(photo, "is_jpeg", b"\x89PNG") == 0


def test_blur_lens_tube_ruler_and_ink_move_their_numbers() -> None:
    photo = draw(2, width_px=240, height_px=240)
    assert feature(cv2.GaussianBlur(photo, (0, 0), 2), "laplacian") < feature(photo, "laplacian")
    rows, columns = np.ogrid[:240, :240]
    tube = photo.copy()
    tube[(rows - 120) ** 2 + (columns - 120) ** 2 > 125**2] = 0
    assert feature(tube, "dark_corner_area") > 0.3 > feature(photo, "dark_corner_area")
    ruler = photo.copy()
    ruler[-25:, ::12] = 20
    assert feature(ruler, "ticks_most") > 0.7 > feature(photo, "ticks_most")
    inked = photo.copy()
    inked[:60, :60] = (60, 70, 200)
    assert feature(inked, "blue_green_area") > 0.05 > feature(photo, "blue_green_area")
