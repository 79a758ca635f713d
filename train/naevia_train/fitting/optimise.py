"""What a stage trains, how fast, and from which random numbers."""

from __future__ import annotations

import keras
import numpy as np

from naevia_train.networks import network
from naevia_train.recipes import Recipe, Stage

_SEED_STATE = "seed_generator_state"


def compile_stage(model: keras.Model, recipe: Recipe, stage: Stage, steps: int) -> None:
    """Choose the layers that a stage trains, and give the network a fresh optimiser for them.

    Args:
        model: The network.
        recipe: How to train.
        stage: The stage that begins.
        steps: Steps of an epoch.
    """
    layers = network.leaves(model)
    for number, layer in enumerate(layers):
        is_trained = number >= stage.frozen * len(layers) and not stage.head_only
        layer.trainable = is_trained or layer.name == network.LOGITS
    model.compile(
        optimizer=_optimizer(recipe, learning_rate(stage, steps)),
        loss=keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=recipe.label_smoothing),
        # XLA was far slower on a CPU than TensorFlow's own kernels; JAX has no others.
        jit_compile=keras.backend.backend() == "jax",
    )


def learning_rate(stage: Stage, steps: int) -> float | keras.optimizers.schedules.LearningRateSchedule:
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


def seed_epoch(model: keras.Model, *, seed: int, epoch: int) -> None:
    """Start the network's own random numbers, those of its dropout, where this epoch has them.

    They follow from the seed and the epoch alone: Keras counts them on from the start of the program, so a
    resumed run would drop other values than one that was never stopped.
    """
    states = [variable for variable in model.variables if variable.name == _SEED_STATE]
    rng = np.random.default_rng((seed, epoch))
    for state in states:
        state.assign(np.array([rng.integers(2**31), 0], state.dtype))


def _optimizer(
    recipe: Recipe, rate: float | keras.optimizers.schedules.LearningRateSchedule
) -> keras.optimizers.Optimizer:
    averaged = {} if recipe.ema_momentum is None else {"use_ema": True, "ema_momentum": recipe.ema_momentum}
    if recipe.weight_decay:
        return keras.optimizers.AdamW(rate, weight_decay=recipe.weight_decay, **averaged)
    return keras.optimizers.Adam(rate, **averaged)
