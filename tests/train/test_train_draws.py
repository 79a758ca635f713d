from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from naevia.errors import UsageError
from naevia.synthetic import draw_lesion
from naevia_train.preparing.augment import augment
from naevia_train.preparing.draws import Draws, class_shares, class_weights, draw_order
from naevia_train.recipes import RECIPES, Augmentation, find_recipe

LABELS = np.repeat([3, 4, 7], [40, 400, 10])
ONE_SOURCE = ["one"] * len(LABELS)
SEED, LITE0 = RECIPES["seed"], RECIPES["lite0"]


@settings(max_examples=60, deadline=None)
@given(
    height=st.integers(1, 90),
    width=st.integers(1, 90),
    seed=st.integers(0, 999),
    kind=st.sampled_from(["camera", "cameras", "clinics", "flips"]),
)
def test_any_photo_gives_one_square_view(height: int, width: int, seed: int, kind: str) -> None:
    photo = np.random.default_rng(seed).integers(0, 256, (height, width, 3)).astype(np.uint8)
    view = augment(photo, 40, kind, np.random.default_rng(seed))  # type: ignore[arg-type]
    assert (view.shape, view.dtype) == ((40, 40, 3), np.uint8)
    np.testing.assert_array_equal(view, augment(photo, 40, kind, np.random.default_rng(seed)))  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", ["camera", "cameras", "clinics"])
def test_the_camera_views_differ_and_keep_the_skin(kind: Augmentation) -> None:
    photo = draw_lesion("mel", seed=1, width_px=120, height_px=90)
    rng = np.random.default_rng(0)
    views = np.stack([augment(photo, 64, kind, rng) for _ in range(40)])
    assert len({view.tobytes() for view in views}) == 40
    assert np.median(views[..., 0].mean(axis=(1, 2))) > np.median(
        views[..., 2].mean(axis=(1, 2))
    )  # still reddish


@pytest.mark.parametrize(
    ("rebalance", "shares"),
    [("oversample", [1 / 3, 1 / 3, 1 / 3]), ("class-weight", [40 / 450, 400 / 450, 10 / 450])],
)
def test_rebalancing_decides_the_shares(rebalance: str, shares: list[float]) -> None:
    given_shares = class_shares(LABELS, replace(SEED, rebalance=rebalance))  # type: ignore[arg-type]
    np.testing.assert_allclose(given_shares[[3, 4, 7]], shares)
    assert given_shares.sum() == pytest.approx(1.0)


def test_softened_frequencies_lie_between() -> None:
    shares = class_shares(LABELS, LITE0)
    assert shares[4] / shares[7] == pytest.approx(40**0.4)


def test_class_weights_let_every_diagnosis_weigh_the_same() -> None:
    weights = class_weights(LABELS)
    np.testing.assert_allclose(weights[[3, 4, 7]] * [40, 400, 10], 150)
    assert weights[0] == 0


def test_rare_images_repeat_evenly() -> None:
    order = draw_order(LABELS, ONE_SOURCE, replace(SEED, draws=900), np.random.default_rng(0))
    times = Counter(order.tolist())
    rare = [times[position] for position in np.flatnonzero(LABELS == 7)]
    assert max(rare) - min(rare) <= 1
    assert max(times[position] for position in np.flatnonzero(LABELS == 4)) == 1


def test_sources_share_a_diagnosis_more_evenly_the_lower_the_power() -> None:
    labels, sources = np.array([4] * 100), ["large"] * 90 + ["small"] * 10
    for power, share in ((1.0, 0.9), (0.5, 0.75), (0.0, 0.5)):
        recipe = replace(LITE0, draws=20_000, source_power=power)
        order = draw_order(labels, sources, recipe, np.random.default_rng(1))
        assert (order < 90).mean() == pytest.approx(share, abs=0.02)


def test_a_batch_is_changed_as_the_recipe_says_at_the_size_of_the_stage() -> None:
    photo = np.random.default_rng(0).integers(0, 256, (24, 24, 3)).astype(np.uint8)
    (stage,) = SEED.stages
    views = {}
    for kind in ("flips", "camera", "cameras", "clinics"):
        recipe = replace(SEED, augmentation=kind, stages=(replace(stage, size_px=24),))
        views[kind] = Draws([[photo]], np.array([3]), ["one"], recipe, seed=1, epoch=0)[0][0][0]
    assert {view.shape for view in views.values()} == {(24, 24, 3)}
    assert len({view.tobytes() for view in views.values()}) == len(views)
    for kind, view in views.items():  # turning and mirroring alone keep every value
        assert np.array_equal(np.sort(view, axis=None), np.sort(photo, axis=None)) == (kind == "flips")


def test_mixed_batches_mix_photos_and_targets_alike() -> None:
    photos = [[np.full((32, 32, 3), 250 * (number % 2), np.uint8)] for number in range(8)]
    labels = np.array([4, 3] * 4)
    recipe = replace(SEED.with_size(32), mixup=1.0, batch_size=8)
    batches = [Draws(photos, labels, ["one"] * 8, recipe, seed=1, epoch=epoch)[0] for epoch in range(20)]
    mixed = 0
    for pixels, targets in batches:
        np.testing.assert_allclose(targets.sum(axis=1), 1, atol=1e-6)
        np.testing.assert_allclose(pixels.mean(axis=(1, 2, 3)) / 250, targets[:, 3], atol=0.01)
        mixed += bool(((targets > 0.01) & (targets < 0.99)).any())
    assert 4 <= mixed <= 16


def test_given_targets_replace_labels_and_a_batch_can_be_shared_out() -> None:
    photos = [[np.zeros((32, 32, 3), np.uint8)] for _ in range(6)]
    taught = np.full((6, 9), 1 / 9, np.float32)
    recipe = replace(SEED.with_size(32), draws=7, batch_size=4)
    labels, sources = np.array([0, 1] * 3), ["one"] * 6
    draws = Draws(photos, labels, sources, recipe, seed=1, epoch=0, targets=taught, parts=2)
    assert [len(draws[index][0]) for index in range(len(draws))] == [4, 2]
    np.testing.assert_array_equal(draws[0][1], taught[:4])


def test_an_epoch_is_the_same_every_time_and_another_epoch_is_not() -> None:
    photos = [[draw_lesion("nv", seed=seed, width_px=40, height_px=30)] for seed in range(6)]
    labels = np.array([0, 0, 0, 1, 1, 1])
    recipe = replace(LITE0.with_size(32), draws=8, batch_size=4)
    first = Draws(photos, labels, ["one"] * 6, recipe, seed=5, epoch=2)
    again = Draws(photos, labels, ["one"] * 6, recipe, seed=5, epoch=2)
    other = Draws(photos, labels, ["one"] * 6, recipe, seed=5, epoch=3)
    assert len(first) == 2
    for index in (1, 0):
        np.testing.assert_array_equal(first[index][0], again[index][0])
        np.testing.assert_array_equal(first[index][1], again[index][1])
    assert not np.array_equal(first[0][0], other[0][0])


def test_class_weighted_batches_carry_their_weights() -> None:
    photos = [[draw_lesion("nv", seed=seed, width_px=40, height_px=30)] for seed in range(4)]
    recipe = replace(SEED.with_size(32), rebalance="class-weight", batch_size=4)
    _, targets, weights = Draws(photos, np.array([0, 0, 0, 1]), ["one"] * 4, recipe, seed=1, epoch=0)[0]
    np.testing.assert_allclose(weights, np.where(targets[:, 1] == 1, 2.0, 2 / 3))


def test_an_unknown_recipe_is_named() -> None:
    with pytest.raises(UsageError, match="choose one of seed, lite0"):
        find_recipe("resnet")
