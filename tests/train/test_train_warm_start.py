"""Training that goes on from a finished model."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from short_fit import SIZE_PX, images

from naevia.errors import ModelError, UsageError
from naevia_train.fitting.fit import fit
from naevia_train.measuring.probabilities import softmax
from naevia_train.networks.exported import read_exported
from naevia_train.networks.lite import build_lite
from naevia_train.networks.network import build_seed
from naevia_train.networks.warm_start import find_network, load_model_weights
from naevia_train.recipes import RECIPES, Recipe, Stage
from naevia_train.running.config import RunConfig

SHIPPED = Path(__file__).parents[2] / "models" / "naevia-lite0"
ENSEMBLE = SHIPPED.with_name("naevia-ensemble")
MEMBERS = (("lite0", False), ("lite2", False), ("lite2", True))
"""Its networks: what each is, and whether it takes the colour of the light out."""


def test_the_network_answers_as_the_model_it_starts_from() -> None:
    contract = json.loads((SHIPPED / "model.json").read_text(encoding="utf-8"))
    golden = np.load(SHIPPED / "golden.npz")
    pixels, expected = golden["pixels"], golden["probabilities"]
    network = build_lite("lite0", pixels.shape[1])
    load_model_weights(network, SHIPPED / "model.onnx", pixels)
    views = (pixels, pixels[:, :, ::-1]) if contract["mirrored"] else (pixels,)
    logits = np.mean([network.predict(view, verbose=0) for view in views], axis=0)
    np.testing.assert_allclose(softmax(logits, contract["temperature"]), expected, atol=1e-4)


def test_the_networks_of_an_ensemble_answer_together_as_it_does() -> None:
    contract = json.loads((ENSEMBLE / "model.json").read_text(encoding="utf-8"))
    golden = np.load(ENSEMBLE / "golden.npz")
    pixels, expected = golden["pixels"], golden["probabilities"]
    logits = []
    for member, (name, colour_constancy) in enumerate(MEMBERS, start=1):
        assert find_network(ENSEMBLE / "model.onnx", member).colour_constancy is colour_constancy
        network = build_lite(name, pixels.shape[1], colour_constancy=colour_constancy)
        load_model_weights(network, ENSEMBLE / "model.onnx", pixels, member=member)
        logits += [network.predict(view, verbose=0) for view in (pixels, pixels[:, :, ::-1])]
    found = softmax(np.mean(logits, axis=0), contract["temperature"])
    np.testing.assert_allclose(found, expected, atol=1e-3)


def test_a_run_takes_colours_as_the_network_does_that_it_starts_from() -> None:
    def recipe(**given: object) -> Recipe:
        return RunConfig.create(
            folders=[], labels=[], recipe="lite0-tune", seed=1, model_id="tuned", **given
        ).recipe

    taken = [recipe(start_from=ENSEMBLE, member=member).colour_constancy for member in (1, 2, 3)]
    assert taken == [colour_constancy for _, colour_constancy in MEMBERS]
    with pytest.raises(ModelError, match="holds 3 networks; choose one with --member 1 to 3"):
        recipe(start_from=ENSEMBLE)
    with pytest.raises(ModelError, match="holds 1 network, expected --member 1 to 1, received 2"):
        recipe(start_from=SHIPPED, member=2)
    with pytest.raises(UsageError, match="--member says which network of --start-from MODEL"):
        RunConfig.create(folders=[], labels=[], recipe="lite0", seed=1, model_id="tuned", member=1)


def test_the_normalisations_hold_the_statistics_of_the_views() -> None:
    network = build_lite("lite0", 64, dropout=0.0)
    views = np.random.default_rng(1).integers(0, 256, (8, 64, 64, 3)).astype(np.uint8)
    load_model_weights(network, SHIPPED / "model.onnx", views)
    np.testing.assert_allclose(network(views, training=True), network(views, training=False), atol=0.05)


@pytest.mark.slow
def test_the_kept_weights_lie_halfway_to_those_the_run_started_from(tmp_path: Path) -> None:
    import keras

    recipe = replace(
        RECIPES["lite0-tune"],
        size_px=SIZE_PX,
        stages=(Stage(epochs=1, size_px=SIZE_PX, rate=1e-3),),
        draws=16,
        batch_size=8,
        ema_momentum=None,
        kept_start=0.5,
    )
    known, unseen = images({"mel": 3, "vasc": 8})
    fit(
        known,
        unseen,
        unseen,
        recipe,
        tmp_path,
        seed=1,
        start_from=SHIPPED,
        keras_verbose=0,
        say=lambda line: None,
    )
    names = ("start", "checkpoint-0001", "model")
    first, fitted, kept = (
        keras.saving.load_model(tmp_path / f"{name}.keras").get_weights() for name in names
    )
    (shipped,) = read_exported(SHIPPED / "model.onnx")
    assert any(np.array_equal(shipped.kernel, weights) for weights in first)
    assert not np.allclose(first[0], fitted[0], atol=1e-4)
    for old, new, saved in zip(first, fitted, kept, strict=True):
        np.testing.assert_allclose(saved, (old + new) / 2, atol=1e-5)


def test_a_network_of_another_kind_is_refused() -> None:
    views = np.zeros((1, 64, 64, 3), np.uint8)
    with pytest.raises(ModelError, match="only a network of convolutions"):
        load_model_weights(build_seed(64), SHIPPED / "model.onnx", views)
