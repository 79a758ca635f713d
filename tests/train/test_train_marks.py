"""Marks of clinics on training views: what they change, and what they leave."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from naevia.synthetic import draw_lesion
from naevia_train.preparing import marks

SIZE_PX = 96
MIDDLE = slice(40, 56)
LESION = draw_lesion("mel", seed=4, width_px=SIZE_PX, height_px=SIZE_PX)
EVERY = {
    change.__name__: change
    for change in (
        marks.marked,
        marks.glints,
        marks.ink,
        marks.pale_corners,
        marks.bubbles,
        marks.ruler,
        marks.cover,
        marks.lamp,
        marks.repaired,
        marks.night_grain,
    )
}
Change = Callable[[marks.Pixels, np.random.Generator], marks.Pixels]


def views(change: Change, count: int = 40) -> np.ndarray:
    rng = np.random.default_rng(2)
    return np.stack([change(LESION, rng) for _ in range(count)])


@pytest.mark.parametrize("name", EVERY)
@settings(deadline=None, max_examples=40)
@given(seed=st.integers(0, 2**32), size=st.integers(32, 80))
def test_a_mark_follows_from_its_numbers_and_leaves_the_photo_it_is_given(
    name: str, seed: int, size: int
) -> None:
    view = np.ascontiguousarray(LESION[:size, :size])
    kept = view.copy()
    drawn = EVERY[name](view, np.random.default_rng(seed))
    assert drawn.shape == view.shape and drawn.dtype == np.uint8
    np.testing.assert_array_equal(view, kept)
    np.testing.assert_array_equal(drawn, EVERY[name](view, np.random.default_rng(seed)))


@pytest.mark.parametrize("name", EVERY)
def test_no_mark_leaves_nothing_to_see(name: str) -> None:
    """Views change, differ from each other, and still show much of the lesion."""
    drawn = views(EVERY[name])
    assert np.mean([(view != LESION).any() for view in drawn]) > 0.9
    assert len({view.tobytes() for view in drawn}) > 35
    likeness = [np.corrcoef(view[..., 1].ravel(), LESION[..., 1].ravel())[0, 1] for view in drawn]
    assert np.median(likeness) > 0.6


@pytest.mark.parametrize("name", ["pale_corners", "cover", "ruler"])
def test_the_middle_is_never_hidden(name: str) -> None:
    assert (views(EVERY[name])[:, MIDDLE, MIDDLE] == LESION[MIDDLE, MIDDLE]).all()


def test_lamps_turn_grey_warm_and_cold() -> None:
    grey = np.full((8, 8, 3), 120, np.uint8)
    rng = np.random.default_rng(3)
    warmth = [float(np.subtract(*marks.lamp(grey, rng)[0, 0, [0, 2]].astype(float))) for _ in range(60)]
    assert min(warmth) < -20 and max(warmth) > 60


def test_reflections_and_bubbles_only_lighten() -> None:
    for name in ("glints", "bubbles"):
        assert (views(EVERY[name]).astype(int) - LESION >= 0).all()
    assert (views(marks.glints) == 255).all(axis=3).any(axis=(1, 2)).mean() > 0.4


def test_a_repaired_photo_has_lost_levels() -> None:
    levels = [len(np.unique(view[..., 0])) for view in views(marks.repaired)]
    assert np.median(levels) < 0.8 * len(np.unique(LESION[..., 0]))
