"""An ONNX file that differs from Keras is found out, and said to be so, with the place."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import numpy_helper
from tiny_networks import build_network, prepared, save_network

from naevia.errors import ModelError
from naevia.taxonomy import CODES
from naevia_export.exporting import Exported, Options, export_model
from naevia_export.loading import load_network
from naevia_export.network import Answers
from naevia_export.source import read_source
from naevia_export.verify import verify

NEAR_TIE = 1e-6


@pytest.fixture(scope="module")
def expected(run_folder: Path) -> Answers:
    source = read_source(run_folder)
    assert source.contract and source.pixels is not None
    network = load_network(run_folder / "model.keras")
    return network.answers(source.pixels, temperature=source.contract.temperature, ood=source.ood)


def tampered(folder: Path, output: Path, shape: tuple[int, ...], change: np.ndarray) -> Path:
    """A copy of the model in which the one constant of a shape was changed."""
    model = onnx.load(folder / "model.onnx")
    (tensor,) = [tensor for tensor in model.graph.initializer if tuple(tensor.dims) == shape]
    values = (numpy_helper.to_array(tensor) + change).astype(np.float32)
    tensor.CopyFrom(numpy_helper.from_array(values, tensor.name))
    onnx.save(model, output / "model.onnx")
    return output / "model.onnx"


def test_an_untouched_file_passes(exported: Exported, photos: Path, expected: Answers) -> None:
    found = verify(exported.folder / "model.onnx", prepared(photos), expected)
    assert max(difference.relative for difference in found) < 1e-5


def test_a_changed_class_weight_is_located(
    exported: Exported, photos: Path, expected: Answers, tmp_path: Path
) -> None:
    change = np.zeros((9, 12, 1, 1))
    change[CODES.index("mel")] = 0.01  # the activation maps' own weights; probabilities stay right
    path = tampered(exported.folder, tmp_path, (9, 12, 1, 1), change)
    with pytest.raises(ModelError) as refused:
        verify(path, prepared(photos), expected)
    message = str(refused.value)
    assert re.search(
        r"`activation_maps` differs most at image \d+, row \d, column \d, diagnosis mel", message
    )
    assert "allowed 0.0001" in message and "\n" not in message


def test_a_changed_logit_bias_is_located(
    exported: Exported, photos: Path, expected: Answers, tmp_path: Path
) -> None:
    change = np.where(np.array(CODES) == "bcc", 0.1, 0.0)
    path = tampered(exported.folder, tmp_path, (9,), change)
    with pytest.raises(ModelError, match=r"`probabilities` differs most at image \d+, diagnosis bcc"):
        verify(path, prepared(photos), expected)


def test_a_flip_inside_the_tolerance_is_refused(photos: Path, tmp_path: Path) -> None:
    source = save_network(tmp_path / "tie.keras", logit_scale=NEAR_TIE)
    export_model(source, tmp_path / "tie", images=photos)
    pixels = prepared(photos)
    answers = load_network(source).answers(pixels, temperature=1.0, ood=None)
    last = answers["probabilities"][0].argmin()
    path = tampered(tmp_path / "tie", tmp_path, (9,), 5e-5 * np.eye(9)[last])
    with pytest.raises(ModelError, match=rf"top diagnosis of image 0 .* and {CODES[last]} in ONNX Runtime"):
        verify(path, pixels, answers)


def test_numbers_that_are_not_finite_never_pass(
    exported: Exported, photos: Path, expected: Answers, tmp_path: Path
) -> None:
    path = tampered(exported.folder, tmp_path, (9,), np.full(9, np.nan))
    with pytest.raises(ModelError, match="`probabilities` differs most"):
        verify(path, prepared(photos), expected)


def test_a_graph_that_mixes_the_photos_of_a_batch_is_found_out(
    exported: Exported, photos: Path, expected: Answers, tmp_path: Path
) -> None:
    model = onnx.load(exported.folder / "model.onnx")
    (last,) = [node for node in model.graph.node if "probabilities" in node.output]
    last.output[:] = ["own" if name == "probabilities" else name for name in last.output]
    make = onnx.helper.make_node
    model.graph.node.extend(
        [
            make("ReduceMean", ["own"], ["mean"], axes=[0], keepdims=1),
            make("Shape", ["own"], ["batch_shape"]),
            make("Expand", ["mean", "batch_shape"], ["probabilities"]),  # of one photo the mean is its own
        ]
    )
    onnx.save(model, tmp_path / "model.onnx")
    with pytest.raises(ModelError, match=r"`probabilities` differs most at image \d+"):
        verify(tmp_path / "model.onnx", prepared(photos), expected)


def test_a_network_beyond_float32_fails_and_leaves_nothing(photos: Path, tmp_path: Path) -> None:
    # Logits near a million, equal but for their last digits: two correct runtimes cannot agree on them.
    network = build_network()
    rng = np.random.default_rng(2)
    column = np.abs(rng.normal(size=(12, 1))) * 1e6
    kernel = column * (1 + 1e-7 * rng.normal(size=(12, 9)))
    network.get_layer("logits").set_weights([kernel.astype(np.float32), np.zeros(9, np.float32)])
    network.save(tmp_path / "huge.keras")
    with pytest.raises(ModelError, match=r"does not reproduce Keras: .* at image \d+.*nothing was exported"):
        export_model(tmp_path / "huge.keras", tmp_path / "models" / "huge", images=photos)
    assert {path.name for path in tmp_path.iterdir()} == {"huge.keras"}


def test_a_stricter_tolerance_is_obeyed(keras_file: Path, photos: Path, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="allowed 1e-12"):
        export_model(keras_file, tmp_path / "out", images=photos, options=Options(tolerance=1e-12))
    assert list(tmp_path.iterdir()) == []
