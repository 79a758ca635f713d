"""Whether the input pipeline of `naevia train` keeps up, and what our own layers save while fitting.

    python benchmarks/train.py --recipe lite0 --images 512 --rounds 5

Three trainings of the same network with the same batches' shape, one epoch each in turn, so that whatever
else the machine does meets all: from the pipeline, from arrays in memory, and from arrays with Keras's own
layers: with TensorFlow fitting replaces its batch normalisation, with JAX (`KERAS_BACKEND=jax`) its depthwise
convolution. Each ratio is the median over the rounds; 1 means that drawing, augmenting and queueing cost
nothing, or that our layers gain nothing. What compiling took is the first epoch of each, less a later one.
Photos are drawn lesions, decoded in memory as a run holds them.
"""

from __future__ import annotations

import argparse
import os
import statistics
import time
from typing import Any

import numpy as np
from numpy.typing import NDArray

PHOTO_PX = (400, 300)
DRAWN = 36


def main() -> None:
    """Measure the pairs and print the table."""
    arguments = _arguments()
    from naevia_train.quiet import load_keras

    load_keras()
    first, rounds = _measure(arguments)
    print(f"recipe {arguments.recipe}, network {arguments.backbone or 'as it is'}, {arguments.images} images")
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} (last minute), {arguments.workers} workers")
    print("| round | pipeline, images/s | arrays in memory, images/s | ... Keras's layers, images/s |")
    print("|---|---|---|---|")
    for number, rates in enumerate(rounds, start=1):
        print(f"| {number} | " + " | ".join(f"{rate:.1f}" for rate in rates) + " |")
    kept_up = statistics.median(pipeline / arrays for pipeline, arrays, _ in rounds)
    gained = statistics.median(arrays / unfused for _, arrays, unfused in rounds)
    print(f"pipeline to arrays: {kept_up:.3f}; our layers to Keras's: {gained:.3f}")
    print(f"compiling: {first[0]:.1f} s with our layers, {first[1]:.1f} s with Keras's")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--recipe", default="lite0")
    parser.add_argument("--backbone", help="network instead of the recipe's")
    parser.add_argument("--size", type=int, help="view size in pixels instead of the recipe's")
    parser.add_argument("--images", type=int, default=512, help="images per epoch")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--workers", type=int, default=min(os.cpu_count() or 1, 8))
    return parser.parse_args()


def _measure(arguments: argparse.Namespace) -> tuple[list[float], list[tuple[float, float, float]]]:
    from dataclasses import replace

    from naevia_train.fitting.devices import fitting_precision
    from naevia_train.fitting.fit import build
    from naevia_train.fitting.fused_norm import fuse_norms
    from naevia_train.fitting.optimise import compile_stage
    from naevia_train.fitting.shifted import shift_depthwise
    from naevia_train.preparing.draws import Draws
    from naevia_train.recipes import find_recipe

    recipe = replace(find_recipe(arguments.recipe), draws=arguments.images)
    recipe = replace(recipe, network=arguments.backbone or recipe.network)
    recipe = recipe.with_size(arguments.size) if arguments.size else recipe
    recipe = replace(recipe, stages=recipe.stages[-1:])
    photos, labels = _photos()
    stage = recipe.stages[0]
    model, plain = (build(recipe, stage.size_px, precision=fitting_precision()) for _ in range(2))
    for network in (model, plain):
        compile_stage(network, recipe, stage, -(-arguments.images // recipe.batch_size))
    fuse_norms(model)
    shift_depthwise(model)

    def draws() -> Draws:
        sources = ["drawn"] * len(photos)
        return Draws(photos, labels, sources, recipe, seed=1, epoch=0, workers=arguments.workers)

    batches = [draws()[index] for index in range(len(draws()))]
    arrays = [np.concatenate(parts) for parts in zip(*batches, strict=True)]
    in_memory = _in_memory(arrays, recipe.batch_size)

    def each() -> tuple[float, float, float]:
        pipeline, ours, theirs = (
            _seconds(network, given)
            for network, given in ((model, {"x": draws()}), (model, in_memory), (plain, in_memory))
        )
        return arguments.images / pipeline, arguments.images / ours, arguments.images / theirs

    first = [_seconds(network, in_memory) for network in (model, plain)]
    each()
    rounds = [each() for _ in range(arguments.rounds)]
    later = [statistics.median(arguments.images / rates[place] for rates in rounds) for place in (1, 2)]
    return [before - after for before, after in zip(first, later, strict=True)], rounds


def _in_memory(arrays: list[NDArray[Any]], batch_size: int) -> dict[str, Any]:
    names = ("x", "y", "sample_weight")
    return {**dict(zip(names, arrays, strict=False)), "batch_size": batch_size}


def _seconds(model: Any, given: dict[str, Any]) -> float:
    started = time.monotonic()
    model.fit(**given, verbose=0)
    seconds = time.monotonic() - started
    model.set_weights(model.get_weights())  # Keras leaves the averages in two places, which JAX cannot fit
    return seconds


def _photos() -> tuple[list[list[NDArray[np.uint8]]], NDArray[np.int64]]:
    from naevia.synthetic import draw_lesion
    from naevia.taxonomy import CODES

    width, height = PHOTO_PX
    labels = np.arange(DRAWN) % len(CODES)
    drawn = [
        [draw_lesion(CODES[label], seed=seed, width_px=width, height_px=height)]
        for seed, label in enumerate(labels)
    ]
    return drawn, labels


if __name__ == "__main__":
    main()
