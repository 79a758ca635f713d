"""What is said of an answer: numbers that can be told apart, sentences that change no name."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from drawn_photos import write_photo

from naevia.contract import DiagnosisReferred, Estimate, OperatingPoint
from naevia.image import read_photo
from naevia.prediction import Prediction
from naevia.printable import printable
from naevia.session import Session
from naevia.words import (
    although_words,
    calibration_words,
    in_part_words,
    malignant_words,
    measured_words,
    missed_words,
    percent,
    sentence,
    side_words,
    with_interval,
)


@pytest.fixture
def answer(session: Session, tmp_path: Path) -> Prediction:
    return session.predict(read_photo(write_photo(tmp_path / "mole.png")))


def near(answer: Prediction, malignant: float, threshold: float) -> Prediction:
    """An answer with this malignant probability, judged by this threshold."""
    assert answer.operating_point is not None
    point: OperatingPoint = answer.operating_point.model_copy(update={"threshold": threshold})
    probabilities = np.zeros(9, np.float32)
    probabilities[[3, 4]] = malignant, 1 - malignant  # melanoma and nevus
    word = "refer" if malignant >= threshold else "monitor"
    return replace(answer, probabilities=probabilities, operating_point=point, recommendation=word)


@pytest.mark.parametrize(
    ("malignant", "words"),
    [
        (0.0121, ("1.2 %", "7.8 %")),
        (0.0779, ("7.79 %", "7.83 %")),
        (0.07829, ("7.829 %", "7.830 %")),
        (0.0784, ("7.84 %", "7.83 %")),
    ],
)
def test_probability_and_threshold_are_told_apart(
    answer: Prediction, malignant: float, words: tuple[str, str]
) -> None:
    near_it = near(answer, malignant, 0.0783)
    assert malignant_words(near_it) == words
    assert side_words(near_it).endswith(f"the threshold of {words[1]}")


@pytest.mark.parametrize(
    ("malignant", "threshold", "words"),
    [
        (0.0, 0.0783, ("< 1 %", "7.8 %")),
        (0.0062, 0.0783, ("< 1 %", "7.8 %")),
        (0.0099, 0.01, ("< 1 %", "1.0 %")),
        (0.0062, 0.005, ("0.6 %", "0.5 %")),
    ],
)
def test_a_malignant_probability_below_one_percent_has_no_digits_unless_the_threshold_is_there(
    answer: Prediction, malignant: float, threshold: float, words: tuple[str, str]
) -> None:
    low = near(answer, malignant, threshold)
    assert malignant_words(low) == words
    if threshold >= 0.01:
        assert malignant_words(replace(low, operating_point=None)) == ("< 1 %", "")


@pytest.mark.parametrize(
    ("low", "high", "words"),
    [
        (0.85, 0.95, "90.0 % (85.0-95.0 %)"),
        (0.866, 1.0, "90.0 % (86.6 % or more)"),
        (0.866, 0.9999999999999999, "90.0 % (86.6 % or more)"),
        (0.0, 0.95, "90.0 % (95.0 % or less)"),
    ],
)
def test_an_interval_never_ends_in_none_or_all(low: float, high: float, words: str) -> None:
    assert with_interval(Estimate(value=0.9, low=low, high=high)) == words


def test_a_probability_at_the_threshold_needs_no_more_digits(answer: Prediction) -> None:
    assert malignant_words(near(answer, 0.5, 0.5)) == ("50.0 %", "50.0 %")


@pytest.mark.parametrize(
    ("fraction", "decimals", "words"),
    [
        (0.0, 1, "0.0 %"),
        (0.0004, 1, "< 0.1 %"),
        (0.0004, 2, "0.04 %"),
        (0.9996, 1, "> 99.9 %"),
        (0.9996, 2, "99.96 %"),
        (1.0, 1, "100.0 %"),
    ],
)
def test_a_percentage_is_never_rounded_to_none_or_all(fraction: float, decimals: int, words: str) -> None:
    assert percent(fraction, decimals) == words


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("the photo is too dark", "The photo is too dark."),
        ("model: not valid!", "Model: not valid!"),
        ("badmodel/model.onnx is not the file", "badmodel/model.onnx is not the file."),
        ("img_1.jpg: damaged", "img_1.jpg: damaged."),
    ],
)
def test_a_sentence_begins_with_a_capital_but_changes_no_name(text: str, said: str) -> None:
    assert sentence(text) == said


def test_what_could_command_a_terminal_is_written_out() -> None:
    assert printable("mole é.png") == "mole é.png"
    assert printable("a\nb\x1b[31m\udce9.png") == r"a\nb\x1b[31m\udce9.png"


def pooled() -> OperatingPoint:
    """What an older model knows of its threshold."""
    share = Estimate(value=0.95, low=0.87, high=1.0)
    benign = Estimate(value=0.636, low=0.541, high=0.706)
    return OperatingPoint(
        name="x", threshold=0.08, sensitivity=share, specificity=benign, chosen_on="90 validation images"
    )


def counted(referred: int, images: int) -> dict[str, DiagnosisReferred]:
    """The same of melanomas."""
    share = Estimate(value=referred / images, low=0.86, high=0.985)
    return {"mel": DiagnosisReferred(referred=referred, images=images, sensitivity=share)}


@pytest.mark.parametrize(
    ("known", "words"),
    [
        (
            {},
            "Of the photos of malignant lesions on which this threshold was chosen, 5.0 % (13.0 % or less) ",
        ),
        (
            {"by_diagnosis": counted(188, 202)},
            "Of the photos of melanoma on which this threshold was chosen, 6.9 % (1.5-14.0 %) ",
        ),
        (
            {"by_diagnosis": counted(188, 202), "tested": counted(12, 16), "tested_on": "113 images"},
            "Of 16 test photos of melanoma, 4 fell below the threshold. Of the photos of melanoma on which "
            "this threshold was chosen, 6.9 % (1.5-14.0 %) ",
        ),
        (
            {"tested": counted(12, 16), "tested_on": "113 images"},
            "Of 16 test photos of melanoma, 4 fell below the threshold. Of the photos of malignant lesions "
            "on which this threshold was chosen, 5.0 % (13.0 % or less) ",
        ),
    ],
)
def test_monitor_says_of_how_many_melanomas_it_was_said(known: dict[str, object], words: str) -> None:
    said = missed_words(pooled().model_copy(update=known))
    assert said == (f"Monitor does not rule cancer out. {words}fell below it: expect worse with others.")


def test_a_threshold_says_what_it_refers_of_both_kinds_and_that_these_images_chose_it() -> None:
    assert measured_words(pooled()) == (
        "At this threshold 95.0 % (87.0 % or more) of photos of malignant lesions were referred, and 36.4 % "
        "(29.4-45.9 %) of benign ones, too. Measured on 90 validation images; they chose the threshold, so "
        "expect worse with others. In brackets the 95 % interval."
    )


def test_only_calibrated_percentages_are_said_to_be_calibrated(answer: Prediction) -> None:
    words = calibration_words(replace(answer, is_calibrated=True))
    assert words.startswith("The percentages are calibrated on the model's own images: with other cameras")
    assert calibration_words(replace(answer, is_calibrated=False)) == ""


@pytest.mark.parametrize(
    ("malignant", "threshold", "is_said"), [(0.3, 0.1, True), (0.3, 0.4, False), (0.6, 0.1, False)]
)
def test_a_benign_answer_that_is_referred_says_why(
    answer: Prediction, malignant: float, threshold: float, is_said: bool
) -> None:
    words = although_words(near(answer, malignant, threshold))
    assert words.startswith("Referred although nevus is most probable: ") is is_said
    assert bool(words) is is_said


def test_photos_that_were_examined_in_part_are_counted() -> None:
    assert in_part_words(1).startswith("1 photo was examined only in part: ")
    assert in_part_words(1200).startswith("1,200 photos were examined only in part: ")
