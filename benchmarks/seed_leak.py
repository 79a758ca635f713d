"""The mission's notebook beside the honest figure: the same small network, with the leak and without.

    python benchmarks/seed_leak.py isic9 OUTPUT --labels ISIC_2019_Training_GroundTruth.csv ...

With the leak, as dozens of public notebooks do it: the folders of Train as they stand, turned copies added to
each until all are about equally large, then a split at random, so that most validation images have a copy of
themselves in training. Without: audited labels, a split by lesion, and copies of training images only. The
network, its training and the number of copies are the same, and both answer the same audited Test folder.
Finished sides are kept in OUTPUT and not trained again.
"""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import keras

    from naevia_train.preparing.intake import RunData

VALIDATION_SHARE, MOST_DEGREES = 0.2, 10.0
SIDES = {"leak": "with the leak", "honest": "without it"}
FIGURES = "figures.json"


class Pictures(NamedTuple):
    """Pictures, (n, size, size, 3), uint8 RGB, and their diagnoses' positions in the taxonomy, (n,)."""

    pixels: NDArray[np.uint8]
    labels: NDArray[np.int64]


def main() -> None:
    """Train what is not finished, then print the table."""
    arguments = _arguments()
    missing = [side for side in SIDES if not (arguments.output / side / FIGURES).exists()]
    if missing:
        from naevia_train.quiet import load_keras

        load_keras()
        data = _audit(arguments)
        test = _split(data, "test", arguments.size)
        sides = {"leak": _leaky, "honest": _honest}
        for side in missing:
            _measure(arguments, side, *sides[side](arguments, data), test)
    print(_table(arguments.output))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("folder", type=Path, help="a folder with Train/ and Test/, class folders below each")
    parser.add_argument("output", type=Path)
    parser.add_argument("--labels", type=Path, action="append", default=[], help="official labels; repeat")
    parser.add_argument("--epochs", type=int, default=37, help="the notebook's 37 unless given")
    parser.add_argument("--copies", type=int, default=500, help="turned copies added to each diagnosis")
    parser.add_argument("--size", type=int, default=180, help="the notebook's 180 pixels unless given")
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args()


def _audit(arguments: argparse.Namespace) -> RunData:
    from naevia_train.preparing.intake import take_folders

    limit_px, workers = 2 * arguments.size, os.cpu_count() or 1
    return take_folders(
        [arguments.folder], arguments.labels, seed=arguments.seed, limit_px=limit_px, workers=workers
    )


def _split(data: RunData, split: str, size_px: int) -> Pictures:
    """One picture of each image of an audited split."""
    from naevia.contract import InputSpec
    from naevia_train.preparing.dataset import prepared_images

    images = prepared_images(data, split, InputSpec(size_px=size_px, resize="squash"))
    return Pictures(images.pixels, images.labels)


def _honest(arguments: argparse.Namespace, data: RunData) -> tuple[Pictures, Pictures]:
    """The audited split by lesion; training images are copied, validation images are not."""
    train, validation = (_split(data, split, arguments.size) for split in ("train", "validation"))
    return _with_copies(train, arguments), validation


def _leaky(arguments: argparse.Namespace, data: RunData) -> tuple[Pictures, Pictures]:
    """Train as its folders stand, copied first and split at random afterwards."""
    from naevia.contract import InputSpec
    from naevia.preprocess import prepare
    from naevia.taxonomy import CODES
    from naevia_train.labelling.collect import data_root
    from naevia_train.preparing.decoding import decode_rows

    rows = [
        replace(row, split="train")
        for row in data.rows
        if _declared_train(row.path) and row.folder_label and row.width_px
    ]
    photos = decode_rows(rows, [data_root([arguments.folder])], limit_px=2 * arguments.size)
    spec = InputSpec(size_px=arguments.size, resize="squash")
    labels = np.array([CODES.index(row.folder_label) for row in rows], np.int64)
    every = Pictures(np.stack([prepare(photos[row.path], spec) for row in rows]), labels)
    every = _with_copies(every, arguments)
    order = np.random.default_rng(arguments.seed).permutation(len(every.labels))
    held, kept = np.split(order, [round(VALIDATION_SHARE * len(order))])
    return _at(every, kept), _at(every, held)


def _declared_train(path: str) -> bool:
    return any(part.lower() in ("train", "training") for part in Path(path).parts)


def _at(pictures: Pictures, positions: NDArray[np.int64]) -> Pictures:
    return Pictures(pictures.pixels[positions], pictures.labels[positions])


def _with_copies(pictures: Pictures, arguments: argparse.Namespace) -> Pictures:
    """Turned copies added to each diagnosis that occurs."""
    rng = np.random.default_rng(arguments.seed)
    chosen = np.concatenate(
        [
            rng.choice(np.flatnonzero(pictures.labels == label), arguments.copies)
            for label in np.unique(pictures.labels)
        ]
    )
    made = np.stack([_turned(pictures.pixels[position], rng) for position in chosen])
    return Pictures(
        np.concatenate([pictures.pixels, made]), np.concatenate([pictures.labels, pictures.labels[chosen]])
    )


def _turned(picture: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    """A copy turned by up to ten degrees, as the notebook's augmentation library writes it."""
    size = len(picture)
    matrix = cv2.getRotationMatrix2D((size / 2, size / 2), rng.uniform(-MOST_DEGREES, MOST_DEGREES), 1.2)
    return np.asarray(cv2.warpAffine(picture, matrix, (size, size)), np.uint8)


def _measure(
    arguments: argparse.Namespace, side: str, train: Pictures, validation: Pictures, test: Pictures
) -> None:
    import keras

    folder = arguments.output / side
    folder.mkdir(parents=True, exist_ok=True)
    keras.utils.set_random_seed(arguments.seed)
    model = _notebook_network(arguments.size)
    log = keras.callbacks.CSVLogger(str(folder / "history.csv"))
    model.fit(
        train.pixels, train.labels, batch_size=32, epochs=arguments.epochs, verbose=0, callbacks=[log],
        validation_data=(validation.pixels, validation.labels),
    )  # fmt: skip
    figures: dict[str, float] = {}
    for name, pictures in (("training", train), ("own validation", validation), ("audited Test", test)):
        figures |= {f"{name}: {figure}": value for figure, value in _figures(model, pictures).items()}
    (folder / FIGURES).write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")


def _notebook_network(size_px: int) -> keras.Model:
    """Three convolutions and a dense layer on the flattened map, as such notebooks have it."""
    from keras import Sequential, layers

    from naevia.taxonomy import CODES

    blocks: list[Any] = []
    for filters in (32, 64, 128):
        blocks += [layers.Conv2D(filters, 3, padding="same", activation="relu"), layers.MaxPooling2D()]
    model = Sequential(
        [
            layers.Input((size_px, size_px, 3), dtype="uint8"),
            layers.Rescaling(1 / 255),
            *blocks,
            layers.Dropout(0.25),
            layers.Flatten(),
            layers.Dense(128, activation="relu"),
            layers.Dense(len(CODES), activation="softmax"),
        ]
    )
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"], jit_compile=False)
    return model


def _figures(model: keras.Model, pictures: Pictures) -> dict[str, float]:
    from naevia_train.measuring import metrics

    answers = model.predict(pictures.pixels, verbose=0)
    return {
        "images": len(pictures.labels),
        "accuracy": metrics.accuracy(answers, pictures.labels),
        "macro AUC": metrics.macro_auc(answers, pictures.labels),
        "melanoma AUC": metrics.melanoma_auc(answers, pictures.labels),
    }


def _table(output: Path) -> str:
    found = [json.loads((output / side / FIGURES).read_text(encoding="utf-8")) for side in SIDES]
    lines = [f"| figure | {' | '.join(SIDES.values())} |", "|---|---|---|"]
    return "\n".join(
        [*lines, *(f"| {name} | {_cells([side[name] for side in found])} |" for name in found[0])]
    )


def _cells(values: Sequence[float]) -> str:
    return " | ".join(str(value) if isinstance(value, int) else f"{value:.3f}" for value in values)


if __name__ == "__main__":
    main()
