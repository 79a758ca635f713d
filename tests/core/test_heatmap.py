"""The heat map of a large photo."""

from __future__ import annotations

import tracemalloc
from dataclasses import replace

import cv2
import numpy as np
import pytest

from naevia.heatmap import evidence, overlay
from naevia.image import Photo
from naevia.prediction import Prediction
from naevia.preprocess import Region
from naevia.session import Session
from naevia.synthetic import draw_lesion


@pytest.fixture
def answer(session: Session) -> Prediction:
    """An answer, as if the photo had had 12 million pixels."""
    small = session.predict(Photo(draw_lesion("mel", seed=1, width_px=400, height_px=300), "0" * 64, "PNG"))
    return replace(small, width_px=4000, height_px=3000, region=Region(500, 0, 3000, 3000))


def test_a_large_photo_is_drawn_as_a_small_one_is(answer: Prediction) -> None:
    photo = draw_lesion("mel", seed=1, width_px=4000, height_px=3000)
    heat = evidence(answer)
    colours = cv2.applyColorMap(np.rint(heat * 255).astype(np.uint8), cv2.COLORMAP_INFERNO)[..., ::-1]
    cover = 0.55 * np.sqrt(heat)[..., None]
    expected = np.rint(photo * (1 - cover) + colours * cover)
    np.testing.assert_array_equal(overlay(photo, answer), expected)


def test_a_large_photo_takes_no_more_memory_than_its_evidence_and_its_picture(answer: Prediction) -> None:
    photo = np.full((3000, 4000, 3), 180, np.uint8)
    tracemalloc.start()
    overlay(photo, answer)
    peak_bytes = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak_bytes < 4000 * 3000 * (4 + 4 + 3)
