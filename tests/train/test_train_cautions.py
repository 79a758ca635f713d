"""What is said before figures that rest on very little are believed."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from naevia.taxonomy import CODES
from naevia_train.measuring.calibrate import choose_operating_points, fit_temperature
from naevia_train.measuring.figures import Measured
from naevia_train.measuring.interval import Interval
from naevia_train.measuring.probabilities import softmax
from naevia_train.running.cautions import cautions
from naevia_train.running.results import Results, SplitResult

MEL, NV = CODES.index("mel"), CODES.index("nv")


def results(malignant: int, benign: int, *, temperature: float = 1.3, before: float = 0.05) -> Results:
    """Results on lesions of two images each, with a calibration error of 0.030."""
    labels = np.repeat([MEL, NV], [2 * malignant, 2 * benign])
    lesions = [f"l{number // 2}" for number in range(len(labels))]
    measured = Measured({"calibration_error": Interval(0.03, 0.02, 0.04)}, {}, {})
    split = SplitResult("Validation", "drawn", np.full((len(labels), 9), 1 / 9), labels, lesions, measured)
    return Results(
        validation=split, test=None, agreement={}, stress=None, stress_side_px=0, subgroups=[],
        temperature=temperature, error_before=before, operating_points=(), ood_threshold=0.0,
        ood_accepted=1.0, ood_accepted_changed=1.0,
    )  # fmt: skip


def test_enough_lesions_and_a_temperature_that_helped_need_no_caution() -> None:
    assert cautions(results(20, 20)) == ()
    assert cautions(replace(results(20, 20), error_before=0.03)) == ()


@pytest.mark.parametrize(
    ("malignant", "benign", "silent"), [(19, 300, False), (300, 4, False), (300, 3, True)]
)
def test_few_lesions_are_counted_and_not_their_images(malignant: int, benign: int, silent: bool) -> None:
    (words,) = cautions(results(malignant, benign))
    assert f"show {malignant} malignant lesions and {benign} benign lesions" in words
    assert ("the model recommends nothing" in words) == silent


@pytest.mark.parametrize("sharpness", [1e-3, 1e3])
def test_a_temperature_at_the_end_of_its_range_is_no_calibration(sharpness: float) -> None:
    labels = np.repeat([MEL, NV], 20)
    right = np.eye(9)[labels]
    # logits that are always right want the lowest temperature, and always wrong ones the highest
    logits = right if sharpness < 1 else -sharpness * right
    temperature = fit_temperature(logits, labels)
    (words,) = cautions(results(20, 20, temperature=temperature))
    assert f"temperature {temperature:.3f} is an end of the range that is searched (0.05 to 20)" in words


def test_a_temperature_that_made_it_worse_says_so() -> None:
    (words,) = cautions(results(20, 20, before=0.021))
    assert "raised the expected calibration error, from 0.021 to 0.030" in words


@pytest.mark.parametrize(("malignant", "points"), [(3, 0), (4, 2)])
def test_no_threshold_is_chosen_on_three_lesions(malignant: int, points: int) -> None:
    on = results(malignant, 40).validation
    answers = softmax(np.random.default_rng(1).normal(size=(len(on.labels), 9)))
    assert len(choose_operating_points(answers, on.labels, on.lesions, chosen_on="drawn")) == points
