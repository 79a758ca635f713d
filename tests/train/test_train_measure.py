from __future__ import annotations

from itertools import compress

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from naevia.contract import TOLERANCE
from naevia.taxonomy import CODES, MALIGNANT
from naevia_train.labelling.diagnosis_set import NINE
from naevia_train.measuring import metrics
from naevia_train.measuring.agreement import rendition_agreement
from naevia_train.measuring.calibrate import choose_operating_points, fit_temperature
from naevia_train.measuring.interval import wilson
from naevia_train.measuring.probabilities import softmax


def random_answers(count: int, seed: int, sharpness: float = 1.0) -> tuple[np.ndarray, np.ndarray]:
    """Logits that know something about the labels."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 9, count)
    logits = rng.normal(size=(count, 9)) + 2.0 * np.eye(9)[labels]
    return (sharpness * logits).astype(np.float32), labels


def test_the_auc_of_ties_is_one_half_and_of_one_side_undefined() -> None:
    assert metrics.auc(np.zeros(10), np.arange(10) < 4) == 0.5
    assert np.isnan(metrics.auc(np.zeros(3), np.ones(3, bool)))


@settings(deadline=None)
@given(total=st.integers(1, 2000), share=st.floats(0, 1))
def test_a_wilson_interval_holds_its_share(total: int, share: float) -> None:
    interval = wilson(round(share * total), total)
    assert 0.0 <= interval.low <= interval.value + 1e-12
    assert interval.value - 1e-12 <= interval.high <= 1.0


@pytest.mark.parametrize(
    ("successes", "total", "low", "high"),
    [
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0000, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_a_wilson_interval_is_the_published_one(successes: int, total: int, low: float, high: float) -> None:
    # Newcombe, "Two-sided confidence intervals for the single proportion" (1998), table I, method 3
    interval = wilson(successes, total)
    assert (interval.low, interval.high) == pytest.approx((low, high), abs=5e-5)


@pytest.mark.parametrize("sharpness", [0.4, 1.0, 3.0])
def test_the_temperature_undoes_wrong_confidence(sharpness: float) -> None:
    logits, labels = random_answers(4000, 2)
    right = fit_temperature(logits, labels)
    assert fit_temperature(sharpness * logits, labels) == pytest.approx(sharpness * right, rel=0.01)
    before, after = softmax(6 * logits), softmax(6 * logits, fit_temperature(6 * logits, labels))
    assert metrics.calibration_error(after, labels) < 0.05 < metrics.calibration_error(before, labels)


LESIONS = [f"l{number // 2}" for number in range(40)]


@settings(deadline=None, max_examples=40)
@given(
    logits=arrays.arrays(np.float32, (40, 9), elements=st.floats(-8, 8, width=32)),
    labels=arrays.arrays(np.int64, 40, elements=st.integers(0, 8)),
)
def test_an_operating_point_reaches_the_sensitivity_that_its_name_promises(
    logits: np.ndarray, labels: np.ndarray
) -> None:
    probabilities = softmax(logits)
    malignant = np.array(MALIGNANT)[labels]
    points = choose_operating_points(probabilities, labels, LESIONS, chosen_on="drawn numbers")
    by_side = [set(compress(LESIONS, of)) for of in (malignant, ~malignant)]
    if min(map(len, by_side)) < 4:
        assert points == ()
        return
    scores = NINE.malignant_probability(probabilities)
    for point, wanted in zip(points, (0.90, 0.95), strict=True):
        assert point.name == f"sensitivity-{100 * wanted:.0f}"
        referred = scores >= point.threshold
        assert point.sensitivity.value == pytest.approx(referred[malignant].mean())
        assert point.specificity.value == pytest.approx((~referred[~malignant]).mean())
        assert point.sensitivity.value >= wanted
        # no threshold that is more than the room for other computers and a rounding step higher would do
        higher = point.threshold + 4 * TOLERANCE + 2e-4
        assert (scores[malignant] >= higher).mean() < wanted or higher > 1


def test_the_interval_of_a_threshold_holds_what_it_gives_on_other_images() -> None:
    logits, labels = random_answers(1200, 5)
    points = choose_operating_points(softmax(logits), labels, list(map(str, range(1200))), chosen_on="here")
    others, truth = random_answers(60_000, 6)
    scores, malignant = NINE.malignant_probability(softmax(others)), np.array(MALIGNANT)[truth]
    for point in points:
        assert point.sensitivity.low < (scores[malignant] >= point.threshold).mean() < point.sensitivity.high
        assert point.specificity.low < (scores[~malignant] < point.threshold).mean() < point.specificity.high
        on_chosen = wilson(round(point.sensitivity.value * 530), 530)
        assert point.sensitivity.high - point.sensitivity.low > on_chosen.high - on_chosen.low


def test_an_operating_point_counts_each_malignant_diagnosis() -> None:
    logits, labels = random_answers(1200, 5)
    lesions = [f"l{number // 2}" for number in range(1200)]
    others, truth = random_answers(60_000, 6)
    elsewhere = NINE.malignant_probability(softmax(others))
    scores = NINE.malignant_probability(softmax(logits))
    for point in choose_operating_points(softmax(logits), labels, lesions, chosen_on="here"):
        assert list(point.by_diagnosis) == [code for code, bad in zip(CODES, MALIGNANT, strict=True) if bad]
        for code, of in point.by_diagnosis.items():
            shown = labels == CODES.index(code)
            assert of.images == shown.sum()
            assert of.referred == (scores[shown] >= point.threshold).sum()
            assert of.sensitivity.value == of.referred / of.images
            given = (elsewhere[truth == CODES.index(code)] >= point.threshold).mean()
            assert of.sensitivity.low < given < of.sensitivity.high


def test_a_diagnosis_that_is_always_referred_is_not_certain_to_be() -> None:
    labels = np.repeat([CODES.index("mel"), CODES.index("bcc"), CODES.index("nv")], 20)
    probabilities = np.full((60, 9), 0.001)
    probabilities[np.arange(60), labels] = 0.992
    for point in choose_operating_points(probabilities, labels, list(map(str, range(60))), chosen_on="here"):
        of = point.by_diagnosis["bcc"]
        assert (of.referred, of.images) == (20, 20)
        assert of.sensitivity.low == pytest.approx(20 / (20 + 1.959964**2))  # Wilson, 20 of 20 lesions


NONE = np.zeros(80, bool)


def test_agreement_compares_the_files_of_one_image() -> None:
    shares = rendition_agreement(
        ["i1", "i1", "i2", "i2", "i3", "i4"],
        ["a", "b", "a", "b", "a", "b"],
        np.array([3, 3, 3, 4, 1, 1]),
        lesions=["l1", "l1", "l2", "l2", "l3", "l4"],
        malignant=NONE[:6],
        referred=NONE[:6],
    )
    assert list(shares) == [("a", "b")]
    found = shares["a", "b"]
    assert (found.same_answer.value, found.images, found.to_monitor, found.referred) == (0.5, 2, None, 0)


def test_the_interval_of_an_agreement_counts_lesions() -> None:
    images = [f"i{number // 2}" for number in range(80)]
    sources, answers = ["a", "b"] * 40, np.full(80, 3)
    lesions = [f"l{number // 8}" for number in range(80)]
    same, changed = (
        rendition_agreement(images, sources, given, lesions=lesions, malignant=NONE, referred=NONE)["a", "b"]
        for given in (answers, np.where(np.isin(np.arange(80), (1, 3, 5, 7)), 4, answers))
    )
    assert (same.same_answer.value, same.images) == (1.0, 40)
    assert same.same_answer.low == pytest.approx(10 / (10 + 1.959964**2))  # Wilson, 10 of 10 lesions
    assert changed.same_answer.value == 0.9
    assert changed.same_answer.low == pytest.approx(0.7)  # one lesion of ten, not four images of 40


def test_a_malignant_image_that_one_rendition_has_referred_may_be_monitored_in_the_other() -> None:
    malignant = np.repeat([True, False], [8, 4])
    referred = np.array([1, 1, 1, 0, 0, 1, 0, 0, 1, 0, 1, 1], bool)  # the fourth is referred by neither
    (found,) = rendition_agreement(
        [f"i{number // 2}" for number in range(12)],
        ["a", "b"] * 6,
        np.full(12, 3),
        lesions=[f"l{number // 2}" for number in range(12)],
        malignant=malignant,
        referred=referred,
    ).values()
    assert (found.images, found.referred) == (6, 3)
    assert found.to_monitor is not None and found.to_monitor.value == pytest.approx(2 / 3)
    assert "; of 3 malignant ones that one of the two has referred, the other says monitor" in str(found)


@pytest.mark.parametrize("deciding", [0.0001, 0.3, 0.50001, 0.50006, 0.5, 1.0])
def test_the_photo_that_decided_the_threshold_is_referred_on_every_computer(deciding: float) -> None:
    """Also where each malignant diagnosis is answered lower by all that export and start allow."""
    probabilities = np.zeros((40, 9))
    malignant = np.arange(40) < 20
    probabilities[:, NINE.codes.index("mel")] = np.where(malignant, deciding, deciding / 2)
    probabilities[:, NINE.codes.index("nv")] = 1 - probabilities.sum(axis=1)
    labels = np.where(malignant, NINE.codes.index("mel"), NINE.codes.index("nv"))
    for point in choose_operating_points(probabilities, labels, list(map(str, range(40))), chosen_on="here"):
        assert 0 <= point.threshold <= max(0, deciding - sum(MALIGNANT) * TOLERANCE)
        assert (point.sensitivity.value, point.specificity.value) == (1.0, float(deciding > 0.001))
