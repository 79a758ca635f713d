"""What a recipe or an option switches on is on in the run: stages, a teacher, answers that look twice."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from drawn_folders import SIZE_PX, audit_folders, train_arguments

from naevia.cli import run
from naevia.contract import parse_contract
from naevia.taxonomy import CODES
from naevia_train.fitting.fit import fit
from naevia_train.fitting.records import read_history
from naevia_train.fitting.teachers import taught_targets
from naevia_train.measuring.probabilities import softmax
from naevia_train.preparing.dataset import prepared_images, training_images
from naevia_train.running.config import RunConfig

DRAWS = 32


@pytest.fixture(scope="module")
def staged(drawn: Path, tiny_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The stages of lite0 on the small network: an epoch of one step, then two more."""
    output = tmp_path_factory.mktemp("runs") / "staged"
    arguments = ("--recipe", "lite0", "--backbone", "seed", "--weights", "none", "--draws", DRAWS)
    arguments += ("--batch-size", DRAWS, "--teacher", tiny_model)
    assert run(train_arguments(drawn, output, *arguments, "--epochs", 1)) == 0
    assert run(train_arguments(drawn, output, *arguments, "--epochs", 3, "--resume")) == 0
    return output


def test_a_run_may_be_made_longer_into_stages_that_it_had_been_too_short_for(staged: Path) -> None:
    stages = json.loads((staged / "config.json").read_text())["recipe"]["stages"]
    assert [(stage["epochs"], stage["head_only"]) for stage in stages] == [(1, True), (2, False)]
    assert [record.epoch for record in read_history(staged)] == [1, 2, 3]


def test_a_teacher_has_the_recipes_share_in_the_loss(
    staged: Path, drawn: Path, tiny_model: Path, tmp_path: Path
) -> None:
    assert json.loads((staged / "config.json").read_text())["teachers"] == [str(tiny_model)]
    config = RunConfig.create(
        folders=[drawn], labels=[], recipe="lite0", seed=1, epochs=1, size_px=SIZE_PX, draws=DRAWS,
        batch_size=DRAWS, backbone="seed", weights="none", model_id="a",
    )  # fmt: skip
    data = audit_folders(drawn)
    known, unseen = training_images(data), prepared_images(data, "validation", config.input_spec)
    half = taught_targets(known, [str(tiny_model)], 0.5)
    said: list[str] = []
    fit(
        known, unseen, unseen, config.recipe, tmp_path, seed=1, keras_verbose=0, say=said.append, targets=half
    )
    # the loss of one step is that of the first weights, so it depends on nothing but the targets
    assert read_history(staged)[0].fit_loss == pytest.approx(read_history(tmp_path)[0].fit_loss, rel=1e-5)


def test_a_mirrored_recipe_answers_with_the_mean_of_both_views(staged: Path) -> None:
    import keras

    contract = parse_contract((staged / "model.json").read_bytes(), source="run")
    assert contract.mirrored
    model = keras.saving.load_model(staged / "model.keras")
    with np.load(staged / "export_images.npz") as images:
        pixels = images["pixels"]  # all of validation, in its order
    views = [model.predict(view, verbose=0) for view in (pixels, pixels[:, :, ::-1])]
    assert not np.allclose(*views, atol=1e-3)
    with (staged / "predictions.csv").open(newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["split"] == "validation"]
    given = [[float(row[f"p_{code}"]) for code in CODES] for row in rows]
    np.testing.assert_allclose(given, softmax(np.mean(views, axis=0), contract.temperature), atol=1e-5)
