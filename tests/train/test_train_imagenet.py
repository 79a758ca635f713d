from __future__ import annotations

import pickle
import shutil
from pathlib import Path

import numpy as np
import pytest
from sklearn.datasets import load_sample_image

from naevia.contract import InputSpec
from naevia.errors import ModelError
from naevia.preprocess import prepare
from naevia_train.imagenet import MAGIC, find_weights, read_weights
from naevia_train.network import EMBEDDING, FEATURES, LOGITS, build_lite0, build_seed, load_imagenet


def test_the_file_holds_every_tensor_of_the_network() -> None:
    weights = read_weights(find_weights())
    assert weights["_conv_stem.weight"].shape == (32, 3, 3, 3)
    assert weights["_fc.weight"].shape == (1000, 1280)
    learnt = [array for name, array in weights.items() if not name.endswith(("_mean", "_var", "_tracked"))]
    assert sum(array.size for array in learnt) == 4_652_008  # EfficientNet-Lite0's published 4.7 million
    assert all(array.dtype == np.float32 and np.isfinite(array).all() for array in learnt)


def test_with_its_original_head_the_network_knows_a_daisy_and_a_palace() -> None:
    model = build_lite0(224, classes=1000)
    load_imagenet(model)
    spec = InputSpec(size_px=224, resize="center_square")
    pixels = np.stack([prepare(load_sample_image(name), spec) for name in ("flower.jpg", "china.jpg")])
    answers = model.predict(pixels, verbose=0).argmax(axis=1)
    assert answers.tolist() == [985, 698]  # daisy, palace: a wrong scaling or padding shows here at once


@pytest.mark.parametrize("build", [build_lite0, build_seed])
def test_the_heat_map_is_exact(build: object) -> None:
    import keras

    model = build(64)  # type: ignore[operator]
    kernel, bias = model.get_layer(LOGITS).get_weights()
    parts = keras.Model(
        model.inputs, [model.get_layer(name).output for name in (FEATURES, EMBEDDING, LOGITS)]
    )
    pixels = np.random.default_rng(0).integers(0, 256, (2, 64, 64, 3)).astype(np.float32)
    features, embedding, logits = parts.predict(pixels, verbose=0)
    np.testing.assert_allclose(features.mean(axis=(1, 2)), embedding, atol=1e-5)
    np.testing.assert_allclose((features @ kernel).mean(axis=(1, 2)) + bias, logits, atol=1e-4)


def test_a_file_that_would_run_code_is_refused(tmp_path: Path) -> None:
    class Harmful:
        def __reduce__(self) -> tuple[object, tuple[str]]:
            return (exec, ("raise SystemExit('ran')",))

    path = tmp_path / "harmful.pth"
    path.write_bytes(b"".join(pickle.dumps(part) for part in (MAGIC, 1001, {}, Harmful())))
    with pytest.raises(ModelError, match=r"builtins\.exec is not part of a weights file"):
        read_weights(path)


def test_a_file_cut_short_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "short.pth"
    shutil.copy(find_weights(), path)
    with path.open("rb+") as file:
        file.truncate(100_000)
    with pytest.raises(ModelError, match=r"short\.pth is not a torch weights file"):
        read_weights(path)
