"""Fitting: epoch by epoch, with a checkpoint after each, so that a killed run goes on where it stopped.

Everything random in an epoch follows from the seed and the epoch's number, so that a run which was stopped
ends with the same weights, bit for bit on a CPU, as one which never was.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import astuple
from functools import partial
from pathlib import Path

import keras
import numpy as np
from numpy.typing import NDArray

from naevia.contract import MODEL_FILE
from naevia.errors import UsageError
from naevia.files import replace_file
from naevia_train.fitting.checkpoints import RunState, read_state, write_epoch
from naevia_train.fitting.devices import Devices, fitting_precision
from naevia_train.fitting.fused_norm import fuse_norms
from naevia_train.fitting.live import Live
from naevia_train.fitting.optimise import compile_stage, learning_rate, seed_epoch
from naevia_train.fitting.records import EpochRecord
from naevia_train.fitting.shifted import shift_depthwise
from naevia_train.measuring import metrics
from naevia_train.measuring.calibrate import fit_temperature
from naevia_train.measuring.probabilities import softmax
from naevia_train.networks import backbones
from naevia_train.networks.warm_start import load_model_weights
from naevia_train.preparing.dataset import PreparedImages, TrainingImages
from naevia_train.preparing.draws import Draws
from naevia_train.recipes import Recipe, Stage

PREDICT_BATCH = 64
PROBE_IMAGES = 300
WARM_START_BATCHES = 16
START = "start.keras"

Weights = list[NDArray[np.float32]]


def build(recipe: Recipe, size_px: int, *, precision: str = "float32") -> keras.Model:
    """The recipe's network with fresh weights; the shape of none of them depends on the size.

    Args:
        recipe: How to train.
        size_px: Input width and height.
        precision: Keras's name of what its layers compute with; weights are float32 in any case.
    """
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(precision)
    try:
        return backbones.build(
            recipe.network, size_px, dropout=recipe.dropout, colour_constancy=recipe.colour_constancy
        )
    finally:
        keras.config.set_dtype_policy(before)


def predict_logits(model: keras.Model, pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Logits of prepared pixels, shape (n, 9)."""
    return model.predict(pixels, batch_size=PREDICT_BATCH, verbose=0)


def fit(
    train: TrainingImages,
    probe: PreparedImages,
    validation: PreparedImages,
    recipe: Recipe,
    run: Path,
    *,
    seed: int,
    start_from: Path | None = None,
    member: int | None = None,
    workers: int = 2,
    keras_verbose: int = 2,
    say: Callable[[str], None],
    devices: Devices | None = None,
    targets: NDArray[np.float32] | None = None,
    tensorboard: bool = False,
) -> None:
    """Fit a network, or go on where a run in the same folder stopped; does nothing when it is finished.

    Leaves `model.keras` (the best weights by validation loss, each epoch's at the temperature that fits it),
    `history.csv`, `curves.png`, `state.json` and the last checkpoint in the run folder.

    Args:
        train: Training images.
        probe: Training images measured like validation ones.
        validation: Validation images.
        recipe: How to train.
        run: The run folder; workers share it.
        seed: Seed of weights, draws, augmentation and dropout.
        start_from: Folder of a finished model whose weights come first; None for the recipe's.
        member: Which of its networks, from 1, where it is an ensemble.
        workers: Threads that prepare batches.
        keras_verbose: Keras's `verbose`: 1 for bars, 2 for lines, 0 for silence.
        say: Prints one line.
        devices: What to train on; None is one device.
        targets: What the network is to answer to each training image, shape (n, 9); None takes the labels.
        tensorboard: Whether to write logs for TensorBoard.
    """
    state, devices = read_state(run), devices or Devices()
    if state.stopped:
        say(
            f"this run had {_stopped(state, recipe)}; it is not trained on, however many --epochs it is given"
        )
    if state.stopped or state.epochs_done >= recipe.epochs:
        return
    keras.utils.set_random_seed(seed)
    draws = partial(
        Draws, train.renditions, train.labels, train.sources, recipe,
        seed=seed, workers=workers, targets=targets, parts=devices.count,
    )  # fmt: skip
    first = draws(epoch=0)
    steps = len(first)
    with devices.scope():
        model = _start(recipe, run, state, steps)
        if start_from and not state.checkpoint:
            views = np.concatenate([first[index][0] for index in range(min(steps, WARM_START_BATCHES))])
            load_model_weights(model, start_from / MODEL_FILE, views, member=member)
            if devices.chief and recipe.kept_start:
                replace_file(run / START, model.save)
    kept = _kept_start(model, run, state, recipe)
    shown = build(recipe, recipe.size_px)
    live = Live(run, tensorboard=tensorboard) if devices.chief else None
    while state.epochs_done < recipe.epochs and not state.stopped:
        epoch, started = state.epochs_done, time.monotonic()
        stage, begins = recipe.stage_at(epoch)
        if begins:
            with devices.scope():
                model = _enter(model, recipe, stage, steps)
        with devices.scope():
            devices.spread(model)
        fuse_norms(model)
        shift_depthwise(model)
        seed_epoch(model, seed=seed, epoch=epoch)
        fit_loss = _fit_one(model, shown, draws(epoch=epoch), epoch, recipe.epochs, keras_verbose)
        _blend(shown, kept, recipe.kept_start)
        record = _agree(_measure(shown, probe, validation, epoch + 1, fit_loss, started), devices)
        best = state.count(record, recipe)
        if live:
            write_epoch(model, shown if best else None, record, state, run)
            live.show(record, state.best_epoch)
        for line in _lines(record, state, recipe):
            say(line)


def _start(recipe: Recipe, run: Path, state: RunState, steps: int) -> keras.Model:
    """The network as the last epoch left it, with its optimiser; a new one before the first."""
    stage, begins = recipe.stage_at(state.epochs_done)
    if state.checkpoint:
        model = keras.saving.load_model(run / state.checkpoint)
        if not begins:  # the run may have been made longer, and its schedule with it
            model.optimizer.learning_rate = learning_rate(stage, steps)
        return model
    model = build(recipe, stage.size_px, precision=fitting_precision())
    backbones.load_weights(model, recipe.network, recipe.weights)
    return model


def _kept_start(model: keras.Model, run: Path, state: RunState, recipe: Recipe) -> Weights | None:
    """The weights that the run started from, where some of them are kept."""
    if not recipe.kept_start:
        return None
    if not state.checkpoint:
        return model.get_weights()
    if not (run / START).exists():
        raise UsageError(
            f"{run / START} is missing, which this run goes on from; start again in another --output"
        )
    return keras.saving.load_model(run / START).get_weights()


def _blend(fitted: keras.Model, kept: Weights | None, share: float) -> None:
    if kept is not None:
        pairs = zip(fitted.get_weights(), kept, strict=True)
        fitted.set_weights([(1 - share) * new + share * old for new, old in pairs])


def _enter(model: keras.Model, recipe: Recipe, stage: Stage, steps: int) -> keras.Model:
    """The same weights at the stage's size, with a fresh optimiser."""
    resized = build(recipe, stage.size_px, precision=fitting_precision())
    resized.set_weights(model.get_weights())
    compile_stage(resized, recipe, stage, steps)
    return resized


def _fit_one(
    model: keras.Model, averaged: keras.Model, draws: Draws, epoch: int, epochs: int, keras_verbose: int
) -> float:
    """One epoch through Keras, so that its progress bar counts epochs as a person does.

    Keras puts the moving average of the weights in place when `fit` returns (where the recipe has one);
    `averaged` gets those, and training goes on without them.
    """
    raw: list[NDArray[np.float32]] = []

    def end_epoch(_epoch: int, _logs: object) -> None:
        raw.extend(model.get_weights())
        model.stop_training = True

    callbacks = [keras.callbacks.LambdaCallback(on_epoch_end=end_epoch)]
    history = model.fit(
        draws, initial_epoch=epoch, epochs=epochs, callbacks=callbacks, verbose=keras_verbose, shuffle=False
    )
    averaged.set_weights(model.get_weights())
    model.set_weights(raw)
    return float(history.history["loss"][-1])


def _measure(
    model: keras.Model,
    probe: PreparedImages,
    validation: PreparedImages,
    epoch: int,
    fit_loss: float,
    started: float,
) -> EpochRecord:
    known, unknown = (predict_logits(model, images.pixels) for images in (probe, validation))
    temperature = fit_temperature(unknown, validation.labels)  # as it will be asked in the end
    seen, unseen = softmax(known, temperature), softmax(unknown, temperature)
    return EpochRecord(
        epoch=epoch,
        fit_loss=fit_loss,
        train_loss=metrics.log_loss(seen, probe.labels),
        train_accuracy=metrics.accuracy(seen, probe.labels),
        val_loss=metrics.log_loss(unseen, validation.labels),
        val_accuracy=metrics.accuracy(unseen, validation.labels),
        val_macro_auc=metrics.macro_auc(unseen, validation.labels),
        val_melanoma_auc=metrics.melanoma_auc(unseen, validation.labels),
        seconds=time.monotonic() - started,
    )


def _agree(record: EpochRecord, devices: Devices) -> EpochRecord:
    """What the chief measured: workers that disagree in a last digit must not stop at different epochs."""
    epoch, *figures = devices.from_chief(np.array(astuple(record), np.float64)).tolist()
    return EpochRecord(round(epoch), *figures)


def _lines(record: EpochRecord, state: RunState, recipe: Recipe) -> list[str]:
    lines = [
        f"epoch {record.epoch}/{recipe.epochs}: loss {record.fit_loss:.3f}, "
        f"train {record.train_loss:.3f} (accuracy {record.train_accuracy:.3f}), "
        f"validation {record.val_loss:.3f} (accuracy {record.val_accuracy:.3f}), "
        f"macro AUC {record.val_macro_auc:.4f}, melanoma AUC {record.val_melanoma_auc:.4f}, "
        f"{record.seconds:.0f} s"
    ]
    if state.stopped:
        lines.append(_stopped(state, recipe))
    return lines


def _stopped(state: RunState, recipe: Recipe) -> str:
    best = state.best_epoch
    return f"stopped early: {recipe.patience} epochs without a validation loss below that of epoch {best}"
