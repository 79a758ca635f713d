"""Folding a scale into a convolution changes the graph and not its answers."""

from __future__ import annotations

import numpy as np
import onnx
import onnxruntime as ort
import pytest
from onnx import TensorProto, helper, numpy_helper

from naevia_export.tidy import fold_scales


def graph(nodes: list[onnx.NodeProto], outputs: list[str]) -> onnx.ModelProto:
    rng = np.random.default_rng(4)
    constants = {
        "weights": rng.normal(size=(5, 3, 3, 3)),
        "bias": rng.normal(size=5),
        "scale": rng.normal(size=(1, 5, 1, 1)),
        "shift": rng.normal(size=(5, 1, 1)),
        "picture": rng.normal(size=(1, 5, 6, 6)),
    }
    shape = {name: ["batch", 5, 6, 6] for name in outputs}
    return helper.make_model(
        helper.make_graph(
            nodes,
            "small",
            [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["batch", 3, 8, 8])],
            [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape[name]) for name in outputs],
            [numpy_helper.from_array(value.astype(np.float32), name) for name, value in constants.items()],
        ),
        opset_imports=[helper.make_opsetid("", 17)],
        ir_version=8,
    )


def answers(model: onnx.ModelProto) -> list[np.ndarray]:
    x = np.random.default_rng(6).normal(size=(2, 3, 8, 8)).astype(np.float32)
    runtime = ort.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    return runtime.run(None, {"x": x})


CONV = helper.make_node("Conv", ["x", "weights"], ["a"], name="conv")
CONV_BIAS = helper.make_node("Conv", ["x", "weights", "bias"], ["a"], name="conv")
CASES = {
    "scale": ([CONV, helper.make_node("Mul", ["a", "scale"], ["y"])], ["y"], 1),
    "scale and bias": ([CONV_BIAS, helper.make_node("Mul", ["scale", "a"], ["y"])], ["y"], 1),
    "scale, then shift": (
        [
            CONV,
            helper.make_node("Mul", ["a", "scale"], ["b"]),
            helper.make_node("Add", ["b", "shift"], ["y"]),
        ],
        ["y"],
        1,
    ),
    "used twice": ([CONV, helper.make_node("Mul", ["a", "scale"], ["y"])], ["y", "a"], 2),
    "not per channel": ([CONV, helper.make_node("Mul", ["a", "picture"], ["y"])], ["y"], 2),
}


@pytest.mark.parametrize("case", CASES)
def test_answers_stay(case: str) -> None:
    nodes, outputs, left = CASES[case]
    model = graph(nodes, outputs)
    before = answers(model)
    fold_scales(model.graph)
    onnx.checker.check_model(model, full_check=True)
    assert len(model.graph.node) == left
    for found, expected in zip(answers(model), before, strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-5)
