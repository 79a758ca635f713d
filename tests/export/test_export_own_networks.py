"""Keras networks that were not made by `naevia train`, as an engineer brings them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import keras
import numpy as np
import pytest
from keras import layers
from tiny_networks import prepared

from naevia.cli import run
from naevia.session import Session


def head() -> list[layers.Layer]:
    return [
        layers.Conv2D(8, 3, strides=2, activation="relu", name="features"),
        layers.GlobalAveragePooling2D(name="embedding"),
        layers.Dropout(0.5),
        layers.Dense(9, name="logits"),
    ]


def sequential(*first: layers.Layer) -> keras.Model:
    return keras.Sequential([keras.Input((64, 64, 3)), *first, *head()])


def functional(*first: layers.Layer, last: Sequence[layers.Layer] = ()) -> keras.Model:
    pixels = values = keras.Input((64, 64, 3))
    for layer in (*first, *(last or head())):
        values = layer(values)
    return keras.Model(pixels, values)


def unit() -> layers.Layer:
    return layers.Rescaling(1 / 255)


def backbone() -> keras.Model:
    return keras.Sequential([keras.Input((64, 64, 3)), unit(), layers.Conv2D(8, 3, strides=2)])


def nested_features(*, is_sequential: bool) -> list[layers.Layer]:
    """The head with `features` as a whole model."""
    inside = keras.Sequential([keras.Input((64, 64, 3)), layers.Conv2D(8, 3, strides=2)], name="features")
    if not is_sequential:
        inside = keras.Model(inside.inputs[0], inside.outputs[0], name="features")
    return [inside, *head()[1:]]


def measured() -> layers.Layer:
    layer = layers.Normalization()
    layer.adapt(np.random.default_rng(0).uniform(0, 255, (4, 64, 64, 3)))
    return layer


NETWORKS: dict[str, Callable[[], keras.Model]] = {
    "sequential": lambda: sequential(unit()),
    "sequential with a nested backbone": lambda: sequential(backbone()),
    "functional with a nested backbone": lambda: functional(backbone()),
    "features as a nested sequential model": lambda: functional(
        unit(), last=nested_features(is_sequential=True)
    ),
    "features as a nested functional model": lambda: functional(
        unit(), last=nested_features(is_sequential=False)
    ),
    "features as a nested model in a sequential one": lambda: keras.Sequential(
        [keras.Input((64, 64, 3)), unit(), *nested_features(is_sequential=False)]
    ),
    "the padding of a convolution as a layer": lambda: functional(
        unit(), layers.ZeroPadding2D(3), layers.Conv2D(8, 7, strides=2)
    ),
    "another size": lambda: functional(layers.Resizing(48, 48, crop_to_aspect_ratio=True), unit()),
    "blue before red": lambda: functional(lambda pixels: pixels[..., ::-1], unit()),
    "normalization by given numbers": lambda: functional(
        layers.Normalization(mean=[120.0, 110.0, 100.0], variance=[4000.0, 4100.0, 4200.0])
    ),
    "normalization by measured numbers": lambda: sequential(measured()),
    "gelu": lambda: functional(unit(), layers.Conv2D(8, 3, strides=2, activation="gelu")),
    "a grouped convolution": lambda: functional(
        unit(), layers.Conv2D(8, 3, strides=2), layers.Conv2D(8, 3, groups=4)
    ),
}


def export(network: keras.Model, tmp_path: Path, photos: Path) -> int:
    network.save(tmp_path / "own.keras")
    arguments = [tmp_path / "own.keras", "--output", tmp_path / "model", "--images", photos]
    return run(["export-onnx", *map(str, arguments)])


@pytest.mark.parametrize("build", NETWORKS.values(), ids=NETWORKS)
def test_an_own_network_answers_like_keras(
    build: Callable[[], keras.Model], photos: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    network = build()
    assert export(network, tmp_path, photos) == 0
    printed = capsys.readouterr().out
    assert "RGB from 0 to 255" in printed and "none: the probabilities are not calibrated" in printed
    assert "caution: A bare Keras file" in printed and "The network receives pixels" not in printed
    pixels = prepared(photos)
    expected = keras.ops.softmax(network(pixels.astype(np.float32), training=False))
    found = Session.open(tmp_path / "model", provider="cpu").run(pixels)[0]
    np.testing.assert_allclose(found, np.asarray(expected), atol=1e-5)


def test_the_network_of_the_document(photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = (Path(__file__).parents[2] / "docs" / "own-network.md").read_text(encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    exec(text.split("```python\n")[1].split("```")[0], {})  # noqa: S102  the text that a reader copies
    arguments = ["export-onnx", "own.keras", "--images", str(photos), "--output", "model"]
    assert run(arguments) == 0


def test_a_network_without_its_scaling_is_pointed_out(
    photos: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert export(sequential(), tmp_path, photos) == 0
    card = (tmp_path / "model" / "CARD.md").read_text(encoding="utf-8")
    for text in (capsys.readouterr().out, card):
        words = " ".join(text.split())
        assert "receives pixels from 0 to 255, and none of its layers scales them" in words
        assert "no temperature, no threshold and no refusal" in words


def answering(kernel: float, bias: float) -> keras.Model:
    """A network with given weights of `logits`: the fourth diagnosis gets the bias."""
    network = functional(unit())
    logits = network.get_layer("logits")
    weights = np.random.default_rng(0).normal(size=(8, 9)) * kernel
    logits.set_weights([weights, np.eye(9)[3] * bias])
    return network


@pytest.mark.parametrize(
    ("network", "words"),
    [((0.0, 0.5), "The top diagnosis of all 18 photos is melanoma"), ((1e4, 0.0), "for the median photo")],
    ids=["always the same", "always sure"],
)
def test_answers_that_can_only_be_wrong_are_pointed_out(
    network: tuple[float, float],
    words: str,
    photos: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert export(answering(*network), tmp_path, photos) == 0
    card = (tmp_path / "model" / "CARD.md").read_text(encoding="utf-8")
    for text in (capsys.readouterr().out, card):
        assert words in " ".join(text.split())


def test_mixed_precision_is_refused_with_a_way_out_that_works(
    photos: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    keras.config.set_dtype_policy("mixed_float16")
    try:
        trained = functional(backbone())
    finally:
        keras.config.set_dtype_policy("float32")
    assert export(trained, tmp_path, photos) == 3
    (line,) = capsys.readouterr().err.splitlines()
    assert "in float16" in line and "network.set_weights(trained.get_weights())" in line
    network = functional(backbone())
    network.set_weights(trained.get_weights())
    assert export(network, tmp_path, photos) == 0
