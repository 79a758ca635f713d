"""From folders of labelled photos to an answer: train, export, predict, scan."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from programs import run_program as run

from naevia.taxonomy import CODES


@pytest.fixture(scope="module")
def trained(class_folders: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run folder of the seed recipe."""
    folder = tmp_path_factory.mktemp("runs") / "seed"
    done = run("naevia", "train", class_folders, "--recipe", "seed", "--epochs", "2", "--output", folder)
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture(scope="module")
def exported(trained: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The model folder made from it."""
    folder = tmp_path_factory.mktemp("models") / "seed"
    done = run("export-onnx", trained, "--output", folder)
    assert done.returncode == 0, done.stderr
    return folder


def test_a_run_holds_everything_that_explains_it(trained: Path) -> None:
    names = {path.name for path in trained.iterdir()}
    assert names >= {
        "model.keras",
        "model.json",
        "config.json",
        "manifest.csv",
        "manifest.parquet",
        "validation.csv",
        "history.csv",
        "curves.png",
        "confusion.png",
        "finding.md",
        "predictions.csv",
        "CARD.md",
        "audit.md",
    }


def test_an_exported_model_is_complete_and_verified(exported: Path) -> None:
    assert {path.name for path in exported.iterdir()} >= {"model.onnx", "model.json", "golden.npz", "CARD.md"}
    assert run("naevia", "models", "verify", exported).returncode == 0


def test_an_evaluation_gives_the_figures_of_the_card_whatever_lesions_are_called(
    exported: Path, class_folders: Path, tmp_path: Path
) -> None:
    with (exported / "validation.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    table = tmp_path / "table.csv"
    with table.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["path", "diagnosis", "image_id", "lesion"])
        called = {group: 999 - i for i, group in enumerate({row["group"]: None for row in rows})}
        writer.writerows(
            [row["path"], row["diagnosis"], row["image_id"], called[row["group"]]] for row in rows
        )

    def figures(target: Path, output: Path) -> dict[str, dict[str, float]]:
        options = ("--root", class_folders.parent, "--model", exported, "--output", output)
        done = run("naevia", "evaluate", target, *options)
        assert done.returncode == 0, done.stderr
        return json.loads((output / "metrics.json").read_text())["figures"]

    ours = figures(exported / "validation.csv", tmp_path / "first")
    assert figures(table, tmp_path / "second") == ours
    card = json.loads((exported / "model.json").read_text())["metrics"]
    for name in ("macro_auc", "melanoma_auc", "accuracy", "balanced_accuracy"):
        # Two epochs leave answers that lie closer together than two runtimes: a pair of 18 may change places.
        assert ours[name]["value"] == pytest.approx(card[name]["value"], abs=0.04), name


def test_predict_and_scan_give_the_same_numbers(exported: Path, class_folders: Path, tmp_path: Path) -> None:
    photo = class_folders / "melanoma" / "mel003.png"
    predicted = run("naevia", "predict", photo, "--model", exported, "--json")
    assert predicted.returncode == 0, predicted.stderr
    (answer,) = json.loads(predicted.stdout)
    output = tmp_path / "scan.csv"
    scanned = run("naevia", "scan", class_folders, "--model", exported, "--output", output)
    assert scanned.returncode == 0, scanned.stderr
    with output.open(newline="") as file:
        rows = {row["path"]: row for row in csv.DictReader(file)}
    assert len(rows) == 9 * 12
    row = rows["melanoma/mel003.png"]
    assert {code: float(row[f"p_{code}"]) for code in CODES} == answer["probabilities"]
    assert row["image_sha256"] == answer["image_sha256"]
