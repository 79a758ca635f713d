"""Whether the input pipeline of `naevia train` keeps up: images per second against `fit` on arrays in memory.

    python benchmarks/train.py --recipe lite0 --images 512 --pairs 5

Both train the same network with the same batches' shape, one epoch each in turn, so that whatever else the
machine does meets both. The ratio is the median over the pairs; 1 means that drawing, augmenting and queueing
cost nothing. Photos are drawn lesions, decoded in memory as a run holds them.
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
    pairs = _measure(arguments)
    print(f"recipe {arguments.recipe}, network {arguments.backbone or 'as it is'}, {arguments.images} images")
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} (last minute), {arguments.workers} threads")
    print("| pair | pipeline, images/s | arrays in memory, images/s | ratio |\n|---|---|---|---|")
    for number, (pipeline, arrays) in enumerate(pairs, start=1):
        print(f"| {number} | {pipeline:.1f} | {arrays:.1f} | {pipeline / arrays:.3f} |")
    print(f"median ratio: {statistics.median(pipeline / arrays for pipeline, arrays in pairs):.3f}")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--recipe", default="lite0")
    parser.add_argument("--backbone", help="network instead of the recipe's")
    parser.add_argument("--size", type=int, help="view size in pixels instead of the recipe's")
    parser.add_argument("--images", type=int, default=512, help="images per epoch")
    parser.add_argument("--pairs", type=int, default=5)
    parser.add_argument("--unfused", action="store_true", help="leave batch normalisation to Keras")
    parser.add_argument("--workers", type=int, default=min(os.cpu_count() or 1, 8))
    return parser.parse_args()


def _measure(arguments: argparse.Namespace) -> list[tuple[float, float]]:
    from dataclasses import replace

    from naevia_train.fitting.fit import build
    from naevia_train.fitting.fused_norm import fuse_norms
    from naevia_train.fitting.optimise import compile_stage
    from naevia_train.preparing.draws import Draws
    from naevia_train.recipes import find_recipe

    recipe = replace(find_recipe(arguments.recipe), draws=arguments.images)
    recipe = replace(recipe, network=arguments.backbone or recipe.network)
    recipe = recipe.with_size(arguments.size) if arguments.size else recipe
    recipe = replace(recipe, stages=recipe.stages[-1:])
    photos, labels = _photos()
    stage = recipe.stages[0]
    model = build(recipe, stage.size_px)
    compile_stage(model, recipe, stage, -(-arguments.images // recipe.batch_size))
    if not arguments.unfused:
        fuse_norms(model)

    def draws() -> Draws:
        sources = ["drawn"] * len(photos)
        return Draws(photos, labels, sources, recipe, seed=1, epoch=0, workers=arguments.workers)

    batches = [draws()[index] for index in range(len(draws()))]
    arrays = [np.concatenate(parts) for parts in zip(*batches, strict=True)]
    for given in ({"x": draws()}, _in_memory(arrays, recipe.batch_size)):  # trace and warm up both
        model.fit(**given, verbose=0)
    return [
        (
            arguments.images / _seconds(model, {"x": draws()}),
            arguments.images / _seconds(model, _in_memory(arrays, recipe.batch_size)),
        )
        for _ in range(arguments.pairs)
    ]


def _in_memory(arrays: list[NDArray[Any]], batch_size: int) -> dict[str, Any]:
    names = ("x", "y", "sample_weight")
    return {**dict(zip(names, arrays, strict=False)), "batch_size": batch_size}


def _seconds(model: Any, given: dict[str, Any]) -> float:
    started = time.monotonic()
    model.fit(**given, verbose=0)
    return time.monotonic() - started


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
