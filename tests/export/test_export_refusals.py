"""Everything that cannot be exported is refused in one line, with the right exit code and nothing left."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from keras import layers
from tiny_networks import build_network, run_contract, save_network

from naevia.errors import ModelError, NaeviaError, UsageError
from naevia_export.contracts import Labels
from naevia_export.exporting import Options, export_model


@keras.saving.register_keras_serializable("elsewhere")
class Strange(layers.Layer):
    """A layer that only its author's program knows."""

    def call(self, values: Any) -> Any:
        return values


def refused(source: Path, tmp_path: Path, kind: type[NaeviaError], **options: Any) -> str:
    """The message of a refused export, which left nothing behind."""
    output = tmp_path / "model"
    with pytest.raises(kind) as error:
        export_model(source, output, **options)
    assert type(error.value) is kind
    assert not output.exists() and not list(tmp_path.glob(".*"))
    message = str(error.value)
    assert "\n" not in message
    return message


@pytest.mark.parametrize(
    ("name", "content"), [("absent.keras", None), ("text.keras", b"no zip"), ("old.h5", b"\x89HDF")]
)
def test_what_is_no_keras_file(name: str, content: bytes | None, photos: Path, tmp_path: Path) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    message = refused(tmp_path / name, tmp_path, UsageError, images=photos)
    assert name in message and "expected a run folder of `naevia train`" in message


def test_a_damaged_keras_file(keras_file: Path, photos: Path, tmp_path: Path) -> None:
    data = bytearray(keras_file.read_bytes())
    data[200:2000] = bytes(1800)
    (tmp_path / "damaged.keras").write_bytes(data)
    assert "Keras cannot open it" in refused(tmp_path / "damaged.keras", tmp_path, ModelError, images=photos)


def test_a_bare_file_without_photos(keras_file: Path, tmp_path: Path) -> None:
    assert "--images FOLDER" in refused(keras_file, tmp_path, UsageError)


def test_a_folder_without_photos(keras_file: Path, tmp_path: Path) -> None:
    folder = tmp_path / "notes"
    folder.mkdir()
    (folder / "a.txt").write_text("no photo")
    assert "0 readable photos among 1 files" in refused(keras_file, tmp_path, UsageError, images=folder)
    assert "is not a folder" in refused(keras_file, tmp_path, UsageError, images=folder / "a.txt")


@pytest.mark.parametrize(
    ("network", "words"),
    [
        ({"names": ("last", "pooled", "logits")}, "missing features, embedding"),
        ({"classes": 7}, "expected one output of 9 numbers"),
        ({"middle": layers.UpSampling2D(2, interpolation="lanczos5")}, "cannot be converted to ONNX"),
    ],
)
def test_networks_of_another_form(network: dict[str, Any], words: str, photos: Path, tmp_path: Path) -> None:
    source = save_network(tmp_path / "other.keras", **network)
    assert words in refused(source, tmp_path, ModelError, images=photos)


def _maximum_instead_of_mean(pixels: Any) -> Any:
    features = layers.Conv2D(4, 8, strides=8, name="features")(pixels)
    return layers.Dense(9, name="logits")(layers.GlobalMaxPooling2D(name="embedding")(features))


def _hidden_layer(pixels: Any) -> Any:
    features = layers.Conv2D(9, 8, strides=8, name="features")(pixels)
    embedding = layers.GlobalAveragePooling2D(name="embedding")(features)
    return layers.Dense(9, name="logits")(layers.Dense(9, activation="tanh")(embedding))


def _sigmoid(pixels: Any) -> Any:
    features = layers.Conv2D(4, 8, strides=8, name="features")(pixels)
    embedding = layers.GlobalAveragePooling2D(name="embedding")(features)
    return layers.Dense(9, activation="sigmoid", name="logits")(embedding)


def _flattened(pixels: Any) -> Any:
    features = layers.Conv2D(4, 8, strides=8, name="features")(pixels)
    return layers.Dense(9, name="logits")(layers.Flatten(name="embedding")(features))


@pytest.mark.parametrize(
    ("head", "words"),
    [
        (_maximum_instead_of_mean, "`embedding` is not the mean of `features`"),
        (_hidden_layer, "the output is not `embedding` times the kernel of `logits`"),
        (_flattened, "put GlobalAveragePooling2D between them"),
        (_sigmoid, "received `logits` with sigmoid"),
    ],
)
def test_heads_whose_maps_would_lie(
    head: Callable[[Any], Any], words: str, photos: Path, tmp_path: Path
) -> None:
    pixels = layers.Input((64, 64, 3))
    keras.Model(pixels, head(pixels)).save(tmp_path / "head.keras")
    message = refused(tmp_path / "head.keras", tmp_path, ModelError, images=photos)
    assert words in message and "and then" not in message


def _pooled_inside(pixels: Any) -> Any:
    own, maps = keras.Input((64, 64, 3)), keras.Input((8, 8, 4))
    features = keras.Model(own, layers.Conv2D(4, 8, strides=8)(own), name="features")
    embedding = keras.Model(maps, layers.GlobalAveragePooling2D()(maps), name="embedding")
    return layers.Dense(9, name="logits")(embedding(features(pixels)))


def test_a_mean_inside_of_a_nested_model(photos: Path, tmp_path: Path) -> None:
    pixels = layers.Input((64, 64, 3))
    keras.Model(pixels, _pooled_inside(pixels)).save(tmp_path / "pooled.keras")
    message = refused(tmp_path / "pooled.keras", tmp_path, ModelError, images=photos)
    assert "put GlobalAveragePooling2D `embedding` behind `features`" in message


@pytest.mark.parametrize(
    "first",
    [
        layers.Cropping2D(8),
        layers.CenterCrop(48, 48),
        layers.Resizing(32, 64, crop_to_aspect_ratio=True),
        layers.Resizing(32, 64, pad_to_aspect_ratio=True),
        layers.ZeroPadding2D(8),
        lambda pixels: pixels[:, 8:-8, 8:-8],
        lambda pixels: keras.ops.image.crop_images(pixels, 8, 8, target_height=48, target_width=48),
        keras.Sequential([layers.CenterCrop(48, 48), layers.Rescaling(1 / 255)]),
    ],
    ids=["cropping", "centre", "cut", "letterbox", "padding", "slice", "crop operation", "nested"],
)
def test_a_network_whose_heat_map_would_lie_beside_the_photo(
    first: Callable[[Any], Any], photos: Path, tmp_path: Path
) -> None:
    pixels = layers.Input((64, 64, 3))
    x = layers.Conv2D(4, 3, padding="same", name="features")(first(pixels))
    x = layers.GlobalAveragePooling2D(name="embedding")(x)
    keras.Model(pixels, layers.Dense(9, name="logits")(x)).save(tmp_path / "cut.keras")
    message = refused(tmp_path / "cut.keras", tmp_path, ModelError, images=photos)
    assert "the whole square" in message and "--resize center_square" in message


def test_two_outputs(photos: Path, tmp_path: Path) -> None:
    network = build_network()
    both = keras.Model(network.input, [network.output, network.get_layer("embedding").output])
    both.save(tmp_path / "two.keras")
    message = refused(tmp_path / "two.keras", tmp_path, ModelError, images=photos)
    assert "expected one output" in message and "keras.Model(network.inputs, nine)" in message


@pytest.mark.parametrize("shape", [(None, None, 3), (64, 96, 3), (3, 64, 64), (64, 64, 1)])
def test_another_input(shape: tuple[int | None, ...], photos: Path, tmp_path: Path) -> None:
    pixels = layers.Input(shape)
    keras.Model(pixels, layers.Flatten(name="logits")(pixels)).save(tmp_path / "open.keras")
    message = refused(tmp_path / "open.keras", tmp_path, ModelError, images=photos)
    assert "keras.Input((size, size, 3))" in message


def test_a_fixed_batch(photos: Path, tmp_path: Path) -> None:
    pixels = layers.Input((64, 64, 3), batch_size=4)
    keras.Model(pixels, layers.Flatten(name="logits")(pixels)).save(tmp_path / "four.keras")
    message = refused(tmp_path / "four.keras", tmp_path, ModelError, images=photos)
    assert "a batch fixed to 4" in message and "without batch_size" in message


def test_layers_inside_a_nested_model(photos: Path, tmp_path: Path) -> None:
    pixels = layers.Input((64, 64, 3))
    keras.Model(pixels, layers.Softmax()(build_network()(pixels))).save(tmp_path / "nested.keras")
    message = refused(tmp_path / "nested.keras", tmp_path, ModelError, images=photos)
    assert "outside of any nested model" in message


def test_a_quantized_network(photos: Path, tmp_path: Path) -> None:
    network = build_network()
    network.get_layer("logits").quantize("int8")
    network.save(tmp_path / "int8.keras")
    message = refused(tmp_path / "int8.keras", tmp_path, ModelError, images=photos)
    assert "as it was before quantize()" in message


def test_custom_code(photos: Path, tmp_path: Path) -> None:
    source = save_network(tmp_path / "custom.keras", middle=Strange())
    registered = dict(keras.saving.get_custom_objects())
    keras.saving.get_custom_objects().clear()
    try:
        message = refused(source, tmp_path, ModelError, images=photos)
    finally:
        keras.saving.get_custom_objects().update(registered)
    assert "uses Strange; only stock Keras layers" in message


def test_a_lambda_layer(photos: Path, tmp_path: Path) -> None:
    source = save_network(tmp_path / "lambda.keras", middle=layers.Lambda(lambda values: values * 2))
    assert "uses Lambda; only stock" in refused(source, tmp_path, ModelError, images=photos)


def test_weights_that_are_not_finite(photos: Path, tmp_path: Path) -> None:
    network = build_network()
    kernel, bias = network.get_layer("logits").get_weights()
    network.get_layer("logits").set_weights([np.full_like(kernel, np.nan), bias])
    network.save(tmp_path / "nan.keras")
    assert "not finite" in refused(tmp_path / "nan.keras", tmp_path, ModelError, images=photos)


@pytest.fixture
def broken_run(run_folder: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(run_folder, tmp_path / "run"))


@pytest.mark.parametrize(
    ("missing", "kind", "words"),
    [
        ("model.keras", UsageError, "is not a run folder"),
        ("model.json", ModelError, "training did not finish"),
        ("CARD.md", ModelError, "has no CARD.md"),
        ("ood.npz", ModelError, "ood.npz cannot be read"),
        ("export_images.npz", UsageError, "--images FOLDER"),
    ],
)
def test_an_incomplete_run(
    missing: str, kind: type[NaeviaError], words: str, broken_run: Path, tmp_path: Path
) -> None:
    (broken_run / missing).unlink()
    assert words in refused(broken_run, tmp_path, kind)


def test_a_damaged_run(broken_run: Path, photos: Path, tmp_path: Path) -> None:
    pixels = np.load(broken_run / "export_images.npz")["pixels"]
    np.savez(broken_run / "export_images.npz", pixels=pixels[:0])
    assert "holds 0 images" in refused(broken_run, tmp_path, ModelError)
    (broken_run / "CARD.md").write_bytes(b"\xff\xfe\x00")
    assert "expected text in UTF-8" in refused(broken_run, tmp_path, ModelError, images=photos)
    (broken_run / "model.json").write_bytes(b"{")
    assert "model.json" in refused(broken_run, tmp_path, ModelError)


def test_a_run_without_images_takes_a_folder(broken_run: Path, photos: Path, tmp_path: Path) -> None:
    (broken_run / "export_images.npz").unlink()
    assert export_model(broken_run, tmp_path / "model", images=photos).images == 18


def test_a_contract_of_another_network(broken_run: Path, photos: Path, tmp_path: Path) -> None:
    spec = run_contract().input.model_copy(update={"size_px": 96})
    (broken_run / "model.json").write_text(run_contract(input=spec).to_json(), encoding="utf-8")
    assert "export_images.npz: expected uint8" in refused(broken_run, tmp_path, ModelError)
    assert "mixes two runs" in refused(broken_run, tmp_path, ModelError, images=photos)


def test_an_ood_fit_of_another_network(broken_run: Path, tmp_path: Path) -> None:
    np.savez(broken_run / "ood.npz", weights=np.zeros(7), bias=0.0)
    assert "ood.npz is for 7 features" in refused(broken_run, tmp_path, ModelError)
    np.savez(broken_run / "ood.npz", weights=np.zeros((7, 2)), bias=0.0)
    assert "expected weights (features,)" in refused(broken_run, tmp_path, ModelError)


def test_labels_that_a_run_states_itself(run_folder: Path, tmp_path: Path) -> None:
    options = Options(labels=Labels(license="mine"))
    assert "run folder states them" in refused(run_folder, tmp_path, UsageError, options=options)


def test_a_name_that_is_none(keras_file: Path, photos: Path, tmp_path: Path) -> None:
    options = Options(labels=Labels(model_id="../up"))
    assert "--model-id" in refused(keras_file, tmp_path, UsageError, images=photos, options=options)


def test_the_name_of_a_shipped_model(keras_file: Path, photos: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="one that came with Naevia"):
        export_model(keras_file, tmp_path / "naevia-lite0", images=photos)
    options = Options(labels=Labels(model_id="naevia-lite0"))
    assert export_model(keras_file, tmp_path / "mine", images=photos, options=options).contract.model_id


@pytest.mark.parametrize("wrong", [{"tolerance": 1e-3}, {"tolerance": 0.0}, {"opset": 16}, {"opset": 99}])
def test_options_out_of_range(wrong: dict[str, Any]) -> None:
    with pytest.raises(UsageError):
        Options(**wrong)
