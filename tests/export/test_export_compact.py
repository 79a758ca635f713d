"""Weights take 8 or 16 bits in the file where that changes nothing but rounding, and only there."""

from __future__ import annotations

import numpy as np
import onnx
import onnxruntime as ort
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from naevia_export.compact import store_compactly

CHANNELS = 40
STORED = {TensorProto.INT8: 8, TensorProto.FLOAT16: 16, TensorProto.FLOAT: 32}


def model_of(kernel: NDArray[np.float32]) -> onnx.ModelProto:
    """One 1x1 convolution."""
    shape = ["batch", CHANNELS, 3, 3]
    return helper.make_model(
        helper.make_graph(
            [helper.make_node("Conv", ["x", "kernel"], ["y"], name="conv")],
            "small",
            [helper.make_tensor_value_info("x", TensorProto.FLOAT, shape)],
            [helper.make_tensor_value_info("y", TensorProto.FLOAT, shape)],
            [numpy_helper.from_array(kernel, "kernel")],
        ),
        opset_imports=[helper.make_opsetid("", 17)],
        ir_version=8,
    )


def answers(model: onnx.ModelProto) -> NDArray[np.float32]:
    x = np.random.default_rng(6).normal(size=(2, CHANNELS, 3, 3)).astype(np.float32)
    runtime = ort.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    return runtime.run(None, {"x": x})[0]


def check(kernel: NDArray[np.float32], bits: int) -> None:
    model = model_of(kernel)
    before, size = answers(model), model.ByteSize()
    store_compactly(model.graph)
    onnx.checker.check_model(model, full_check=True)
    assert STORED[model.graph.initializer[0].data_type] == bits
    assert model.ByteSize() < size * bits / 32 + 8 * CHANNELS + 400
    np.testing.assert_array_equal(answers(model), before)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), exponent=st.integers(-14, 4), silent=st.booleans())
def test_multiples_of_a_step_take_8_bits(seed: int, exponent: int, silent: bool) -> None:
    rng = np.random.default_rng(seed)
    steps = np.float32(2.0**exponent) * rng.integers(2**15, 2**16, (CHANNELS, 1, 1, 1)).astype(np.float32)
    whole = rng.integers(-127, 128, (CHANNELS, CHANNELS, 1, 1)).astype(np.float32)
    whole[:, 0] = 127
    whole[0] *= not silent
    check(whole * steps, 8)


def test_half_precision_numbers_take_16_bits() -> None:
    kernel = np.random.default_rng(1).normal(size=(CHANNELS, CHANNELS, 1, 1)).astype(np.float16)
    check(kernel.astype(np.float32), 16)


@pytest.mark.parametrize("scale", [1.0, 1e6])
def test_all_other_numbers_stay(scale: float) -> None:
    kernel = scale * np.random.default_rng(1).normal(size=(CHANNELS, CHANNELS, 1, 1))
    check(kernel.astype(np.float32), 32)


@pytest.mark.parametrize("bits", [8, 16])
def test_weights_that_an_inexact_root_has_moved_are_stored_as_they_were_meant(bits: int) -> None:
    """As on processors where a folded normalisation multiplies them by a number just below 1."""
    rng = np.random.default_rng(2)
    steps = rng.integers(2**15, 2**16, (CHANNELS, 1, 1, 1)).astype(np.float32) / 2**24
    whole = rng.integers(-127, 128, (CHANNELS, CHANNELS, 1, 1)).astype(np.float32)
    whole[:, 0] = 127
    halves = rng.normal(size=whole.shape).astype(np.float16).astype(np.float32)
    meant = whole * steps if bits == 8 else halves
    model = model_of(meant * np.nextafter(np.float32(1), np.float32(0)))
    assert not np.array_equal(numpy_helper.to_array(model.graph.initializer[0]), meant)
    store_compactly(model.graph)
    assert STORED[model.graph.initializer[0].data_type] == bits
    np.testing.assert_array_equal(answers(model), answers(model_of(meant)))
