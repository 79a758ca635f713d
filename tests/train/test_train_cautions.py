"""What is said before figures that rest on very little are believed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from naevia.taxonomy import CODES
from naevia_train.labelling.manifest import UNLABELLED, ManifestRow
from naevia_train.measuring.calibrate import choose_operating_points, fit_temperature
from naevia_train.measuring.figures import Measured
from naevia_train.measuring.interval import Interval
from naevia_train.measuring.probabilities import softmax
from naevia_train.running.cautions import cautions
from naevia_train.running.results import Results, SplitResult

MEL, NV = CODES.index("mel"), CODES.index("nv")


def row(folder: str, label: str, split: str = "train", why: str = "folder") -> ManifestRow:
    path = f"{folder}/{label}.png"
    return ManifestRow(path, path, "d", 9, 9, "0" * 64, "", "", "", label, "", label, why, path, split)


ALL_NINE = [row("d", code) for code in CODES]


def results(malignant: int, benign: int, *, temperature: float = 1.3, chance: float = 0.03) -> Results:
    """Results on lesions of two images each, whose calibration error is 0.030; up to `chance` is chance."""
    labels = np.repeat([MEL, NV], [2 * malignant, 2 * benign])
    lesions = [f"l{number // 2}" for number in range(len(labels))]
    measured = Measured({"calibration_error": Interval(0.03, 0.02, 0.04)}, {}, {})
    split = SplitResult("Validation", "drawn", np.full((len(labels), 9), 1 / 9), labels, lesions, measured,
                        {"calibration_error": Interval(0.02, 0.01, chance)})  # fmt: skip
    return Results(
        validation=split, test=None, agreement={}, stress=None, stress_side_px=0, subgroups=[],
        temperature=temperature, error_before=0.02, log_loss=(1.0, 0.9), malignant_gap=None,
        operating_points=(), ood_threshold=0.0, ood_accepted=1.0, ood_accepted_changed=1.0,
    )  # fmt: skip


def warned(measured: Results, rows: Sequence[ManifestRow] = ALL_NINE) -> tuple[str, ...]:
    return cautions(measured, rows, goes_on=False)


def test_enough_lesions_and_an_error_that_chance_explains_need_no_caution() -> None:
    """Also where the temperature raised the error: it was 0.020 before."""
    assert warned(results(20, 20)) == ()


def test_test_images_that_earlier_models_may_have_learnt_from_are_counted() -> None:
    (words,) = cautions(results(20, 20), ALL_NINE, goes_on=True, doubtful=113)
    assert "do not say that they kept 113 of the test images apart (test.csv in their folders)" in words


@pytest.mark.parametrize(
    ("malignant", "benign", "silent"), [(19, 300, False), (300, 4, False), (300, 3, True)]
)
def test_few_lesions_are_counted_and_not_their_images(malignant: int, benign: int, silent: bool) -> None:
    (words,) = warned(results(malignant, benign))
    assert f"show {malignant} malignant lesions and {benign} benign lesions" in words
    assert ("the model recommends nothing" in words) == silent


def test_a_diagnosis_that_no_training_image_shows_is_a_caution() -> None:
    (words,) = warned(results(20, 20), [*ALL_NINE[:-1], row("d", "vasc", "validation")])
    assert words.startswith(
        "Diagnoses never learnt, because no training image shows them: vascular lesion. The network gives"
    )


def test_folders_whose_images_have_no_label_are_a_caution_with_the_largest_first() -> None:
    lost = [replace(row(f"d/{name}", "", "dropped", UNLABELLED), image_id=name) for name in "abcdefg"]
    lost.append(replace(lost[2], image_id="another"))
    copies = [row("d", "nv", "dropped", "copy"), replace(lost[0], path="d/a/rendition.png")]
    (words,) = warned(results(20, 20), [*ALL_NINE, *lost, *copies])
    assert words.endswith("diagnosis: 8, in d/c (2), d/a (1), d/b (1), d/d (1), d/e (1), and 2 more.")


@pytest.mark.parametrize("sharpness", [1e-3, 1e3])
def test_a_temperature_at_the_end_of_its_range_is_no_calibration(sharpness: float) -> None:
    labels = np.repeat([MEL, NV], 20)
    right = np.eye(9)[labels]
    # logits that are always right want the lowest temperature, and always wrong ones the highest
    logits = right if sharpness < 1 else -sharpness * right
    temperature = fit_temperature(logits, labels)
    (words,) = warned(results(20, 20, temperature=temperature))
    assert f"temperature {temperature:.3f} is an end of the range that is searched (0.05 to 20)" in words


def test_a_calibration_error_that_chance_does_not_explain_is_a_caution() -> None:
    (words,) = warned(results(20, 20, chance=0.029))
    assert "validation, 0.030, is more than chance explains" in words and "0.020 (0.010 to 0.029)" in words


@pytest.mark.parametrize(("malignant", "points"), [(3, 0), (4, 2)])
def test_no_threshold_is_chosen_on_three_lesions(malignant: int, points: int) -> None:
    on = results(malignant, 40).validation
    answers = softmax(np.random.default_rng(1).normal(size=(len(on.labels), 9)))
    assert len(choose_operating_points(answers, on.labels, on.lesions, chosen_on="drawn")) == points
