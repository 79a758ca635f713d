"""Small Keras networks and hand-made run folders for the export to work on."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
from keras import layers
from numpy.typing import NDArray
from tiny_model import SIZE_PX, tiny_contract

from naevia.contract import CARD_FILE, CONTRACT_FILE, Contract
from naevia.image import read_photo
from naevia.preprocess import prepare

FEATURES = 12
TEMPERATURE = 1.7


def build_network(
    *,
    middle: Callable[[Any], Any] = lambda x: x,
    softmax: bool = False,
    names: tuple[str, str, str] = ("features", "embedding", "logits"),
    classes: int = 9,
    logit_scale: float = 1.0,
) -> keras.Model:
    """A network with the agreed head, batch normalisation before and after depthwise, and seeded weights."""
    pixels = layers.Input((SIZE_PX, SIZE_PX, 3))
    x = layers.Rescaling(1 / 255)(pixels)
    x = layers.Conv2D(8, 3, strides=2, padding="same", use_bias=False)(x)
    x = layers.ReLU(6.0)(layers.BatchNormalization()(x))
    x = layers.DepthwiseConv2D(3, strides=2, padding="same", use_bias=False)(x)
    x = middle(layers.ReLU(6.0)(layers.BatchNormalization()(x)))
    x = layers.Conv2D(FEATURES, 3, strides=2, padding="same", activation="relu", name=names[0])(x)
    x = layers.Dropout(0.3)(layers.GlobalAveragePooling2D(name=names[1])(x))
    last = layers.Dense(classes, activation="softmax" if softmax else None, name=names[2])
    network = keras.Model(pixels, last(x))
    _seed_weights(network)
    last.set_weights([weight * logit_scale for weight in last.get_weights()])
    return network


def save_network(path: Path, **options: Any) -> Path:
    """Build and save a network; returns its path."""
    build_network(**options).save(path)
    return path


def write_run(folder: Path, photos: Path, contract: Contract | None = None) -> Path:
    """Write what a finished training leaves for the export; returns the folder."""
    folder.mkdir()
    network = build_network()
    network.save(folder / "model.keras")
    contract = contract or run_contract()
    (folder / CONTRACT_FILE).write_text(contract.to_json(), encoding="utf-8")
    (folder / CARD_FILE).write_text("# tiny-run 1.0\n\nA card written by the run.\n", encoding="utf-8")
    (folder / "validation.csv").write_text("path,label\nisic/1.jpg,mel\n", encoding="utf-8")
    (folder / "test.csv").write_text("path,label\nisic/2.jpg,nv\n", encoding="utf-8")
    pixels = prepared(photos)
    np.savez(folder / "export_images.npz", pixels=pixels)
    embedding = keras_embedding(network, pixels)
    weights = np.random.default_rng(5).normal(size=FEATURES).astype(np.float32)
    np.savez(folder / "ood.npz", weights=weights, bias=-(embedding.mean(axis=0) @ weights))
    return folder


def run_contract(**changes: Any) -> Contract:
    """The draft contract of a run."""
    return tiny_contract("tiny-run").model_copy(update={"temperature": TEMPERATURE, **changes})


def prepared(photos: Path) -> NDArray[np.uint8]:
    """The photos of a folder as the network sees them, by name."""
    spec = run_contract().input
    return np.stack([prepare(read_photo(path).rgb_u8, spec) for path in sorted(photos.glob("*.png"))])


def keras_probabilities(
    network: keras.Model, pixels: NDArray[np.uint8], temperature: float
) -> NDArray[np.float32]:
    """What Keras itself answers, calibrated."""
    logits = network(pixels.astype(np.float32), training=False)
    return np.asarray(keras.ops.softmax(logits / temperature))


def keras_embedding(network: keras.Model, pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
    """The output of the layer `embedding`."""
    part = keras.Model(network.input, network.get_layer("embedding").output)
    return np.asarray(part(pixels.astype(np.float32), training=False))


def _seed_weights(network: keras.Model) -> None:
    rng = np.random.default_rng(1)
    for weight in network.weights:
        name = weight.path.rsplit("/", 1)[-1]
        values = rng.normal(size=weight.shape) * 0.4
        weight.assign(np.abs(values) + 0.5 if name in ("gamma", "moving_variance") else values)
