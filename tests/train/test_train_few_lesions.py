"""Two diagnoses with four photos each: what the run says of what it never learnt and hardly measured."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from drawn_folders import draw_file, draw_folders, train_arguments

from naevia.cli import run
from naevia.contract import Contract, parse_contract
from naevia.taxonomy import TAXONOMY


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One epoch on melanoma and nevus, with weights in the loss; a third folder names no diagnosis."""
    photos = draw_folders(tmp_path_factory.mktemp("few"), {"melanoma": range(4), "nevus": range(4)})
    draw_file(photos / "moles" / "1.png", "nv", 20)
    output = tmp_path_factory.mktemp("runs") / "few"
    with (output.parent / "said.txt").open("w") as said, pytest.MonkeyPatch.context() as patch:
        patch.setattr("sys.stdout", said)
        assert run(train_arguments(photos, output, "--epochs", 1, "--rebalance", "class-weight")) == 0
    return output


@pytest.fixture
def contract(folder: Path) -> Contract:
    return parse_contract((folder / "model.json").read_bytes(), source="run")


@pytest.fixture
def card(folder: Path) -> str:
    return (folder / "CARD.md").read_text(encoding="utf-8")


def test_class_weights_train_on_two_diagnoses(folder: Path, contract: Contract) -> None:
    assert json.loads((folder / "config.json").read_text())["recipe"]["rebalance"] == "class-weight"
    assert "macro_auc" in contract.metrics


def test_the_card_names_what_was_never_learnt(contract: Contract, card: str) -> None:
    others = ", ".join(entry.name for entry in TAXONOMY if entry.code not in ("mel", "nv"))
    assert contract.evidence is not None
    learnt, never = contract.evidence.not_for[-2:]
    assert learnt.endswith("for which the network has no answer; it learnt melanoma, nevus.")
    assert never.startswith(f"Diagnoses never learnt, because no training image shows them: {others}. ")
    assert "which is worthless" in never and never in card
    assert "diagnoses, of which it learnt 2." in card


def test_what_was_never_learnt_and_what_was_left_out_are_told_at_the_end(folder: Path, card: str) -> None:
    finding, said = (folder / "finding.md").read_text(), (folder.parent / "said.txt").read_text()
    for text in (card, finding, said.partition("temperature ")[2]):
        assert "Diagnoses never learnt, because no training image shows them: " in text
        assert re.search(r"nor a label file names their diagnosis: 1, in few\d+/moles \(1\)\.", text)


def test_the_card_claims_nothing_about_data_that_it_does_not_know(card: str) -> None:
    assert "Children: not measured by themselves, the age is known of no image." in card
    for claim in ("hardly any", "hold few", "none of them"):
        assert claim not in card


def test_too_few_lesions_are_a_caution_everywhere_and_choose_no_threshold(
    folder: Path, contract: Contract, card: str
) -> None:
    assert (contract.operating_points, contract.default_operating_point) == ((), None)
    words = "the validation images show 1 malignant lesion and 1 benign lesion. With fewer than 20 of either"
    finding, said = (folder / "finding.md").read_text(), (folder.parent / "said.txt").read_text()
    for text in (card, finding, said):
        assert words in text
        assert "no threshold is chosen; the model recommends nothing" in text
    assert "fewer than 4 malignant or benign lesions. The model recommends nothing." in card
    assert "1 epoch in" in card
