"""Fitting where Keras computes with JAX, as on a GPU without TensorFlow, and what comes of it elsewhere."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import keras
import pytest
import short_fit

from naevia_train.fitting.checkpoints import MODEL, read_state
from naevia_train.fitting.fit import predict_logits
from naevia_train.fitting.records import read_history
from naevia_train.measuring import metrics
from naevia_train.measuring.calibrate import fit_temperature
from naevia_train.measuring.probabilities import softmax

pytest.importorskip("jax")

FIT = """
import sys
from pathlib import Path
import short_fit
short_fit.train(Path(sys.argv[1]), short_fit.SHORT)
"""

CONVOLVE = """
import sys
import keras
import numpy as np
from naevia_train.fitting.shifted import shift_depthwise

rng = np.random.default_rng(1)
for taps in (3, 5):
    for stride in (1, 2):
        for shape in ((7, 8), (12, 5), (1, 2)):
            photo = keras.layers.Input((*shape, 4))
            convolve = keras.layers.DepthwiseConv2D(taps, strides=stride, padding="same", use_bias=False)
            model = keras.Model(photo, convolve(photo))
            model.set_weights([rng.normal(size=(taps, taps, 4, 1))])
            given = rng.normal(size=(3, *shape, 4)).astype(np.float32)
            expected, own = np.asarray(model(given)), convolve.call
            shift_depthwise(model)
            assert convolve.call != own
            np.testing.assert_allclose(np.asarray(model(given)), expected, rtol=1e-5, atol=1e-5)
"""


def with_jax(program: str, *arguments: Path) -> None:
    """Run a program in a process of its own, in which Keras computes with JAX on the processor."""
    path = os.pathsep.join([str(Path(short_fit.__file__).parent), *filter(None, sys.path)])
    ended = subprocess.run(
        [sys.executable, "-c", program, *map(str, arguments)],
        env={**os.environ, "KERAS_BACKEND": "jax", "JAX_PLATFORMS": "cpu", "PYTHONPATH": path},
        check=False,
        capture_output=True,
        text=True,
    )
    assert ended.returncode == 0, ended.stderr[-2000:]


def test_a_network_fitted_with_jax_answers_alike_with_tensorflow(tmp_path: Path) -> None:
    with_jax(FIT, tmp_path)
    history, state = read_history(tmp_path), read_state(tmp_path)
    assert state.epochs_done == len(history) == short_fit.SHORT.epochs
    _, unseen = short_fit.images({"mel": 3, "vasc": 8})
    logits = predict_logits(keras.saving.load_model(tmp_path / MODEL), unseen.pixels)
    loss = metrics.log_loss(softmax(logits, fit_temperature(logits, unseen.labels)), unseen.labels)
    assert loss == pytest.approx(history[state.best_epoch - 1].val_loss, abs=1e-4)


def test_shifted_maps_add_up_to_the_depthwise_convolution() -> None:
    with_jax(CONVOLVE)


@pytest.mark.parametrize("options", [["--devices", "all"], ["--tensorboard"]])
def test_what_needs_tensorflow_is_refused_in_one_line(options: list[str], tmp_path: Path) -> None:
    ended = subprocess.run(
        [Path(sys.executable).with_name("naevia"), "train", tmp_path, "--output", tmp_path / "run", *options],
        env={**os.environ, "KERAS_BACKEND": "jax", "JAX_PLATFORMS": "cpu"},
        check=False,
        capture_output=True,
        text=True,
    )
    assert ended.returncode == 2
    assert len(ended.stderr.splitlines()) == 1
    assert "or KERAS_BACKEND" in ended.stderr
