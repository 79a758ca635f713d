from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from naevia.contract import TOLERANCE
from naevia_train.refusal.boundary import (
    ACCEPTED_SHARE,
    SOURCE_FILES,
    SOURCE_SHARE,
    choose_threshold,
    fit_boundary,
)


def embeddings(rng: np.random.Generator, count: int, shift: float) -> np.ndarray:
    """Features of very different scale, one of them always 0, moved along one of them."""
    drawn = rng.normal(size=(count, 6)) * [0.01, 0.1, 1.0, 10.0, 100.0, 0.0]
    return drawn + shift * np.array([0.0, 0.0, 6.0, 0.0, 0.0, 0.0])


def test_strange_pictures_score_higher_and_known_ones_are_accepted(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    boundary = fit_boundary(embeddings(rng, 2000, 0.0), embeddings(rng, 300, 1.0))
    known = boundary.scores(embeddings(rng, 1000, 0.0))
    strange = boundary.scores(embeddings(rng, 1000, 1.0))
    limit = choose_threshold(known)
    assert (known <= limit).mean() >= ACCEPTED_SHARE
    assert (strange > limit).mean() > 0.99
    boundary.save(tmp_path / "ood.npz")
    with np.load(tmp_path / "ood.npz") as saved:
        again = embeddings(rng, 9, 0.5)
        np.testing.assert_allclose(
            again @ saved["weights"] + saved["bias"], boundary.scores(again), atol=1e-5
        )
        assert saved["weights"].dtype == saved["bias"].dtype == np.float32


def test_both_sides_weigh_the_same_however_many_pictures_they_have() -> None:
    rng = np.random.default_rng(1)
    known, strange = embeddings(rng, 600, 0.0), embeddings(rng, 60, 0.4)
    middle = [embeddings(rng, 4000, shift) for shift in (0.0, 0.4)]
    for repeats in (1, 20):
        boundary = fit_boundary(known, np.repeat(strange, repeats, axis=0))
        wrong = [(boundary.scores(middle[0]) > 0).mean(), (boundary.scores(middle[1]) <= 0).mean()]
        assert wrong[0] == pytest.approx(wrong[1], abs=0.12)


def test_what_is_rather_a_lesion_than_not_is_never_refused() -> None:
    """However far from the limit the known cameras lie: an unknown one may lie nearer."""
    assert choose_threshold(np.linspace(-9, -5, 1000)) == 0
    above = np.linspace(0, 1, 1000)
    assert ACCEPTED_SHARE <= (above <= choose_threshold(above)).mean() < 0.999


def test_what_is_accepted_here_is_accepted_on_every_computer() -> None:
    """Also where each score is answered higher by all that export allows: a share of the largest one."""
    scores = np.linspace(-40, 20, 10_000)  # so near each other that without the room for it too few are
    assert (scores + 10 * TOLERANCE * 40 <= choose_threshold(scores)).mean() >= ACCEPTED_SHARE


def test_no_large_source_pays_for_the_others() -> None:
    scores = np.concatenate([np.zeros(5000), np.linspace(0, 1, SOURCE_FILES), np.full(5, 9.0)])
    sources = ["a"] * 5000 + ["b"] * SOURCE_FILES + ["rare"] * 5
    alone, fair = choose_threshold(scores), choose_threshold(scores, sources)
    assert (scores[5000:5100] <= alone).mean() < 0.9
    assert 0.98 <= (scores[5000:5100] <= fair).mean() < 0.995  # five files of a rare source decide nothing


@pytest.mark.parametrize("count", [100, 110, 123])
def test_the_promised_share_is_accepted_of_any_number(count: int) -> None:
    scores, few = np.arange(count, dtype=float), np.zeros(count)
    assert (scores <= choose_threshold(scores)).mean() >= ACCEPTED_SHARE
    everything = np.concatenate([np.full(100 * count, -1.0), scores])
    sources = ["many"] * (100 * count) + ["few"] * count
    assert (scores <= choose_threshold(everything, sources)).mean() >= SOURCE_SHARE
    assert (scores <= choose_threshold(few, changed=scores)).mean() >= SOURCE_SHARE


def test_a_feature_that_hardly_moves_decides_nothing() -> None:
    rng = np.random.default_rng(3)
    known, strange = rng.normal(size=(400, 2)), rng.normal(size=(400, 2)) + np.array([1.0, 0.0])
    known[:, 1] *= 1e-9
    strange[:, 1] = 1e-6 + 1e-9 * strange[:, 1]
    boundary = fit_boundary(known, strange)
    moved = boundary.scores(known + np.array([0.0, 1e-6])) - boundary.scores(known)
    assert np.abs(moved).max() < 0.1


def test_other_cameras_pay_no_more_than_a_source() -> None:
    scores, changed = np.linspace(0, 1, 1000), np.linspace(0, 2, 400)
    limit = choose_threshold(scores, changed=changed)
    assert 0.98 <= (changed <= limit).mean() < 0.985
    assert choose_threshold(scores, changed=changed / 4) == choose_threshold(scores)
