"""Stores weights in half precision where that loses nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import onnx

SMALLEST = 1024
"""Numbers; a conversion for fewer saves no space."""


def store_halves(graph: onnx.GraphProto) -> None:
    """Store every large constant whose numbers are all half-precision numbers as such, in place.

    A `Cast` turns it back into single precision, which is what the network computes with; runtimes do that
    once, when they load the file.
    """
    from onnx import TensorProto, helper, numpy_helper

    casts = []
    for tensor in graph.initializer:
        if tensor.data_type != TensorProto.FLOAT:
            continue
        values = numpy_helper.to_array(tensor)
        with np.errstate(over="ignore"):  # what is too large for half precision comes back as infinity
            half = values.astype(np.float16)
        if values.size < SMALLEST or not np.array_equal(half.astype(np.float32), values):
            continue
        name = tensor.name
        tensor.CopyFrom(numpy_helper.from_array(half, f"{name}/half"))
        casts.append(
            helper.make_node("Cast", [tensor.name], [name], name=f"{name}/single", to=TensorProto.FLOAT)
        )
    nodes = [*casts, *graph.node]
    del graph.node[:]
    graph.node.extend(nodes)
