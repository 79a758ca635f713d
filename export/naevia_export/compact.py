"""Stores weights in fewer bits where that moves none by more than half a millionth of itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import onnx

SMALLEST = 1024
"""Numbers; a conversion for fewer saves no space."""
LARGEST_BYTE = 127
ROUNDING = 2.0**-21
"""Relative; on some processors TensorFlow's inverse square root of 1 is a little less than 1, and so are then
all weights that a batch normalisation was folded into."""

Nodes = list["onnx.NodeProto"]


def store_compactly(graph: onnx.GraphProto) -> None:
    """Store every large constant in 8 or 16 bits whose numbers survive that, up to rounding, in place.

    A kernel takes 8 bits when all numbers of an output channel are whole multiples, up to 127, of one step;
    anything takes 16 when its numbers are half-precision numbers. A few nodes turn them back into single
    precision, which is what the network computes with; runtimes do that once, when they load the file.
    """
    from onnx import TensorProto, numpy_helper

    back: Nodes = []
    for tensor in list(graph.initializer):
        values = numpy_helper.to_array(tensor)
        if tensor.data_type == TensorProto.FLOAT and values.size >= SMALLEST:
            back += _as_bytes(graph, tensor, values) or _as_halves(tensor, values)
    nodes = [*back, *graph.node]
    del graph.node[:]
    graph.node.extend(nodes)


def _as_bytes(graph: onnx.GraphProto, tensor: onnx.TensorProto, values: NDArray[np.float32]) -> Nodes:
    """Store a kernel, shape (outputs, inputs, rows, columns), as whole numbers and a step per output."""
    from onnx import TensorProto, helper, numpy_helper

    if values.ndim != 4:
        return []
    largest = np.abs(values).max(axis=(1, 2, 3), keepdims=True)
    step = np.where(largest > 0, largest / np.float32(LARGEST_BYTE), np.float32(1))
    if not np.array_equal(np.rint(values / step) * step, values):
        step = _sixteen_bits(step)
    whole = np.rint(values / step)
    if not _same(whole * step, values):
        return []
    name = tensor.name
    tensor.CopyFrom(numpy_helper.from_array(whole.astype(np.int8), f"{name}/bytes"))
    graph.initializer.append(numpy_helper.from_array(step, f"{name}/step"))
    single = f"{name}/whole"
    return [
        helper.make_node("Cast", [tensor.name], [single], name=single, to=TensorProto.FLOAT),
        helper.make_node("Mul", [single, f"{name}/step"], [name], name=f"{name}/single"),
    ]


def _as_halves(tensor: onnx.TensorProto, values: NDArray[np.float32]) -> Nodes:
    from onnx import TensorProto, helper, numpy_helper

    with np.errstate(over="ignore"):  # what is too large for half precision comes back as infinity
        half = values.astype(np.float16)
    if not _same(half.astype(np.float32), values):
        return []
    name = tensor.name
    tensor.CopyFrom(numpy_helper.from_array(half, f"{name}/half"))
    return [helper.make_node("Cast", [tensor.name], [name], name=f"{name}/single", to=TensorProto.FLOAT)]


def _sixteen_bits(steps: NDArray[np.float32]) -> NDArray[np.float32]:
    """Steps without their rounding, where they had 16 significant bits, as those of an ensemble have."""
    rounded = ((steps.view(np.uint32) + np.uint32(0x80)) & ~np.uint32(0xFF)).view(np.float32)
    return np.where(np.abs(rounded - steps) <= ROUNDING * steps, rounded, steps)


def _same(stored: NDArray[np.float32], values: NDArray[np.float32]) -> bool:
    return bool((np.abs(stored - values) <= ROUNDING * np.abs(values)).all())
