from __future__ import annotations

import csv
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from drawn_folders import SIZE_PX, draw_folders, train_arguments, write

from naevia.contract import parse_contract
from naevia.taxonomy import CODES
from naevia_train.fitting.records import read_history
from naevia_train.labelling.manifest import read_manifest
from naevia_train.measuring.calibrate import fit_temperature
from naevia_train.measuring.metrics import calibration_error
from naevia_train.measuring.probabilities import softmax

Program = Callable[..., tuple[int, str, str]]


def test_everything_lands_in_the_run_folder(finished_run: Path) -> None:
    expected = (
        "CARD.md audit.md config.json confusion.png curves.png export_images.npz finding.md history.csv "
    )
    expected += "manifest.csv manifest.parquet model.json model.keras ood.npz predictions.csv state.json "
    expected += "sittings.json test.csv validation.csv"
    assert set(expected.split()) <= {path.name for path in finished_run.iterdir()}
    assert [path.name for path in finished_run.glob("checkpoint-*")] == ["checkpoint-0002.keras"]
    assert not list(finished_run.glob(".*"))
    for picture in ("curves.png", "confusion.png"):
        assert (finished_run / picture).read_bytes().startswith(b"\x89PNG")


def test_the_contract_and_the_network_fit_together(finished_run: Path) -> None:
    import keras

    contract = parse_contract((finished_run / "model.json").read_bytes(), source="run")
    assert (contract.recipe, contract.input.size_px, contract.files) == ("seed", SIZE_PX, {})
    assert contract.default_operating_point == "sensitivity-95"
    model = keras.saving.load_model(finished_run / "model.keras")
    assert model.input_shape == (None, SIZE_PX, SIZE_PX, 3)
    assert model.get_layer("features").output.shape[-1] == 128
    with np.load(finished_run / "export_images.npz") as images, np.load(finished_run / "ood.npz") as ood:
        logits = model.predict(images["pixels"], verbose=0)
        assert logits.shape == (len(images["pixels"]), 9)
        assert ood["weights"].shape == (128,)
        assert np.isfinite(ood["bias"])


def test_the_temperature_is_the_one_that_fits_the_validation_images(finished_run: Path) -> None:
    import keras

    contract = parse_contract((finished_run / "model.json").read_bytes(), source="run")
    model = keras.saving.load_model(finished_run / "model.keras")
    with np.load(finished_run / "export_images.npz") as images:
        logits = model.predict(images["pixels"], verbose=0)  # all of validation, in its order
    with (finished_run / "predictions.csv").open(newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["split"] == "validation"]
    labels = np.array([CODES.index(row["diagnosis"]) for row in rows])
    assert contract.temperature == pytest.approx(fit_temperature(logits, labels), rel=1e-3)
    assert abs(contract.temperature - 1) > 0.05
    given = [[float(row[f"p_{code}"]) for code in CODES] for row in rows]
    np.testing.assert_allclose(given, softmax(logits, contract.temperature), atol=1e-5)
    error = calibration_error(softmax(logits), labels)
    assert contract.evidence is not None
    assert contract.evidence.calibration_error_before == pytest.approx(error, abs=1e-4)


def test_the_manifest_keeps_test_and_validation_apart(finished_run: Path) -> None:
    rows = read_manifest(finished_run / "manifest.csv")
    assert {row.split for row in rows} == {"train", "validation", "test"}
    assert all(("/Test/" in row.path) == (row.split == "test") for row in rows)
    with (finished_run / "validation.csv").open(newline="") as file:
        listed = list(csv.DictReader(file))
    assert [row["path"] for row in listed] == [row.path for row in rows if row.split == "validation"]
    assert {row["diagnosis"] for row in listed} == set(CODES)


def test_the_answers_of_a_run_and_of_an_evaluation_are_one_kind_of_table(
    finished_run: Path, drawn: Path, tiny_model: Path, tmp_path: Path, naevia: Program
) -> None:
    arguments = ("--root", drawn.parent, "--model", tiny_model, "--output", tmp_path)
    assert naevia("evaluate", finished_run / "manifest.csv", *arguments)[0] == 0
    tables = [list(csv.DictReader(table.read_text().splitlines()))
              for table in (finished_run / "predictions.csv", tmp_path / "predictions.csv")]  # fmt: skip
    of_run, of_evaluation = tables
    assert list(of_run[0]) == list(of_evaluation[0])
    rows = {row.path: row for row in read_manifest(finished_run / "manifest.csv")}
    same = ("image_id", "source", "split", "lesion", "group")
    for answered in (*of_run, *of_evaluation):
        row = rows[answered["path"]]
        assert [answered[name] for name in same] == [getattr(row, name) for name in same]
        assert answered["diagnosis"] == row.label
        given = {code: float(answered[f"p_{code}"]) for code in CODES}
        assert given[answered["answer"]] == max(given.values())
    assert {row["split"] for row in of_run} == {"validation", "test"}
    assert {row["refused"] for row in of_run} == {""}
    assert {row["refused"] for row in of_evaluation} <= {"0", "1"}


def test_the_card_states_what_was_measured(finished_run: Path) -> None:
    card = (finished_run / "CARD.md").read_text(encoding="utf-8")
    contract = parse_contract((finished_run / "model.json").read_bytes(), source="run")
    assert "Not a medical device" in card
    assert f"{contract.metrics['macro_auc'].value:.3f} (" in card
    assert contract.metrics["macro_auc"].measured_on in card
    for untested in ("Fitzpatrick", "Smartphone", "mucosa", "Children"):
        assert untested in card


def test_a_finished_run_can_be_finished_again(
    finished_run: Path, drawn: Path, tmp_path: Path, naevia: Program
) -> None:
    copy = shutil.copytree(finished_run, tmp_path / finished_run.name)
    for name in ("CARD.md", "curves.png", "model.json"):
        (copy / name).unlink()
    weights = (copy / "model.keras").read_bytes()
    code, out, err = naevia(*train_arguments(drawn, copy, "--epochs", 2, "--resume"))
    assert (code, err) == (0, "")
    assert "epoch 2/2" not in out
    assert (copy / "CARD.md").read_text() == (finished_run / "CARD.md").read_text()
    assert (copy / "model.json").read_text() == (finished_run / "model.json").read_text()
    assert (copy / "model.keras").read_bytes() == weights


def test_a_run_goes_on_elsewhere_where_it_stopped_and_may_be_made_longer(
    finished_run: Path, drawn: Path, tmp_path: Path, naevia: Program
) -> None:
    import keras

    other = tmp_path / "run"
    assert naevia(*train_arguments(drawn, other, "--epochs", 1, "--fit-only"))[0] == 0
    assert not (other / "model.json").exists()
    moved = shutil.copytree(drawn, tmp_path / "elsewhere" / drawn.name)
    code, out, _ = naevia(*train_arguments(moved, other, "--epochs", 2, "--resume"))
    assert code == 0
    assert (other / "model.json").exists()
    assert "epoch 2/2" in out
    assert "epoch 1/2" not in out
    resumed, straight = read_history(other), read_history(finished_run)
    assert [record.epoch for record in resumed] == [1, 2]
    assert resumed[0].fit_loss == pytest.approx(straight[0].fit_loss, rel=1e-3)
    steps = [
        int(keras.saving.load_model(run / "checkpoint-0002.keras").optimizer.iterations.numpy())
        for run in (other, finished_run)
    ]
    assert steps[0] == steps[1] > 0  # the optimiser went on counting


@pytest.fixture
def few(tmp_path: Path) -> Path:
    return draw_folders(tmp_path / "few", {"melanoma": range(4), "nevus": range(4)})


@pytest.mark.slow
def test_the_lite0_recipe_trains_its_head_and_then_everything(
    few: Path, tmp_path: Path, naevia: Program
) -> None:
    run = tmp_path / "run"
    code, out, _ = naevia(
        *(
            "train",
            few,
            "--recipe",
            "lite0",
            "--size",
            64,
            "--epochs",
            2,
            "--draws",
            32,
            "--verbose",
            0,
            "--output",
            run,
        )
    )
    assert code == 0
    assert "epoch 2/2" in out
    assert parse_contract((run / "model.json").read_bytes(), source="run").recipe == "lite0"


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        (["{empty}"], "no images in"),
        (["{gone}"], "is not a folder"),
        (["{one}"], "at least two diagnoses"),
        (["{few}", "--labels", "{bad}"], "row 2"),
        (["{few}", "--recipe", "resnet"], "there is no recipe 'resnet'"),
        (["{few}", "--resume"], "holds no run to resume"),
        (["{few}", "--recipe", "lite0-tune"], "name it with --start-from MODEL"),
    ],
)
def test_wrong_use_gets_one_line_and_leaves_nothing(
    arguments: list[str], part: str, few: Path, tmp_path: Path, naevia: Program
) -> None:
    places = {"empty": tmp_path / "empty", "gone": tmp_path / "gone", "few": few, "one": tmp_path / "one"}
    places["bad"] = write(tmp_path / "bad.csv", "image_id,diagnosis\na,mumps\n")
    places["empty"].mkdir()
    draw_folders(places["one"], {"nevus": range(3)})
    given = [argument.format(**places) for argument in arguments]
    code, _, err = naevia("train", *given, "--output", tmp_path / "run")
    assert code == 2
    assert part in err
    assert err.count("\n") == 1
    assert not (tmp_path / "run").exists()


def test_a_run_is_not_overwritten_or_mixed_up(finished_run: Path, drawn: Path, naevia: Program) -> None:
    code, _, err = naevia(*train_arguments(drawn, finished_run, "--epochs", 2))
    assert (code, "already holds a run" in err) == (2, True)
    code, _, err = naevia(*train_arguments(drawn, finished_run, "--epochs", 1, "--resume"))
    assert (code, "expected 2 epochs or more, received 1" in err) == (2, True)
    code, _, err = naevia(*train_arguments(drawn, finished_run, "--epochs", 2, "--seed", 7, "--resume"))
    assert (code, "was started with another seed" in err) == (2, True)
    code, _, err = naevia(*train_arguments(drawn, finished_run, "--epochs", 9, "--draws", 20, "--resume"))
    assert (code, "another recipe: draws None, now 20 (see" in err, err.count("\n")) == (2, True, 1)


def test_a_changed_data_set_is_noticed(
    finished_run: Path, drawn: Path, tmp_path: Path, naevia: Program
) -> None:
    copy = shutil.copytree(finished_run, tmp_path / "run")
    manifest = copy / "manifest.csv"
    manifest.write_text("\n".join(manifest.read_text().splitlines()[:-1]) + "\n")
    code, _, err = naevia(*train_arguments(drawn, copy, "--epochs", 2, "--resume"))
    assert (code, "have changed since" in err) == (2, True)


def test_without_the_extra_one_line_names_the_install_command(
    few: Path, tmp_path: Path, naevia: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    import importlib.util

    real = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name, *more: None if name == "keras" else real(name, *more)
    )
    code, _, err = naevia("train", few, "--output", tmp_path / "run")
    assert code == 2
    assert "pip install -e '.[train]'" in err
