"""The mission's notebook beside the honest figure: the same small network, with the leak and without.

    python benchmarks/seed_leak.py isic9 OUTPUT --labels ISIC_2019_Training_GroundTruth.csv ...

With the leak, as dozens of public notebooks do it: the folders of Train as they stand, turned copies added to
each until all are about equally large, then a split at random, so that most validation images have a copy of
themselves in training. Without: audited labels, a split by lesion, nothing copied before it. Both answer the
same audited Test folder. Finished sides are kept in OUTPUT and not trained again.
"""

from __future__ import annotations

import argparse
import json
import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from naevia_train.audit import AuditedData
    from naevia_train.dataset import PreparedImages, TrainingImages
    from naevia_train.recipes import Recipe

VALIDATION_SHARE, MOST_DEGREES = 0.2, 10.0
SIDES = {"leak": "with the leak", "honest": "without it"}


def main() -> None:
    """Train what is not finished, then print the table."""
    arguments = _arguments()
    if not all((arguments.output / side / "figures.json").exists() for side in SIDES):
        from naevia_train.quiet import load_keras

        load_keras()
        _train_sides(arguments)
    print(_table(arguments.output))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("folder", type=Path, help="a folder with Train/ and Test/, class folders below each")
    parser.add_argument("output", type=Path)
    parser.add_argument("--labels", type=Path, action="append", default=[], help="official labels; repeat")
    parser.add_argument("--epochs", type=int, default=37, help="the notebook's 37 unless given")
    parser.add_argument("--draws", type=int, help="images per epoch instead of all")
    parser.add_argument("--copies", type=int, default=500, help="turned copies added to each diagnosis")
    parser.add_argument("--size", type=int, default=180)
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args()


def _train_sides(arguments: argparse.Namespace) -> None:
    from naevia_train.audit import audit
    from naevia_train.dataset import prepared_images, training_images
    from naevia_train.recipes import find_recipe

    recipe = find_recipe("seed").with_size(arguments.size).with_epochs(arguments.epochs)
    recipe = replace(recipe, draws=arguments.draws, patience=arguments.epochs)
    limit_px, workers = 2 * arguments.size, os.cpu_count() or 1
    data = audit(
        [arguments.folder], arguments.labels, seed=arguments.seed, limit_px=limit_px, workers=workers
    )
    spec = _spec(recipe)
    test = prepared_images(data, "test", spec)
    honest = training_images(data), prepared_images(data, "validation", spec)
    _train(arguments, "honest", recipe, *honest, test)
    # The copies have made the diagnoses about equally frequent; nothing more is rebalanced.
    as_they_are = replace(recipe, rebalance="sqrt", sqrt_power=1.0)
    _train(arguments, "leak", as_they_are, *_leaky(arguments, data, recipe), test)


def _spec(recipe: Recipe) -> Any:
    from naevia.contract import InputSpec

    return InputSpec(size_px=recipe.size_px, resize=recipe.resize)


def _leaky(
    arguments: argparse.Namespace, data: AuditedData, recipe: Recipe
) -> tuple[TrainingImages, PreparedImages]:
    """Train as its folders stand, with copies, split at random."""
    from naevia.preprocess import prepare
    from naevia.taxonomy import CODES
    from naevia_train.collect import data_root
    from naevia_train.dataset import PreparedImages, TrainingImages
    from naevia_train.decoding import decode_rows

    rows = [
        replace(row, split="train")
        for row in data.rows
        if _declared_train(row.path) and row.folder_label and row.width_px
    ]
    photos = decode_rows(rows, [data_root([arguments.folder])], limit_px=2 * arguments.size)
    rng = np.random.default_rng(arguments.seed)
    pictures = [prepare(photos[row.path], _spec(recipe)) for row in rows]
    labels = [CODES.index(row.folder_label) for row in rows]
    for label in sorted(Counter(labels)):
        own = [picture for picture, known in zip(pictures, labels, strict=True) if known == label]
        made = [_turned(own[rng.integers(len(own))], rng) for _ in range(arguments.copies)]
        pictures, labels = [*pictures, *made], [*labels, *[label] * len(made)]
    order = rng.permutation(len(pictures))
    known = np.array(labels, np.int64)
    held, kept = np.split(order, [round(VALIDATION_SHARE * len(order))])
    train = TrainingImages([[pictures[i]] for i in kept], known[kept], ["folder"] * len(kept))
    return train, PreparedImages([], np.stack([pictures[i] for i in held]), known[held])


def _declared_train(path: str) -> bool:
    return any(part.lower() in ("train", "training") for part in Path(path).parts)


def _turned(picture: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    """A copy turned by up to ten degrees, as the notebook's augmentation library writes it."""
    size = len(picture)
    matrix = cv2.getRotationMatrix2D((size / 2, size / 2), rng.uniform(-MOST_DEGREES, MOST_DEGREES), 1.2)
    return np.asarray(cv2.warpAffine(picture, matrix, (size, size)), np.uint8)


def _train(
    arguments: argparse.Namespace,
    side: str,
    recipe: Recipe,
    train: TrainingImages,
    validation: PreparedImages,
    test: PreparedImages,
) -> None:
    import keras

    from naevia_train.fit import MODEL, fit

    run = arguments.output / side
    if (run / "figures.json").exists():
        return
    run.mkdir(parents=True, exist_ok=True)
    probe = _probe(train, recipe)
    fit(
        train, probe, validation, recipe, run,
        seed=arguments.seed, progress=0, say=lambda line: print(f"{side}: {line}", flush=True),
    )  # fmt: skip
    model = keras.saving.load_model(run / MODEL)
    figures: dict[str, float] = {"training images": len(train.labels)}
    for name, images in (("training", probe), ("own validation", validation), ("audited Test", test)):
        figures |= {f"{name}: {figure}": value for figure, value in _figures(model, images).items()}
    (run / "figures.json").write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")


def _probe(train: TrainingImages, recipe: Recipe) -> PreparedImages:
    """Some training images as they are, to be measured like the others."""
    from naevia.preprocess import prepare
    from naevia_train.dataset import PreparedImages
    from naevia_train.fit import PROBE_IMAGES

    chosen = np.random.default_rng(0).permutation(len(train.labels))[:PROBE_IMAGES]
    pixels = np.stack([prepare(train.renditions[index][0], _spec(recipe)) for index in chosen])
    return PreparedImages([], pixels, train.labels[chosen])


def _figures(model: Any, images: PreparedImages) -> dict[str, float]:
    from naevia_train import measure
    from naevia_train.fit import predict_logits
    from naevia_train.probabilities import softmax

    answers = softmax(predict_logits(model, images.pixels))
    return {
        "images": len(images.labels),
        "accuracy": measure.accuracy(answers, images.labels),
        "macro AUC": measure.macro_auc(answers, images.labels),
        "melanoma AUC": measure.melanoma_auc(answers, images.labels),
    }


def _table(output: Path) -> str:
    found = [json.loads((output / side / "figures.json").read_text(encoding="utf-8")) for side in SIDES]
    lines = [f"| figure | {' | '.join(SIDES.values())} |", "|---|---|---|"]
    return "\n".join(
        [*lines, *(f"| {name} | {_cells([side[name] for side in found])} |" for name in found[0])]
    )


def _cells(values: Sequence[float]) -> str:
    return " | ".join(str(value) if isinstance(value, int) else f"{value:.3f}" for value in values)


if __name__ == "__main__":
    main()
