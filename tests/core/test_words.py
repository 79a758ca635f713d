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
from naevia.words import missed_words, percent, probability_and_threshold, sentence, side_words


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
        (0.0100, ("1.0 %", "7.8 %")),
        (0.0779, ("7.79 %", "7.83 %")),
        (0.07829, ("7.829 %", "7.830 %")),
        (0.0784, ("7.84 %", "7.83 %")),
    ],
)
def test_probability_and_threshold_are_told_apart(
    answer: Prediction, malignant: float, words: tuple[str, str]
) -> None:
    near_it = near(answer, malignant, 0.0783)
    assert probability_and_threshold(near_it) == words
    assert side_words(near_it).endswith(f"the threshold of {words[1]}")


def test_a_probability_at_the_threshold_needs_no_more_digits(answer: Prediction) -> None:
    assert probability_and_threshold(near(answer, 0.5, 0.5)) == ("50.0 %", "50.0 %")


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


def test_monitor_says_first_how_many_melanomas_it_was_said_of(answer: Prediction) -> None:
    pooled = near(answer, 0.01, 0.08).operating_point
    assert pooled is not None
    share = Estimate(value=188 / 202, low=0.86, high=0.985)
    counted = {"mel": DiagnosisReferred(referred=188, images=202, sensitivity=share)}
    words = missed_words(pooled.model_copy(update={"by_diagnosis": counted}))
    assert words.startswith(
        "Of the melanomas among the model's validation photos, 6.9 % (1.5-14.0 %) fell below this threshold"
    )
    assert "does not rule cancer out" in words
    # models that were made before diagnoses were counted say what they know
    assert missed_words(pooled).startswith("Monitor does not rule cancer out: of photos of malignant lesions")
