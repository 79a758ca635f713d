"""A real, tiny ONNX model with a valid contract, so that tests run the whole path in milliseconds."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import onnxruntime as ort
from onnx import TensorProto, helper, numpy_helper

from naevia.contract import (
    CARD_FILE,
    CONTRACT_FILE,
    GOLDEN_FILE,
    METADATA_KEY,
    MODEL_FILE,
    Contract,
    Estimate,
    InputSpec,
    OperatingPoint,
    OutOfDistribution,
    OutputSpec,
    sha256_of,
)
from naevia.preprocess import prepare
from naevia.synthetic import draw_lesion
from naevia.taxonomy import CODES

SIZE_PX = 64


def tiny_contract(model_id: str = "tiny", ood_threshold: float = 1000.0) -> Contract:
    """The contract of the tiny model, without files."""
    half = Estimate(value=0.9, low=0.8, high=0.95)
    return Contract(
        model_id=model_id,
        version="1.0",
        created="2026-01-01",
        naevia_version="0.1.0",
        recipe="tiny",
        input=InputSpec(size_px=SIZE_PX, resize="squash"),
        outputs=OutputSpec(ood_score="ood_score"),
        operating_points=(
            OperatingPoint(
                name="sensitivity-95",
                threshold=0.4,
                sensitivity=half,
                specificity=half,
                chosen_on="drawn lesions",
            ),
        ),
        default_operating_point="sensitivity-95",
        out_of_distribution=OutOfDistribution(
            statistic="mean of squares", threshold=ood_threshold, accepted=0.99
        ),
        license="Apache-2.0",
    )


def write_tiny_model(folder: Path, contract: Contract | None = None, *, likeliest: str = "mel") -> Path:
    """Write model.onnx, model.json, golden.npz and CARD.md; returns the folder.

    Args:
        folder: Where to.
        contract: By default `tiny_contract`.
        likeliest: What the model takes drawn lesions for.
    """
    contract = contract or tiny_contract()
    folder.mkdir(parents=True, exist_ok=True)
    onnx.save(_graph(contract, CODES.index(likeliest) - CODES.index("mel")), folder / MODEL_FILE)
    drawings = [draw_lesion(code, seed=3, width_px=200, height_px=150) for code in CODES]
    pixels = np.stack([prepare(drawing, contract.input) for drawing in drawings])
    runtime = ort.InferenceSession(folder / MODEL_FILE, providers=["CPUExecutionProvider"])
    np.savez(
        folder / GOLDEN_FILE,
        pixels=pixels,
        probabilities=runtime.run(["probabilities"], {"pixels": pixels})[0],
    )
    (folder / CARD_FILE).write_text("# tiny\n\nA model for tests.\n", encoding="utf-8")
    files = {name: sha256_of(folder / name) for name in (MODEL_FILE, GOLDEN_FILE, CARD_FILE)}
    (folder / CONTRACT_FILE).write_text(
        contract.model_copy(update={"files": files}).to_json(), encoding="utf-8"
    )
    return folder


def _graph(contract: Contract, step: int) -> onnx.ModelProto:
    """The network; each diagnosis has the evidence of the one so many places before it."""
    rng = np.random.default_rng(0)
    constants = {
        "scale": np.float32(1 / 255),
        "kernel": rng.normal(size=(16, 3, 8, 8)).astype(np.float32),
        "weights": np.roll(rng.normal(size=(16, 9)).astype(np.float32) * 0.1, step, axis=1),
        "axes": np.array([1, 2], np.int64),
        "last": np.array([1], np.int64),
    }
    nodes = [
        helper.make_node("Cast", ["pixels"], ["float"], to=TensorProto.FLOAT),
        helper.make_node("Mul", ["float", "scale"], ["scaled"]),
        helper.make_node("Transpose", ["scaled"], ["nchw"], perm=[0, 3, 1, 2]),
        helper.make_node("Conv", ["nchw", "kernel"], ["convolved"], strides=[8, 8]),
        helper.make_node("Relu", ["convolved"], ["active"]),
        helper.make_node("Transpose", ["active"], ["features"], perm=[0, 2, 3, 1]),
        helper.make_node("MatMul", ["features", "weights"], ["activation_maps"]),
        helper.make_node("ReduceMean", ["features", "axes"], ["embedding"], keepdims=0),
        helper.make_node("MatMul", ["embedding", "weights"], ["logits"]),
        helper.make_node("Softmax", ["logits"], ["probabilities"], axis=-1),
        helper.make_node("ReduceSumSquare", ["embedding", "last"], ["ood_score"], keepdims=0),
    ]
    out = {
        "probabilities": ["batch", 9],
        "activation_maps": ["batch", 8, 8, 9],
        "embedding": ["batch", 16],
        "ood_score": ["batch"],
    }
    graph = helper.make_graph(
        nodes,
        "tiny",
        [helper.make_tensor_value_info("pixels", TensorProto.UINT8, ["batch", SIZE_PX, SIZE_PX, 3])],
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name, shape in out.items()],
        [numpy_helper.from_array(np.asarray(value), name) for name, value in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10)
    model.metadata_props.add(key=METADATA_KEY, value=contract.embedded_json())
    onnx.checker.check_model(model, full_check=True)
    return model
