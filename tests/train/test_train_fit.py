from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from short_fit import RATE, SHORT, SIZE_PX, images, train

from naevia.errors import NaeviaError
from naevia_train.fitting.checkpoints import read_state
from naevia_train.fitting.fit import build
from naevia_train.fitting.optimise import compile_stage, learning_rate
from naevia_train.fitting.records import read_history
from naevia_train.networks.network import photo_input
from naevia_train.recipes import RECIPES, Stage


def test_the_kept_network_is_the_average_that_was_measured(tmp_path: Path) -> None:
    import keras

    from naevia_train.measuring import metrics
    from naevia_train.measuring.calibrate import fit_temperature
    from naevia_train.measuring.probabilities import softmax

    train(tmp_path / "run", SHORT)
    best = read_state(tmp_path / "run").best_epoch
    history = read_history(tmp_path / "run")
    record = history[best - 1]
    assert record.val_loss == min(epoch.val_loss for epoch in history)
    _, unseen = images({"mel": 3, "vasc": 8})
    kept = keras.saving.load_model(tmp_path / "run" / "model.keras")
    logits = kept.predict(unseen.pixels, verbose=0)
    probabilities = softmax(logits, fit_temperature(logits, unseen.labels))
    assert metrics.log_loss(probabilities, unseen.labels) == pytest.approx(record.val_loss, rel=1e-3)
    assert all(layer.trainable for layer in kept.layers)
    raw = keras.saving.load_model(tmp_path / "run" / "checkpoint-0002.keras")
    kernels = [model.get_layer("logits").get_weights()[0] for model in (raw, kept)]
    assert not np.allclose(*kernels)


def test_a_network_whose_first_loss_is_no_number_is_given_up(tmp_path: Path) -> None:
    (stage,) = SHORT.stages
    with pytest.raises(NaeviaError, match="loss of the first epoch is nan, expected a number"):
        train(tmp_path, replace(SHORT, stages=(replace(stage, rate=float("nan")),)))
    assert not (tmp_path / "model.keras").exists()


def test_a_longer_run_stretches_the_schedule_and_keeps_the_optimiser(tmp_path: Path) -> None:
    import keras

    run = tmp_path / "run"
    train(run, SHORT)
    short = keras.saving.load_model(run / "checkpoint-0002.keras").optimizer
    said = train(run, SHORT.with_epochs(4))
    assert [line.split(":")[0] for line in said] == ["epoch 3/4", "epoch 4/4"]
    longer = keras.saving.load_model(run / "checkpoint-0004.keras").optimizer
    for optimizer in (short, longer):
        assert isinstance(optimizer, keras.optimizers.AdamW)
        assert (optimizer.weight_decay, optimizer.ema_momentum) == (SHORT.weight_decay, SHORT.ema_momentum)
    assert int(longer.iterations.numpy()) == 2 * int(short.iterations.numpy()) == 12
    assert float(longer.learning_rate.numpy()) == pytest.approx(0.005 * RATE, rel=0.02)
    assert float(short.learning_rate.numpy()) == pytest.approx(0.005 * RATE, rel=0.02)


def test_a_stage_begins_with_the_weights_of_the_last_and_a_fresh_optimiser(tmp_path: Path) -> None:
    import keras

    run = tmp_path / "run"
    head = Stage(epochs=1, size_px=SIZE_PX, rate=RATE, head_only=True)
    train(run, replace(SHORT, stages=(head,), ema_momentum=None))
    first = keras.saving.load_model(run / "checkpoint-0001.keras")
    larger = Stage(epochs=1, size_px=2 * SIZE_PX, rate=0.0)
    train(run, replace(SHORT, stages=(head, larger), ema_momentum=None, weight_decay=0.0))
    second = keras.saving.load_model(run / "checkpoint-0002.keras")
    assert second.input_shape == (None, 2 * SIZE_PX, 2 * SIZE_PX, 3)
    assert int(second.optimizer.iterations.numpy()) == int(first.optimizer.iterations.numpy()) == 3
    assert all(layer.trainable for layer in second.layers)
    kernels = [model.get_layer("block1_conv").get_weights()[0] for model in (first, second)]
    np.testing.assert_array_equal(*kernels)


def test_a_frozen_part_keeps_its_weights_and_the_rest_learns(tmp_path: Path) -> None:
    import keras

    run = tmp_path / "run"
    half = Stage(epochs=1, size_px=SIZE_PX, rate=RATE, frozen=0.5)
    train(run, replace(SHORT, stages=(half,), ema_momentum=None))
    keras.utils.set_random_seed(1)
    fresh = build(SHORT, SIZE_PX)
    fitted = keras.saving.load_model(run / "checkpoint-0001.keras")
    same = {
        layer.name: np.array_equal(layer.get_weights()[0], fitted.get_layer(layer.name).get_weights()[0])
        for layer in fresh.layers
        if layer.name.endswith("_conv") or layer.name == "logits"
    }
    assert same == {"block1_conv": True, "block2_conv": True, "block3_conv": False, "logits": False}


def test_epochs_are_taken_from_the_last_stage_first() -> None:
    lite0 = RECIPES["lite0"]
    assert lite0.with_epochs(lite0.epochs) == lite0
    for epochs in (1, 2, 14, 15, 40):
        shorter = lite0.with_epochs(epochs)
        assert shorter.epochs == epochs
        assert [stage.rate for stage in shorter.stages] == [
            s.rate for s in lite0.stages[: len(shorter.stages)]
        ]
        assert [shorter.stage_at(epoch)[1] for epoch in range(epochs)].count(True) == len(shorter.stages)


def test_it_stops_early_and_stays_stopped(tmp_path: Path) -> None:
    run = tmp_path / "run"
    stages = (Stage(epochs=20, size_px=SIZE_PX, rate=0.3),)  # too large for a loss that falls every time
    impatient = replace(SHORT, stages=stages, ema_momentum=None, patience=1)
    said = train(run, impatient)
    state = read_state(run)
    assert state.stopped
    assert state.epochs_done < 20
    assert said[-1].startswith("stopped early: 1 epochs without")
    (again,) = train(run, impatient)
    assert again.startswith("this run had stopped early: 1 epochs without")
    assert read_state(run) == state


def test_a_network_is_built_and_compiled_as_the_recipe_says() -> None:
    import keras

    recipe = replace(SHORT, dropout=0.24, label_smoothing=0.18, weight_decay=0.02, ema_momentum=None)
    model = build(recipe, SIZE_PX)
    assert model.get_layer("dropout").rate == pytest.approx(0.24)
    targets, logits = np.eye(9)[[3, 4]], np.random.default_rng(1).normal(size=(2, 9))
    log_softmax = logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))
    for smoothing, decay, kind in ((0.18, 0.02, keras.optimizers.AdamW), (0.0, 0.0, keras.optimizers.Adam)):
        changed = replace(recipe, label_smoothing=smoothing, weight_decay=decay)
        compile_stage(model, changed, changed.stages[0], steps=10)
        assert type(model.optimizer) is kind
        assert (model.optimizer.weight_decay or 0.0, model.optimizer.use_ema) == (decay, False)
        smoothed = (1 - smoothing) * targets + smoothing / 9
        expected = -(smoothed * log_softmax).sum(axis=1).mean()
        assert float(model.loss(targets, logits)) == pytest.approx(expected, rel=1e-5)


def test_colour_constancy_is_built_in_where_the_recipe_has_it() -> None:
    import keras

    photos = np.random.default_rng(0).integers(0, 256, (2, SIZE_PX, SIZE_PX, 3)).astype(np.float32)
    photos *= np.array([1.0, 0.9, 0.7], np.float32)
    plain, constant = (build(replace(SHORT, colour_constancy=has_it), SIZE_PX) for has_it in (False, True))
    constant.set_weights(plain.get_weights())
    unlit = keras.Model(*photo_input(SIZE_PX, colour_constancy=True)).predict(photos, verbose=0)
    expected = plain.predict(unlit, verbose=0)
    np.testing.assert_allclose(constant.predict(photos, verbose=0), expected, atol=1e-5)
    assert not np.allclose(plain.predict(photos, verbose=0), expected, atol=1e-3)


def test_the_rate_rises_in_the_warm_up_and_then_falls() -> None:
    rate = learning_rate(Stage(epochs=2, size_px=SIZE_PX, rate=RATE, warm_up=0.2), steps=50)
    rates = [float(rate(step)) for step in (0, 10, 20, 60, 100)]
    assert rates == pytest.approx([f * RATE for f in (0.05, 0.525, 1, 0.5025, 0.005)], rel=1e-3)
    assert learning_rate(Stage(epochs=2, size_px=SIZE_PX, rate=RATE), steps=50) == RATE


def test_training_the_head_alone_leaves_everything_else(tmp_path: Path) -> None:
    import keras

    head = Stage(epochs=1, size_px=SIZE_PX, rate=RATE, head_only=True)
    model = build(SHORT, SIZE_PX)
    compile_stage(model, SHORT, head, steps=10)
    assert [weight.path.split("/")[0] for weight in model.trainable_weights] == ["logits", "logits"]
    first = tmp_path / "first.keras"
    model.save(first)
    still = replace(SHORT, stages=(replace(head, rate=0.0),), ema_momentum=None, weights=str(first))
    train(tmp_path / "run", still)
    fitted = keras.saving.load_model(tmp_path / "run" / "checkpoint-0001.keras")
    for name in ("block1_conv", "logits"):
        np.testing.assert_array_equal(
            model.get_layer(name).get_weights()[0], fitted.get_layer(name).get_weights()[0]
        )
