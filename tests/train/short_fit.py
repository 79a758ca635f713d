"""A training of a few seconds on drawn lesions, for tests that look at it and for processes that they start.

python short_fit.py RUN [--kill-in EPOCH] [--logical-devices N]
"""

from __future__ import annotations

import argparse
import os
import signal
from dataclasses import replace
from pathlib import Path

import numpy as np

from naevia.synthetic import draw_lesion
from naevia_train.fitting.devices import Devices, find_devices
from naevia_train.fitting.fit import fit
from naevia_train.preparing.dataset import PreparedImages, TrainingImages
from naevia_train.preparing.draws import Draws
from naevia_train.recipes import RECIPES, Recipe, Stage

SIZE_PX = 32
RATE = 1e-3
SHORT = replace(
    RECIPES["seed"],
    size_px=SIZE_PX,
    stages=(Stage(epochs=2, size_px=SIZE_PX, rate=RATE, warm_up=0.2),),
    draws=24,
    batch_size=8,
    weight_decay=0.01,
    ema_momentum=0.9,
)
EVERYTHING = replace(SHORT.with_epochs(4), augmentation="cameras", mixup=0.3, label_smoothing=0.05)
"""Every source of chance that a recipe has, over four epochs."""


def images(codes: dict[str, int]) -> tuple[TrainingImages, PreparedImages]:
    """Eight drawn lesions for each code, the second half for validation."""
    photos = [draw_lesion(code, seed=seed, width_px=32, height_px=32) for code in codes for seed in range(8)]
    labels = np.repeat(list(codes.values()), 8)
    held_out = np.arange(len(photos)) % 8 >= 4
    known = [[photo] for photo, held in zip(photos, held_out, strict=True) if not held]
    pixels = np.stack(photos)[held_out]
    sources = ["drawn"] * len(known)
    return TrainingImages(known, labels[~held_out], sources), PreparedImages([], pixels, labels[held_out])


def train(run: Path, recipe: Recipe, devices: Devices | None = None) -> list[str]:
    """Fit, or go on; returns what was said."""
    known, unseen = images({"mel": 3, "vasc": 8})
    run.mkdir(exist_ok=True)
    said: list[str] = []
    fit(known, unseen, unseen, recipe, run, seed=1, keras_verbose=0, say=said.append, devices=devices)
    return said


def _kill_in(epoch: int) -> None:
    """Let the process end as a power cut would when the second batch of an epoch is made."""
    made = Draws.__getitem__

    def get(draws: Draws, index: int) -> tuple[np.ndarray, ...]:
        if draws.key[1] == epoch - 1 and index == 1:
            os.kill(os.getpid(), signal.SIGKILL)
        return made(draws, index)

    Draws.__getitem__ = get


def _logical_devices(count: int) -> None:
    import tensorflow as tf

    (cpu,) = tf.config.list_physical_devices("CPU")
    tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * count)


def main() -> None:
    """Train as the command line says."""
    parser = argparse.ArgumentParser()
    parser.add_argument("run", type=Path)
    parser.add_argument("--kill-in", type=int)
    parser.add_argument("--logical-devices", type=int, default=1)
    arguments = parser.parse_args()
    if arguments.kill_in:
        _kill_in(arguments.kill_in)
        train(arguments.run, EVERYTHING)
        return
    _logical_devices(arguments.logical_devices)
    train(arguments.run, replace(SHORT.with_epochs(3), dropout=0.0), find_devices("all"))


if __name__ == "__main__":
    main()
