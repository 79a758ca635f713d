"""The heat map: what it shows, and what it costs for a large photo."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable
from dataclasses import replace

import cv2
import numpy as np
import pytest

from naevia.errors import UsageError
from naevia.heatmap import heat_map, overlay
from naevia.image import Photo
from naevia.prediction import Prediction, Recommendation
from naevia.preprocess import Region
from naevia.session import Session
from naevia.synthetic import draw_lesion
from naevia.taxonomy import CODES

CELL_PX = 100
"""Side of a cell of the activation maps below, on the photo."""
FIRST, SECOND = (1, 1), (2, 3)
"""Two cells."""


@pytest.fixture
def answer(session: Session) -> Prediction:
    """An answer to a photo of 400 by 500 pixels, the left 100 not examined, without evidence."""
    drawn = session.predict(Photo(draw_lesion("mel", seed=1, width_px=400, height_px=300), "0" * 64, "PNG"))
    maps = np.zeros((4, 4, 9), np.float32)
    return replace(drawn, width_px=500, height_px=400, region=Region(100, 0, 400, 400), activation_maps=maps)


@pytest.fixture
def large(answer: Prediction) -> Prediction:
    """The same, as if the photo had had 12 million pixels."""
    answer.activation_maps[1:3, 1:3, CODES.index(answer.heat_diagnosis.code)] = 1
    return replace(answer, width_px=4000, height_px=3000, region=Region(500, 0, 3000, 3000))


def centre(cell: tuple[int, int]) -> tuple[int, int]:
    """Row and column of a cell's centre on the photo."""
    return cell[0] * CELL_PX + CELL_PX // 2, 100 + cell[1] * CELL_PX + CELL_PX // 2


def test_each_diagnosis_has_its_own_evidence(answer: Prediction) -> None:
    answer.activation_maps[(*FIRST, CODES.index("bkl"))] = 3
    answer.activation_maps[(*SECOND, CODES.index("vasc"))] = 5
    for code, here, there in (("bkl", FIRST, SECOND), ("vasc", SECOND, FIRST)):
        heat = heat_map(answer, code)
        assert heat[centre(here)] > 0.9, code
        assert heat[centre(there)] == 0, code
    assert not heat_map(answer, "akiec").any()


@pytest.mark.parametrize(
    ("recommendation", "first", "second", "code"),
    [
        ("monitor", "nv", "mel", "nv"),
        ("cannot tell", "vasc", "mel", "vasc"),
        ("refer", "akiec", "mel", "akiec"),
        ("refer", "nv", "scc", "scc"),
    ],
)
def test_the_evidence_is_what_speaks_for_the_recommendation_unless_another_is_asked_for(
    answer: Prediction, recommendation: Recommendation, first: str, second: str, code: str
) -> None:
    probabilities = np.full(9, 0.01, np.float32)
    probabilities[[CODES.index(first), CODES.index(second)]] = 0.6, 0.33
    answer.activation_maps[...] = np.random.default_rng(1).normal(size=(4, 4, 9))
    shown = replace(answer, probabilities=probabilities, recommendation=recommendation)
    assert shown.heat_diagnosis.code == code
    np.testing.assert_array_equal(heat_map(shown), heat_map(answer, code))
    assert not np.array_equal(heat_map(shown), heat_map(answer, "bkl"))


def test_what_speaks_for_every_diagnosis_alike_is_no_evidence(answer: Prediction) -> None:
    answer.activation_maps[FIRST] = 9
    answer.activation_maps[(*SECOND, CODES.index("mel"))] = 1
    heat = heat_map(answer, "mel")
    assert heat[centre(FIRST)] == 0
    assert heat[centre(SECOND)] > 0.9


def test_evidence_is_smooth_and_only_where_the_network_looked(answer: Prediction) -> None:
    answer.activation_maps[(*FIRST, 0)] = 1
    answer.activation_maps[3, 0, 0] = 0.5
    heat = heat_map(answer, CODES[0])
    assert (heat.shape, heat.dtype) == ((400, 500), np.float32)
    assert heat.min() == 0 and 0.9 < heat.max() <= 1
    assert not heat[:, :100].any()
    steps = max(np.abs(np.diff(heat[:, 100:], axis=axis)).max() for axis in (0, 1))
    assert steps < 3 / CELL_PX


def test_the_overlay_leaves_what_has_no_evidence_and_covers_what_has_most(large: Prediction) -> None:
    dark, bright = (np.full((3000, 4000, 3), level, np.uint8) for level in (0, 200))
    heat = heat_map(large)
    on_dark, on_bright = (overlay(photo, large, opacity=1) for photo in (dark, bright))
    np.testing.assert_array_equal(on_bright[heat == 0], bright[heat == 0])
    np.testing.assert_array_equal(on_bright[heat == 1], on_dark[heat == 1])
    assert cv2.absdiff(on_dark[::-1], on_dark).max() <= 3  # as its evidence is: no row is out of its place
    assert on_dark[1500, 2000].min() > 100 > on_dark[1500, 2000 + 1100].max()
    np.testing.assert_array_equal(overlay(bright, large, opacity=0), bright)


def test_a_large_photo_takes_no_more_memory_than_its_evidence_and_its_picture(large: Prediction) -> None:
    photo = np.full((3000, 4000, 3), 180, np.uint8)
    tracemalloc.start()
    overlay(photo, large)
    peak_bytes = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak_bytes < 4000 * 3000 * (4 + 4 + 3)


@pytest.mark.parametrize(
    ("draw", "words"),
    [
        (lambda answer: heat_map(answer, "melanoma"), "one of the codes akiec, .* received 'melanoma'"),
        (lambda answer: overlay(np.zeros((400, 500, 3), np.uint8), answer, code="x"), "received 'x'"),
        (lambda answer: overlay(np.zeros((500, 400, 3), np.uint8), answer), r"received \(500, 400, 3\)"),
        (lambda answer: overlay(np.zeros((400, 500), np.uint8), answer), r"shape \(400, 500, 3\)"),
    ],
)
def test_what_cannot_be_drawn_is_wrong_use(
    answer: Prediction, draw: Callable[[Prediction], object], words: str
) -> None:
    with pytest.raises(UsageError, match=words):
        draw(answer)
