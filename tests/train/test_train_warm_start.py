"""Training that goes on from a finished model."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from naevia.errors import ModelError
from naevia_train.lite import build_lite
from naevia_train.network import build_seed
from naevia_train.probabilities import softmax
from naevia_train.warm_start import load_model_weights

SHIPPED = Path(__file__).parents[2] / "models" / "naevia-lite0"


def test_the_network_answers_as_the_model_it_starts_from() -> None:
    contract = json.loads((SHIPPED / "model.json").read_text(encoding="utf-8"))
    golden = np.load(SHIPPED / "golden.npz")
    pixels, expected = golden["pixels"], golden["probabilities"]
    network = build_lite("lite0", pixels.shape[1])
    load_model_weights(network, SHIPPED / "model.onnx", pixels)
    views = (pixels, pixels[:, :, ::-1]) if contract["mirrored"] else (pixels,)
    logits = np.mean([network.predict(view, verbose=0) for view in views], axis=0)
    np.testing.assert_allclose(softmax(logits, contract["temperature"]), expected, atol=1e-4)


def test_the_normalisations_hold_the_statistics_of_the_views() -> None:
    network = build_lite("lite0", 64, dropout=0.0)
    views = np.random.default_rng(1).integers(0, 256, (8, 64, 64, 3)).astype(np.uint8)
    load_model_weights(network, SHIPPED / "model.onnx", views)
    np.testing.assert_allclose(network(views, training=True), network(views, training=False), atol=0.05)


def test_a_network_of_another_kind_is_refused() -> None:
    views = np.zeros((1, 64, 64, 3), np.uint8)
    with pytest.raises(ModelError, match="only a network of convolutions"):
        load_model_weights(build_seed(64), SHIPPED / "model.onnx", views)
