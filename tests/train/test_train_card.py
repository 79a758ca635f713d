from __future__ import annotations

import csv
import json
from dataclasses import replace
from pathlib import Path

import pytest
from drawn_folders import write

from naevia.contract import parse_contract, sha256_of
from naevia.taxonomy import CODES
from naevia_train.fitting.records import EpochRecord, append_history
from naevia_train.labelling.manifest import ManifestRow, read_manifest
from naevia_train.measuring.lesions import of_lesions
from naevia_train.preparing.audit_counts import audit_counts
from naevia_train.preparing.noted_label_files import label_files_of
from naevia_train.running.sittings import SITTINGS, add_sitting, changed_settings, read_sittings

ROW = ManifestRow(
    "a", "d/a.png", "d", 9, 9, "0" * 64, "", "", "", "nv", "", "nv", "folder", "a", "train"
)  # fmt: skip


def test_the_card_holds_every_section_and_the_contract_the_same_facts(finished_run: Path) -> None:
    card = (finished_run / "CARD.md").read_text(encoding="utf-8")
    contract = parse_contract((finished_run / "model.json").read_bytes(), source="run")
    evidence = contract.evidence
    assert evidence is not None
    for heading in (
        "Intended use", "Not for", "Data", "What the audit removed or relabelled", "Training", "Validation",
        "The declared test folder", "The same photo, written another way", "Calibration and operating points",
        "Parts of the validation images", "What was not tested", "Over- or underfitting", "Hashes",
    ):  # fmt: skip
        assert f"\n## {heading}\n" in card
    for words in (evidence.intended_use, *evidence.not_for, *evidence.not_tested):
        assert words in card
    assert {"mel", "nv"} <= set(evidence.diagnoses)
    trained_on = {
        row.image_id for row in read_manifest(finished_run / "manifest.csv") if row.split == "train"
    }
    assert f"on all {len(trained_on)} training images and" in card  # fewer than the probe takes
    for code, of in evidence.diagnoses.items():
        assert code in CODES and of.images > 0
        assert of.recall is None or f"{of.recall.value:.3f} ({of.recall.low:.3f}" in card
    assert evidence.stress is not None
    overall = evidence.stress.overall
    assert f"| {overall.name} | {overall.same_answer.value:.3f} (" in card
    assert all(f"| {variant.name} |" in card for variant in evidence.stress.variants)
    assert overall.to_monitor is not None and evidence.stress.referred
    assert f"{evidence.stress.referred} malignant photos that the threshold" in card
    assert contract.metrics["referred_to_monitor: stress test"].value == overall.to_monitor.value
    for group in evidence.subgroups:  # no folder tells of lesions, so each image is one
        assert f"| {group.by} | {group.name} | {group.images} | {group.images} | {group.malignant} |" in card
    assert evidence.files["model.keras"] == sha256_of(finished_run / "model.keras")
    assert evidence.files["model.keras"] in card
    assert evidence.cost is not None and evidence.cost.epochs == 2 and evidence.cost.seconds > 0


def test_figures_of_the_card_are_those_of_the_contract(finished_run: Path) -> None:
    card = (finished_run / "CARD.md").read_text(encoding="utf-8")
    contract = parse_contract((finished_run / "model.json").read_bytes(), source="run")
    for name in ("macro_auc", "brier_score", "specificity_at_95_sensitivity", "test_accuracy"):
        metric = contract.metrics[name]
        assert f"| {metric.value:.3f} ({metric.low:.3f} to {metric.high:.3f}) |" in card
    assert contract.metrics["same_answer: stress test"].measured_on == (
        f"{contract.evidence.stress.images} validation images, each in other renditions"
    )


def test_a_calibration_error_stands_beside_what_chance_alone_would_show(finished_run: Path) -> None:
    lines = (finished_run / "CARD.md").read_text(encoding="utf-8").splitlines()
    heads = ("| Expected calibration error |", "| Calibration error of the malignant probability |")
    for head in heads:
        found = [index for index, line in enumerate(lines) if line.startswith(head)]
        assert len(found) == 2  # validation and the declared test folder
        assert all(lines[i + 1].startswith("| ... of perfectly calibrated answers | 0.") for i in found)
    evidence = parse_contract((finished_run / "model.json").read_bytes(), source="run").evidence
    before, after = evidence.log_loss_before, evidence.log_loss
    assert after < before
    assert any(f"the log loss went from {before:.4f} to {after:.4f}." in line for line in lines)


def test_the_card_says_how_many_melanomas_each_threshold_refers(finished_run: Path) -> None:
    card = (finished_run / "CARD.md").read_text(encoding="utf-8")
    contract = parse_contract((finished_run / "model.json").read_bytes(), source="run")
    name = contract.taxonomy[CODES.index("mel")].name
    cells = [
        f"{of.sensitivity.value:.3f} ({of.sensitivity.low:.3f} to {of.sensitivity.high:.3f}), "
        f"{of.referred} of {of.images}"
        for of in (point.by_diagnosis["mel"] for point in contract.operating_points)
    ]
    assert f"| {name} | {cells[0]} | {cells[1]} |" in card


def test_contract_and_card_say_what_the_thresholds_refer_of_the_test_folder(finished_run: Path) -> None:
    card = (finished_run / "CARD.md").read_text(encoding="utf-8")
    contract = parse_contract((finished_run / "model.json").read_bytes(), source="run")
    section = card.split("## The declared test folder")[1].split("\n## ")[0]
    with (finished_run / "predictions.csv").open(encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["split"] == "test"]
    names = {entry.code: entry.name for entry in contract.taxonomy if entry.malignant}
    cells: dict[str, str] = dict.fromkeys(names, "")
    for point in contract.operating_points:
        assert point.tested_on == contract.metrics["test_accuracy"].measured_on
        assert list(point.tested) == sorted(names)
        for code, of in point.tested.items():
            shown = [row for row in rows if row["diagnosis"] == code]
            said = [sum(float(row[f"p_{malignant}"]) for malignant in names) for row in shown]
            assert of.referred == sum(score >= point.threshold for score in said)
            assert of.images == len(shown) and of.sensitivity.value == of.referred / of.images
            assert of.sensitivity.high - of.sensitivity.low > 0.3  # two images prove next to nothing
            cells[code] += (
                f" {of.sensitivity.value:.3f} ({of.sensitivity.low:.3f} to {of.sensitivity.high:.3f}), "
                f"{of.referred} of {of.images} |"
            )
    for code, name in names.items():
        assert f"| {name} |{cells[code]}" in section


def test_the_card_says_how_many_images_have_no_lesion_id(finished_run: Path) -> None:
    card = (finished_run / "CARD.md").read_text(encoding="utf-8")
    contract = parse_contract((finished_run / "model.json").read_bytes(), source="run")
    rows = read_manifest(finished_run / "manifest.csv")
    used = {row.image_id for row in rows if row.split in ("train", "validation", "test")}
    kept_apart = {row.image_id for row in rows if row.split == "validation"}
    assert not any(row.lesion for row in rows)  # class folders hold no ids
    assert f"Images of one lesion ({len(used)} images have no lesion id), copies" in card
    measured_on = contract.metrics["macro_auc"].measured_on
    assert measured_on in card and measured_on == (
        f"{len(kept_apart)} validation images (no lesion ids: each counts as a lesion), one file each, "
        "that never entered training"
    )


@pytest.mark.parametrize(
    ("images", "lesions", "unknown", "words"),
    [
        (1516, 1241, 270, "of 1,241 lesions (270 images have no lesion id)"),
        (2, 1, 1, "of 1 lesion (1 image has no lesion id)"),
        (9, 5, 0, "of 5 lesions"),
        (100, 100, 100, "(no lesion ids: each counts as a lesion)"),
        (100, 98, 100, "of 98 lesions (100 images have no lesion id)"),
    ],
)
def test_a_number_of_lesions_says_what_it_takes_for_granted(
    images: int, lesions: int, unknown: int, words: str
) -> None:
    assert of_lesions(images, lesions, unknown) == words


def test_what_the_audit_did_is_counted_from_the_manifest() -> None:
    rows = [
        ROW,
        replace(ROW, path="d/a2.png", split="dropped", why="copy", folder_label="mel"),
        replace(ROW, image_id="b", path="d/b.png", folder_label="sk", label="mel"),
        replace(
            ROW, image_id="c", path="d/c.png", label="", split="dropped", why="contradictory folders: nv, sk"
        ),
        replace(ROW, image_id="e", path="d/e.png", split="excluded"),
    ]
    assert audit_counts(rows) == {
        "files that are copies of another (one is kept)": 1,
        "images dropped: contradictory folders: nv, sk": 1,
        "images relabelled: mel is nv": 1,
        "images relabelled: sk is mel": 1,
        "images used nowhere because they share a lesion or a picture with a held-out one": 1,
    }
    assert audit_counts([ROW]) == {}


def test_the_manifest_of_a_run_tells_the_card_what_was_done(finished_run: Path) -> None:
    contract = parse_contract((finished_run / "model.json").read_bytes(), source="run")
    assert contract.evidence.audit == audit_counts(read_manifest(finished_run / "manifest.csv"))


@pytest.fixture
def run(tmp_path: Path) -> Path:
    write(
        tmp_path / "config.json", json.dumps({"seed": 1, "recipe": {"rate": 0.1, "stages": [{"epochs": 1}]}})
    )
    return tmp_path


def finish_epoch(run: Path, epoch: int) -> None:
    append_history(run, EpochRecord(epoch, 1.0, 1.0, 0.5, 1.0, 0.5, 0.5, 0.5, 9.0))


def test_a_run_that_was_resumed_with_other_settings_says_so(run: Path) -> None:
    add_sitting(run, after_epoch=0, devices=1, weights="none")
    finish_epoch(run, 1)
    write(run / "config.json", json.dumps({"seed": 1, "recipe": {"rate": 0.2, "stages": [{"epochs": 3}]}}))
    add_sitting(run, after_epoch=1, devices=2, weights="none")
    finish_epoch(run, 2)
    sittings = read_sittings(run, epochs=2)
    assert [(sitting.after_epoch, sitting.devices) for sitting in sittings] == [(0, 1), (1, 2)]
    assert sittings[1].words.startswith("from epoch 2, ") and "2 devices" in sittings[1].words
    assert changed_settings(sittings) == [
        "from epoch 2: recipe.rate 0.2 instead of 0.1",
        "from epoch 2: recipe.stage 1.epochs 3 instead of 1",
    ]


def test_a_sitting_that_finished_no_epoch_is_not_told(run: Path) -> None:
    add_sitting(run, after_epoch=0, devices=1, weights="none")
    add_sitting(run, after_epoch=0, devices=1, weights="none")
    assert len(json.loads((run / SITTINGS).read_text())) == 1
    assert read_sittings(run, epochs=0) == []
    finish_epoch(run, 1)
    add_sitting(run, after_epoch=1, devices=1, weights="none")
    assert len(read_sittings(run, epochs=1)) == 1


def test_a_card_says_nothing_of_a_disk(run: Path) -> None:
    for epoch, place in enumerate(("/home/someone/a/first.csv", "/home/someone/b/second.csv")):
        write(run / "config.json", json.dumps({"validation": place, "folders": [place]}))
        add_sitting(run, after_epoch=epoch, devices=1, weights="none")
    told = changed_settings(read_sittings(run, epochs=2))
    assert told[0] == "from epoch 2: validation second.csv instead of first.csv"
    assert not any("someone" in words for words in told)


def test_a_manifest_still_finds_the_tables_that_its_audit_read(tmp_path: Path) -> None:
    (tmp_path / "data" / "ham").mkdir(parents=True)
    table = write(tmp_path / "data" / "ham" / "facts.csv", "image_id,sex\na,male\n")
    noted = {"root": str(tmp_path / "data"), "label_files": ["facts.csv", "gone.csv"]}
    write(tmp_path / "audit.json", json.dumps(noted))
    assert label_files_of([tmp_path / "manifest.csv"], []) == [table]
    assert label_files_of([tmp_path / "data"], [table]) == [table]
