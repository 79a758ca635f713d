"""Networks by name: scaled as they learnt to see, exact heat maps, first weights from where they belong."""

from __future__ import annotations

import importlib
import json
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from drawn_folders import train_arguments
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.datasets import load_sample_image

from naevia.contract import InputSpec
from naevia.errors import ModelError, UsageError
from naevia.preprocess import prepare
from naevia.synthetic import draw_lesion
from naevia_train.networks.applications import SCALINGS, application_names, family_of, scaled
from naevia_train.networks.backbones import build, check_backbone, load_weights
from naevia_train.networks.lite import IMAGENET_CLASSES, build_lite, load_imagenet
from naevia_train.networks.network import EMBEDDING, FEATURES, LOGITS, photo_input

Program = Callable[..., tuple[int, str, str]]
DAISY, HONEYCOMB, PALACE = 985, 599, 698
SMALLEST = {
    "convnext": "ConvNeXtTiny",
    "densenet": "DenseNet121",
    "efficientnet": "EfficientNetB0",
    "efficientnet_v2": "EfficientNetV2B0",
    "inception_resnet_v2": "InceptionResNetV2",
    "inception_v3": "InceptionV3",
    "mobilenet": "MobileNet",
    "mobilenet_v2": "MobileNetV2",
    "mobilenet_v3": "MobileNetV3Small",
    "nasnet": "NASNetMobile",
    "resnet": "ResNet50",
    "resnet_v2": "ResNet50V2",
    "vgg16": "VGG16",
    "vgg19": "VGG19",
    "xception": "Xception",
}


def pixels(size_px: int, count: int = 2) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (count, size_px, size_px, 3)).astype(np.float32)


def check_heat_map(model: object, size_px: int) -> None:
    import keras

    kernel, bias = model.get_layer(LOGITS).get_weights()  # type: ignore[attr-defined]
    outputs = [model.get_layer(name).output for name in (FEATURES, EMBEDDING, LOGITS)]  # type: ignore[attr-defined]
    features, embedding, logits = keras.Model(model.inputs, outputs).predict(pixels(size_px), verbose=0)  # type: ignore[attr-defined]
    tolerance = 1e-4 * max(1.0, float(np.abs(logits).max()))
    np.testing.assert_allclose(features.mean(axis=(1, 2)), embedding, rtol=1e-4, atol=tolerance)
    np.testing.assert_allclose(
        (features @ kernel).mean(axis=(1, 2)) + bias, logits, rtol=1e-3, atol=tolerance
    )


def test_every_application_has_a_family() -> None:
    assert {family_of(name) for name in application_names()} == set(SCALINGS) == set(SMALLEST)
    assert len(application_names()) >= 38


@pytest.mark.parametrize("family", sorted(SCALINGS))
def test_pixels_are_scaled_as_the_network_learnt_to_see_them(family: str) -> None:
    expected = importlib.import_module(f"keras.applications.{family}").preprocess_input(pixels(8))
    np.testing.assert_allclose(scaled(pixels(8), SCALINGS[family]), expected, atol=1e-3)


def test_efficientnet_sees_standardised_pixels_whatever_its_weights() -> None:
    import keras

    model = build("EfficientNetB0", 64, dropout=0.2)
    (body,) = (layer for layer in model.layers if isinstance(layer, keras.Model))
    (norm,) = (layer for layer in body.layers if isinstance(layer, keras.layers.Normalization))
    seen = keras.Model(body.inputs, norm.output).predict(pixels(64), verbose=0)
    mean, deviation = np.array([0.485, 0.456, 0.406]), np.array([0.229, 0.224, 0.225])
    np.testing.assert_allclose(seen, (pixels(64) / 255 - mean) / deviation, atol=1e-4)


@given(gains=st.tuples(*[st.floats(0.5, 1.0)] * 3))
@settings(max_examples=20, deadline=None)
def test_colour_constancy_takes_the_colour_of_the_light_out(gains: tuple[float, float, float]) -> None:
    import keras

    unlit = keras.Model(*photo_input(32, colour_constancy=True))
    photos = pixels(32)
    lit = photos * np.array(gains, np.float32)
    factor = unlit.predict(lit, verbose=0) / np.maximum(unlit.predict(photos, verbose=0), 1e-6)
    for photo in range(len(photos)):
        known = photos[photo] > 0
        np.testing.assert_allclose(factor[photo][known], np.median(factor[photo][known]), rtol=1e-4)
    assert (unlit.predict(np.zeros_like(photos), verbose=0) == 0).all()


@pytest.mark.parametrize("name", ["seed", "lite0", "MobileNetV2"])
def test_a_network_with_colour_constancy_answers_alike_under_coloured_light(name: str) -> None:
    import keras

    photos = pixels(64)
    warm = photos * np.array([1.0, 0.9, 0.8], np.float32)
    changes = []
    for constancy in (False, True):
        keras.utils.set_random_seed(0)
        model = build(name, 64, dropout=0.2, colour_constancy=constancy)
        changes.append(np.abs(model.predict(warm, verbose=0) - model.predict(photos, verbose=0)).max())
    assert changes[1] < changes[0]


@pytest.mark.parametrize("name", ["seed", "lite0", "MobileNetV2"])
def test_the_heat_map_is_exact(name: str) -> None:
    check_heat_map(build(name, 64, dropout=0.2), 64)


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("family", sorted(SMALLEST))
def test_every_family_is_kept_whole_in_a_file(family: str, tmp_path: Path) -> None:
    import keras

    size_px = 96
    model = build(SMALLEST[family], size_px, dropout=0.2)
    check_heat_map(model, size_px)
    model.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras")
    before, after = (found.predict(pixels(size_px), verbose=0) for found in (model, again))
    np.testing.assert_allclose(after, before, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize(("name", "flower"), [("lite0", DAISY), ("lite1", DAISY), ("lite2", HONEYCOMB)])
def test_with_its_original_head_the_network_knows_what_a_photo_shows(name: str, flower: int) -> None:
    model = build_lite(name, 224, classes=IMAGENET_CLASSES)
    load_imagenet(model)
    spec = InputSpec(size_px=224, resize="center_square")
    photos = np.stack([prepare(load_sample_image(file), spec) for file in ("flower.jpg", "china.jpg")])
    answers = model.predict(photos, verbose=0).argmax(axis=1)
    assert answers.tolist() == [flower, PALACE]  # a wrong scaling, padding or width shows here at once


@pytest.mark.parametrize(
    ("name", "weights", "part"),
    [
        ("resnet50", "none", "did you mean ResNet50"),
        ("MobilNetV2", "none", "MobileNetV2"),
        ("lite3", "none", "lite2"),
        ("qqqqq", "none", "choose one of seed, lite0"),
        ("ResNet50", "imagenet", "nothing is downloaded; give --weights FILE or --weights none"),
        ("seed", "imagenet", "never pretrained"),
        ("lite0", "gone.keras", "gone.keras is no file"),
    ],
)
def test_a_wrong_backbone_is_named_with_the_way_out(name: str, weights: str, part: str) -> None:
    with pytest.raises(UsageError, match=part):
        check_backbone(name, weights)


def test_weights_come_from_a_file_that_keras_saved(tmp_path: Path) -> None:
    import keras

    body = keras.applications.MobileNetV2(include_top=False, weights=None, input_shape=(64, 64, 3))
    body.save_weights(tmp_path / "body.weights.h5")
    model = build("MobileNetV2", 64, dropout=0.2)
    load_weights(model, "MobileNetV2", str(tmp_path / "body.weights.h5"))
    (filled,) = (layer for layer in model.layers if isinstance(layer, keras.Model))
    for ours, theirs in zip(filled.get_weights(), body.get_weights(), strict=True):
        np.testing.assert_array_equal(ours, theirs)
    (tmp_path / "text.h5").write_text("no weights")
    with pytest.raises(ModelError, match="expected the weights of MobileNetV2 without its top"):
        load_weights(model, "MobileNetV2", str(tmp_path / "text.h5"))


def test_weights_come_from_an_earlier_run_of_the_same_network(tmp_path: Path) -> None:
    earlier = build("seed", 48, dropout=0.2)
    earlier.save(tmp_path / "model.keras")
    model = build("seed", 64, dropout=0.2)
    load_weights(model, "seed", str(tmp_path / "model.keras"))
    for ours, theirs in zip(model.get_weights(), earlier.get_weights(), strict=True):
        np.testing.assert_array_equal(ours, theirs)
    with pytest.raises(ModelError, match="of the network lite0"):
        load_weights(build("lite0", 64, dropout=0.2), "lite0", str(tmp_path / "model.keras"))


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_an_application_goes_the_whole_path(drawn: Path, tmp_path: Path, naevia: Program) -> None:
    run, model, photo = tmp_path / "run", tmp_path / "model", tmp_path / "lesion.png"
    arguments = ["--epochs", 1, "--backbone", "MobileNetV2", "--weights", "none"]
    code, _, err = naevia(*train_arguments(drawn, run, *arguments))
    assert (code, err) == (0, "")
    config = json.loads((run / "config.json").read_text())
    assert (config["recipe"]["network"], config["model_id"]) == ("MobileNetV2", "run")
    code, _, err = naevia("export-onnx", run / "model.keras", "--images", drawn, "--output", model)
    assert (code, err) == (0, "")
    cv2.imwrite(str(photo), draw_lesion("mel", seed=5)[..., ::-1])
    code, out, err = naevia("predict", photo, "--model", model, "--json")
    assert code == 0, err
    assert "mel" in out
