"""What an export makes: a model folder that answers like Keras and explains itself."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path

import keras
import numpy as np
import onnx
import onnxruntime as ort
import pytest
from tiny_networks import (
    FEATURES,
    TEMPERATURE,
    keras_embedding,
    keras_probabilities,
    prepared,
    run_contract,
    save_network,
    write_run,
)

from naevia.contract import METADATA_KEY, read_contract, sha256_of
from naevia.image import read_photo
from naevia.session import Session
from naevia.taxonomy import CODES
from naevia_export.contracts import Stated
from naevia_export.exporting import Exported, Options, export_model


@pytest.fixture(scope="module")
def graph(exported: Exported) -> onnx.ModelProto:
    return onnx.load(exported.folder / "model.onnx")


def test_the_session_answers_a_photo_like_keras(exported: Exported, run_folder: Path, photos: Path) -> None:
    session = Session.open(exported.folder, provider="cpu")
    network = keras.saving.load_model(run_folder / "model.keras")
    expected = keras_probabilities(network, prepared(photos), TEMPERATURE)
    found = [session.predict(read_photo(path)).probabilities for path in sorted(photos.glob("*.png"))]
    np.testing.assert_allclose(found, expected, atol=1e-5)
    assert expected.max() > 0.2  # a flat answer would agree with anything


def test_activation_maps_add_up_to_the_logits(exported: Exported, run_folder: Path, photos: Path) -> None:
    network = keras.saving.load_model(run_folder / "model.keras")
    pixels = prepared(photos)
    _, maps, embedding, _ = Session.open(exported.folder, provider="cpu").run(pixels)
    bias = network.get_layer("logits").get_weights()[1]
    logits = np.asarray(network(pixels.astype(np.float32), training=False))
    np.testing.assert_allclose(maps.mean(axis=(1, 2)) + bias, logits, rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(embedding, keras_embedding(network, pixels), rtol=1e-4, atol=1e-5)


def test_the_ood_score_is_the_runs_statistic(exported: Exported, run_folder: Path, photos: Path) -> None:
    _, _, embedding, score = Session.open(exported.folder, provider="cpu").run(prepared(photos))
    fit = np.load(run_folder / "ood.npz")
    np.testing.assert_allclose(score, embedding @ fit["weights"] + fit["bias"], rtol=1e-4, atol=1e-4)


def test_the_graph_takes_pixels_and_gives_the_contracts_outputs(graph: onnx.ModelProto) -> None:
    def shape(value: onnx.ValueInfoProto) -> list[str | int]:
        return [dim.dim_param or dim.dim_value for dim in value.type.tensor_type.shape.dim]

    assert {value.name: shape(value) for value in graph.graph.input} == {"pixels": ["batch", 64, 64, 3]}
    assert graph.graph.input[0].type.tensor_type.elem_type == onnx.TensorProto.UINT8
    assert {value.name: shape(value) for value in graph.graph.output} == {
        "probabilities": ["batch", 9],
        "activation_maps": ["batch", 8, 8, 9],
        "embedding": ["batch", FEATURES],
        "ood_score": ["batch"],
    }
    assert [opset.version for opset in graph.opset_import if opset.domain == ""] == [17]
    onnx.checker.check_model(graph, full_check=True)


def test_the_graph_holds_nothing_that_slows_it(graph: onnx.ModelProto) -> None:
    operations = Counter(node.op_type for node in graph.graph.node)
    assert operations["BatchNormalization"] == operations["Dropout"] == 0
    assert operations["Transpose"] == 2  # pixels to the runtime's layout, the small maps back
    convolved = {node.output[0] for node in graph.graph.node if node.op_type == "Conv"}
    scaled = [node for node in graph.graph.node if node.op_type == "Mul" and convolved & set(node.input)]
    assert scaled == []


def test_the_file_carries_its_contract(graph: onnx.ModelProto, exported: Exported) -> None:
    metadata = {entry.key: entry.value for entry in graph.metadata_props}
    contract = read_contract(exported.folder)
    assert metadata[METADATA_KEY] == contract.embedded_json()
    assert (graph.producer_name, graph.graph.name) == ("naevia", "tiny-run")
    assert "not a medical device" in graph.doc_string


def test_everything_the_run_decided_is_kept(exported: Exported, run_folder: Path) -> None:
    draft, contract = read_contract(run_folder), read_contract(exported.folder)
    kept = {
        "model_id",
        "version",
        "recipe",
        "input",
        "temperature",
        "operating_points",
        "out_of_distribution",
    }
    assert contract.model_dump(include=kept) == draft.model_dump(include=kept)
    assert set(contract.files) == {"model.onnx", "golden.npz", "CARD.md", "validation.csv", "test.csv"}
    assert all(sha256_of(exported.folder / name) == value for name, value in contract.files.items())
    for name in ("validation.csv", "test.csv"):
        assert (exported.folder / name).read_bytes() == (run_folder / name).read_bytes()
    assert "A card written by the run." in (exported.folder / "CARD.md").read_text(encoding="utf-8")


def test_golden_answers_come_from_keras_about_drawings(exported: Exported, run_folder: Path) -> None:
    golden = np.load(exported.folder / "golden.npz")
    network = keras.saving.load_model(run_folder / "model.keras")
    assert golden["pixels"].shape == (8, 64, 64, 3) and golden["pixels"].dtype == np.uint8
    expected = keras_probabilities(network, golden["pixels"], TEMPERATURE)
    np.testing.assert_allclose(golden["probabilities"], expected, atol=1e-6)


def test_the_report_states_the_differences(exported: Exported, graph: onnx.ModelProto) -> None:
    assert [difference.output for difference in exported.differences] == [
        "probabilities",
        "activation_maps",
        "embedding",
        "ood_score",
    ]
    assert all(0 <= difference.relative <= 1e-4 for difference in exported.differences)
    assert exported.images == 18 and exported.nodes == len(graph.graph.node)
    assert exported.onnx_bytes == (exported.folder / "model.onnx").stat().st_size


def test_a_bare_file_becomes_a_model_that_recommends_nothing(
    keras_file: Path, photos: Path, tmp_path: Path
) -> None:
    output = tmp_path / "Bare"
    made = export_model(keras_file, output, images=photos, options=Options(opset=18))
    contract = read_contract(output)
    assert contract == made.contract
    assert (contract.model_id, contract.temperature, contract.operating_points) == ("bare", 1.0, ())
    assert contract.training is None and contract.outputs.ood_score is None
    assert "unknown" in (output / "CARD.md").read_text(encoding="utf-8")
    prediction = Session.open(output, provider="cpu").predict(read_photo(photos / "mel0.png"))
    assert prediction.recommendation == "cannot tell"


def test_a_final_softmax_is_accepted(photos: Path, tmp_path: Path) -> None:
    path = save_network(tmp_path / "soft.keras", softmax=True)
    export_model(path, tmp_path / "soft", images=photos)
    network = keras.saving.load_model(path)
    expected = np.asarray(network(prepared(photos).astype(np.float32), training=False))
    found = Session.open(tmp_path / "soft", provider="cpu").run(prepared(photos))[0]
    np.testing.assert_allclose(found, expected, atol=1e-5)


def test_labels_name_the_model(keras_file: Path, photos: Path, tmp_path: Path) -> None:
    stated = Stated(model_id="clinic-a", version="2.5", resize="center_square", license="CC-BY-4.0")
    export_model(keras_file, tmp_path / "out", images=photos, options=Options(stated=stated))
    record = json.loads((tmp_path / "out" / "model.json").read_text(encoding="utf-8"))
    assert (record["model_id"], record["version"], record["license"]) == ("clinic-a", "2.5", "CC-BY-4.0")
    assert record["input"]["resize"] == "center_square"


def test_the_card_is_headed_by_the_model_that_is_exported(run_folder: Path, tmp_path: Path) -> None:
    stated = Stated(model_id="clinic-a", version="9.0")
    contract = export_model(run_folder, tmp_path / "out", options=Options(stated=stated)).contract
    card = (tmp_path / "out" / "CARD.md").read_text(encoding="utf-8")
    assert card.startswith("# clinic-a 9.0\n")
    assert re.findall("^# .*", card, re.MULTILINE) == ["# clinic-a 9.0"]
    assert (
        f"Exported on {contract.created} by Naevia {contract.naevia_version} from the run of tiny-run 1.0;"
        in card
    )
    assert "A card written by the run." in card
    assert contract.files["CARD.md"] == sha256_of(tmp_path / "out" / "CARD.md")


def test_the_card_of_a_run_is_kept_where_the_export_changes_nothing(
    exported: Exported, photos: Path, tmp_path: Path
) -> None:
    today = {"created": exported.contract.created, "naevia_version": exported.contract.naevia_version}
    run = write_run(tmp_path / "run", photos, run_contract(**today))
    export_model(run, tmp_path / "out")
    assert (tmp_path / "out" / "CARD.md").read_bytes() == (run / "CARD.md").read_bytes()


def test_a_batch_of_any_size_gives_the_same_answers(exported: Exported, photos: Path) -> None:
    runtime = ort.InferenceSession(exported.folder / "model.onnx", providers=["CPUExecutionProvider"])
    pixels = prepared(photos)
    together = runtime.run(["probabilities"], {"pixels": pixels})[0]
    alone = np.concatenate([runtime.run(["probabilities"], {"pixels": one[None]})[0] for one in pixels])
    assert together.shape == (18, len(CODES))
    np.testing.assert_allclose(together, alone, atol=1e-6)
