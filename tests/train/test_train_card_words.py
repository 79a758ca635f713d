"""What a card says that follows from the images, whatever they are."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from naevia.taxonomy import CODES
from naevia_train.labelling.manifest import ManifestRow
from naevia_train.labelling.metadata import ImageFacts
from naevia_train.measuring.interval import Interval
from naevia_train.measuring.reliability import Gap
from naevia_train.running.candidate import Candidate
from naevia_train.running.card_words import learnt_codes, malignant_gap_sentence, not_for, not_tested
from naevia_train.running.config import RunConfig


def row(image_id: str, label: str, split: str) -> ManifestRow:
    return ManifestRow(
        image_id, f"d/{image_id}.png", "d", 9, 9, "0" * 64, "", "", "", label, "", label, "", image_id, split
    )


ROWS = [
    row("a", "mel", "train"), row("b", "nv", "train"), row("c", "bcc", "train"), row("d", "nv", "validation"),
    row("e", "mel", "validation"), row("f", "df", "test"), row("g", "sk", "dropped"),
]  # fmt: skip


def test_diagnoses_are_learnt_from_training_images_alone() -> None:
    assert learnt_codes(ROWS) == ("bcc", "mel", "nv")
    (unseen, *_) = not_tested(ROWS, {"mel": 1, "nv": 1}, {})
    assert unseen == "Diagnoses that no validation image shows: basal cell carcinoma."
    assert not any(
        "validation image shows" in words for words in not_tested(ROWS, {"bcc": 1, "mel": 1, "nv": 1}, {})
    )


def test_a_model_of_all_nine_has_nothing_that_it_never_learnt() -> None:
    assert not any("never learnt" in words for words in not_for(CODES, goes_on=False))


def test_what_an_earlier_model_knew_is_not_called_worthless_outright(tmp_path: Path) -> None:
    assert "may be worthless" in not_for(("mel", "nv"), goes_on=True)[-1]
    config = RunConfig.create(folders=[tmp_path], labels=[], recipe="seed", seed=1, model_id="a")
    goes_on = {"teachers": ("naevia-lite0",), "start_from": "/m"}
    assert not Candidate.of_run(config, []).goes_on
    for name, value in goes_on.items():
        assert Candidate.of_run(replace(config, **{name: value}), []).goes_on
    weighted = replace(config, recipe=replace(config.recipe, weights="/m/model.keras"))
    assert Candidate.of_run(weighted, []).goes_on


@pytest.mark.parametrize("age", [17.0, 18.0])
def test_children_are_counted_where_ages_are_known(age: float) -> None:
    ages = {"a": age, "b": 40.0, "d": 5.0, "e": None}
    facts = {image_id: ImageFacts(age=years) for image_id, years in ages.items()}
    (words,) = (words for words in not_tested(ROWS, {}, facts) if words.startswith("Children"))
    young = 1 if age < 18 else 0
    assert words == (
        f"Children: training images whose age is known: 2, under 18 years: {young}, "
        f"malignant ones among those: {young}; "
        "validation images whose age is known: 1, under 18 years: 1, malignant ones among those: 0. "
        "The answer is worth no more than those."
    )


@pytest.mark.parametrize(
    ("low", "high", "lesions", "words"),
    [
        (
            0.071,
            0.176,
            261,
            "0.3 and 0.9 are on average 0.120 (0.071 to 0.176) too high on validation, in 306",
        ),
        (-0.2, -0.1, 261, "0.3 and 0.9 are on average 0.120 (0.100 to 0.200) too low on validation, in 306"),
        (-0.001, 0.176, 261, ""),
        (0.071, 0.176, 19, ""),
    ],
)
def test_malignant_probabilities_that_are_off_by_more_than_chance_are_told(
    low: float, high: float, lesions: int, words: str
) -> None:
    gap = Gap(Interval(0.12 if high > 0 else -0.12, low, high), images=306, lesions=lesions)
    said = malignant_gap_sentence(gap)
    assert words in said and bool(said) == bool(words)
    assert malignant_gap_sentence(None) == ""
