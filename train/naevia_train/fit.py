"""Fitting: epoch by epoch, with a checkpoint after each, so that a killed run goes on where it stopped."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from naevia.contract import MODEL_FILE
from naevia_train import measure, network
from naevia_train.dataset import PreparedImages, TrainingImages
from naevia_train.draws import Draws
from naevia_train.files import replace_file, write_text
from naevia_train.probabilities import softmax
from naevia_train.recipes import Recipe, Stage
from naevia_train.records import EpochRecord, append_history
from naevia_train.warm_start import load_model_weights

MODEL, STATE = "model.keras", "state.json"
PREDICT_BATCH = 64
PROBE_IMAGES = 300
WARM_START_BATCHES = 16


@dataclass
class RunState:
    """What `--resume` needs besides the checkpoint; epochs count from 1, 0 is none yet."""

    epochs_done: int = 0
    best_epoch: int = 0
    best_score: float = float("-inf")
    stopped: bool = False
    checkpoint: str = ""


def build(recipe: Recipe, size_px: int) -> keras.Model:
    """The recipe's network with fresh weights; none of them depends on the size."""
    builder = network.build_seed if recipe.network == "seed" else network.build_lite0
    return builder(size_px, dropout=recipe.dropout)


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
    workers: int = 2,
    progress: int = 2,
    say: Callable[[str], None],
) -> None:
    """Fit a network, or go on where a run in the same folder stopped; does nothing when it is finished.

    Leaves `model.keras` (the best weights by validation macro AUC), `history.csv`, `state.json` and the last
    checkpoint in the run folder.

    Args:
        train: Training images.
        probe: Training images measured like validation ones.
        validation: Validation images.
        recipe: How to train.
        run: The run folder.
        seed: Seed of weights, draws and augmentation.
        start_from: Folder of a finished model whose weights come first; None for ImageNet or fresh ones.
        workers: Threads that prepare batches.
        progress: Keras's `verbose`: 1 for bars, 2 for lines, 0 for silence.
        say: Prints one line.
    """
    state = read_state(run)
    if state.stopped or state.epochs_done >= recipe.epochs:
        return
    keras.utils.set_random_seed(seed + state.epochs_done)
    first = Draws(train.renditions, train.labels, train.sources, recipe, seed=seed, epoch=0)
    steps = len(first)
    model = _start(recipe, run, state, steps)
    if start_from and not state.checkpoint:
        views = np.concatenate([first[index][0] for index in range(min(steps, WARM_START_BATCHES))])
        load_model_weights(model, start_from / MODEL_FILE, views)
    shown = build(recipe, recipe.size_px)
    while state.epochs_done < recipe.epochs and not state.stopped:
        epoch, started = state.epochs_done, time.monotonic()
        stage, begins = recipe.stage_at(epoch)
        if begins:
            model = _enter(model, recipe, stage, steps)
        draws = Draws(
            train.renditions, train.labels, train.sources, recipe, seed=seed, epoch=epoch, workers=workers
        )
        fit_loss = _fit_one(model, shown, draws, epoch, recipe.epochs, progress)
        record = _measure(shown, probe, validation, epoch + 1, fit_loss, started)
        _keep(model, shown, record, state, recipe, run)
        say(_line(record, recipe))
        if state.stopped:
            best = state.best_epoch
            say(f"stopped early: {recipe.patience} epochs without a macro AUC above that of epoch {best}")


def read_state(run: Path) -> RunState:
    """How far the run in a folder came."""
    path = run / STATE
    return RunState(**json.loads(path.read_text(encoding="utf-8"))) if path.exists() else RunState()


def _start(recipe: Recipe, run: Path, state: RunState, steps: int) -> keras.Model:
    """The network as the last epoch left it, with its optimiser; a new one before the first."""
    stage, begins = recipe.stage_at(state.epochs_done)
    if state.checkpoint:
        model = keras.saving.load_model(run / state.checkpoint)
        if not begins:  # the run may have been made longer, and its schedule with it
            model.optimizer.learning_rate = _rate(stage, steps)
        return model
    model = build(recipe, stage.size_px)
    if recipe.network == "lite0":
        network.load_imagenet(model)
    return model


def _enter(model: keras.Model, recipe: Recipe, stage: Stage, steps: int) -> keras.Model:
    """The same weights at the stage's size, with a fresh optimiser."""
    resized = build(recipe, stage.size_px)
    resized.set_weights(model.get_weights())
    for layer in resized.layers:
        layer.trainable = not stage.head_only or layer.name == network.LOGITS
    resized.compile(
        optimizer=_optimizer(recipe, _rate(stage, steps)),
        loss=keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=recipe.label_smoothing),
        jit_compile=False,  # XLA was far slower on a CPU than TensorFlow's own kernels
    )
    return resized


def _rate(stage: Stage, steps: int) -> float | keras.optimizers.schedules.LearningRateSchedule:
    """The learning rate over a stage whose epochs have `steps` steps."""
    if stage.warm_up is None:
        return stage.rate
    total = steps * stage.epochs
    warm_up = round(stage.warm_up * total)
    return keras.optimizers.schedules.CosineDecay(
        initial_learning_rate=stage.rate / 20,
        warmup_target=stage.rate,
        warmup_steps=warm_up,
        decay_steps=max(total - warm_up, 1),
        alpha=0.005,
    )


def _optimizer(recipe: Recipe, rate: Any) -> keras.optimizers.Optimizer:
    averaged = {} if recipe.ema_momentum is None else {"use_ema": True, "ema_momentum": recipe.ema_momentum}
    if recipe.weight_decay:
        return keras.optimizers.AdamW(rate, weight_decay=recipe.weight_decay, **averaged)
    return keras.optimizers.Adam(rate, **averaged)


def _fit_one(
    model: keras.Model, averaged: keras.Model, draws: Draws, epoch: int, epochs: int, progress: int
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
        draws, initial_epoch=epoch, epochs=epochs, callbacks=callbacks, verbose=progress, shuffle=False
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
    seen = softmax(predict_logits(model, probe.pixels))
    unseen = softmax(predict_logits(model, validation.pixels))
    return EpochRecord(
        epoch=epoch,
        fit_loss=fit_loss,
        train_loss=measure.log_loss(seen, probe.labels),
        train_accuracy=measure.accuracy(seen, probe.labels),
        val_loss=measure.log_loss(unseen, validation.labels),
        val_accuracy=measure.accuracy(unseen, validation.labels),
        val_macro_auc=measure.macro_auc(unseen, validation.labels),
        val_melanoma_auc=measure.melanoma_auc(unseen, validation.labels),
        seconds=time.monotonic() - started,
    )


def _keep(
    model: keras.Model, shown: keras.Model, record: EpochRecord, state: RunState, recipe: Recipe, run: Path
) -> None:
    """Write model, checkpoint, history and state; the state last, so that it never names a missing file."""
    if record.val_macro_auc > state.best_score or state.best_epoch == 0:
        state.best_epoch, state.best_score = record.epoch, record.val_macro_auc
        replace_file(run / MODEL, shown.save)
    earlier, state.checkpoint = state.checkpoint, f"checkpoint-{record.epoch:04d}.keras"
    replace_file(run / state.checkpoint, model.save)
    append_history(run, record)
    state.epochs_done = record.epoch
    state.stopped = record.epoch - state.best_epoch >= recipe.patience
    write_text(run / STATE, json.dumps(asdict(state), indent=2) + "\n")
    if earlier and earlier != state.checkpoint:
        (run / earlier).unlink(missing_ok=True)


def _line(record: EpochRecord, recipe: Recipe) -> str:
    return (
        f"epoch {record.epoch}/{recipe.epochs}: loss {record.fit_loss:.3f}, "
        f"train {record.train_loss:.3f} (accuracy {record.train_accuracy:.3f}), "
        f"validation {record.val_loss:.3f} (accuracy {record.val_accuracy:.3f}), "
        f"macro AUC {record.val_macro_auc:.4f}, melanoma AUC {record.val_melanoma_auc:.4f}, "
        f"{record.seconds:.0f} s"
    )
