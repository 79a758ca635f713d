"""The contract: what it refuses, and that both of its copies say the same."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from pydantic import ValidationError
from tiny_model import tiny_contract

from naevia.contract import Contract, check_model_id, parse_contract, read_contract
from naevia.errors import ModelError, UsageError
from naevia.taxonomy import CODES, TAXONOMY, find_diagnosis


def test_written_and_read_again_it_is_the_same() -> None:
    contract = tiny_contract()
    assert parse_contract(contract.to_json(), source="test") == contract
    assert parse_contract(contract.embedded_json(), source="test") == contract


def test_the_embedded_copy_differs_by_the_files_alone() -> None:
    contract = tiny_contract().model_copy(update={"files": {"model.onnx": "0" * 64}})
    full, embedded = json.loads(contract.to_json()), json.loads(contract.embedded_json())
    assert full.pop("files") == {"model.onnx": "0" * 64}
    assert full == embedded


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"contract_version": 2}, "version 2"),
        ({"temperature": 0.0}, "temperature"),
        ({"model_id": "../evil"}, "model_id"),
        ({"input": {"size_px": 224, "resize": "stretch"}}, "resize"),
        ({"surprise": 1}, "surprise"),
        ({"default_operating_point": "none-such"}, "none-such"),
        ({"out_of_distribution": None}, "ood_score"),
        ({"taxonomy": [{"code": "mel", "name": "melanoma", "malignant": True}]}, "akiec"),
        ({"files": {"model.onnx": "abc"}}, "files"),
        ({"golden": {"tolerance": 0.02}}, "tolerance"),
        (
            {"operating_points": tiny_contract().model_dump(mode="json")["operating_points"] * 2},
            "must differ",
        ),
    ],
)
def test_a_wrong_field_is_named(change: dict[str, object], word: str) -> None:
    record = json.loads(tiny_contract().to_json()) | change
    with pytest.raises(ModelError, match=word) as caught:
        parse_contract(json.dumps(record), source="model.json")
    assert "\n" not in str(caught.value)


def test_records_cannot_be_changed() -> None:
    contract = tiny_contract()
    for record, field in ((contract, "temperature"), (contract.operating_points[0], "threshold")):
        with pytest.raises(ValidationError, match="frozen"):
            setattr(record, field, 0.5)


@pytest.mark.parametrize("text", ["", "{", "[]", "null", "3", '"text"', b"\xff\xfe", "[" * 200_000])
def test_what_is_no_record_is_refused(text: str | bytes) -> None:
    with pytest.raises(ModelError):
        parse_contract(text, source="model.json")


def test_a_folder_without_contract_says_what_is_missing(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"model\.json"):
        read_contract(tmp_path)


def test_the_json_schema_can_be_made() -> None:
    assert set(Contract.model_json_schema()["properties"]) >= {"taxonomy", "input", "temperature", "files"}


def test_taxonomy_order_is_alphabetical_by_name_and_words_are_found() -> None:
    names = [diagnosis.name for diagnosis in TAXONOMY]
    assert names == sorted(names)
    assert CODES == ("akiec", "bcc", "df", "mel", "nv", "bkl", "sk", "scc", "vasc")
    for diagnosis in TAXONOMY:
        for word in (diagnosis.code, diagnosis.name.upper(), diagnosis.name.replace(" ", "_")):
            assert find_diagnosis(word) is diagnosis


@pytest.mark.parametrize(
    ("word", "code"),
    [
        ("naevus", "nv"),
        ("Naevi", "nv"),
        ("nevi", "nv"),
        ("melanocytic nevi", "nv"),
        ("nV", "nv"),
        ("vascular lesions", "vasc"),
        ("seborrhoeic keratosis", "sk"),
        ("Seborrhoeic_Keratoses", "sk"),
        ("pigmentedBenignKeratoses", "bkl"),
        ("squamousCellCarcinoma", "scc"),
        ("basal-cell-carcinomas", "bcc"),
        ("AK", "akiec"),
        ("Bowens", "scc"),
        ("Bowen's disease", "scc"),
        ("Bowen\u2019s_disease", "scc"),
        ("melanoma in situ", "mel"),
        ("Lentigo_maligna", "mel"),
        ("vascular", "vasc"),
    ],
)
def test_other_names_british_plural_and_camel_case_spellings_are_known(word: str, code: str) -> None:
    diagnosis = find_diagnosis(word)
    assert diagnosis is not None and diagnosis.code == code


@pytest.mark.parametrize(
    "word",
    ["wart", "keratosis", "lentigo", "lesions", "carcinoma", "blue naevus", "nevus melanoma", ""],
)
def test_a_word_that_could_be_several_diagnoses_or_none_is_none(word: str) -> None:
    assert find_diagnosis(word) is None


@pytest.mark.parametrize("model_id", [".foo", "_foo", "Foo", "a b", "", "a" * 65])
def test_a_name_that_no_model_can_have_is_told_what_one_is(model_id: str) -> None:
    with pytest.raises(
        UsageError, match=r"a small letter or a digit, then .* underscores, at most 64 in all"
    ):
        check_model_id(model_id)
    check_model_id("a_b-1.0" + "a" * 57)
