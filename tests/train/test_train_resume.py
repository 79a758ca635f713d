"""A run that is killed and goes on ends exactly as one that never was."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import short_fit

from naevia_train.fitting.checkpoints import read_state
from naevia_train.fitting.records import read_history


def figures(run: Path) -> list[dict[str, float]]:
    """The history without how long the epochs took."""
    return [{**asdict(record), "seconds": 0.0} for record in read_history(run)]


def weights(path: Path) -> list[np.ndarray]:
    import keras

    model = keras.saving.load_model(path)
    optimizer = getattr(model, "optimizer", None)  # the kept network is never compiled
    state = [variable.numpy() for variable in optimizer.variables] if optimizer else []
    return [*model.get_weights(), *state]


def test_a_killed_run_goes_on_bit_for_bit(tmp_path: Path) -> None:
    killed, straight = tmp_path / "killed", tmp_path / "straight"
    ended = subprocess.run(
        [sys.executable, Path(short_fit.__file__), killed, "--kill-in", "3"],
        env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"},
        check=False,
        capture_output=True,
    )
    assert ended.returncode == -signal.SIGKILL, ended.stderr[-2000:]
    assert read_state(killed).epochs_done == 2
    said = short_fit.train(killed, short_fit.EVERYTHING)
    assert [line.split(":")[0] for line in said] == ["epoch 3/4", "epoch 4/4"]
    short_fit.train(straight, short_fit.EVERYTHING)
    assert figures(killed) == figures(straight)
    for name in ("checkpoint-0004.keras", "model.keras"):
        for ours, theirs in zip(weights(killed / name), weights(straight / name), strict=True):
            np.testing.assert_array_equal(ours, theirs)


def test_a_run_that_had_stopped_early_says_that_more_epochs_change_nothing(tmp_path: Path) -> None:
    impatient = replace(short_fit.SHORT, patience=0)
    assert "stopped early" in short_fit.train(tmp_path, impatient)[-1]
    (line,) = short_fit.train(tmp_path, impatient.with_epochs(9))
    assert line.startswith("this run had stopped early") and "not trained on" in line
    assert len(read_history(tmp_path)) == 1


def test_dropout_follows_from_seed_and_epoch() -> None:
    import keras

    from naevia_train.fitting.optimise import seed_epoch

    model = keras.Sequential([keras.layers.Input((64,)), keras.layers.Dropout(0.5)])
    ones, dropped = np.ones((1, 64), np.float32), []
    for seed, epoch in ((1, 0), (1, 1), (2, 0), (1, 0)):
        seed_epoch(model, seed=seed, epoch=epoch)
        dropped.append(np.asarray(model(ones, training=True)).tobytes())
    assert dropped[0] == dropped[3]
    assert len(set(dropped)) == 3
