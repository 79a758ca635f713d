"""The weights of a model that `export-onnx` wrote, read back from its ONNX file."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from naevia.errors import ModelError
from naevia_train.networks.network import EMBEDDING

if TYPE_CHECKING:
    import onnx

Array = NDArray[np.float32]
Constants = dict[str, NDArray]


@dataclass(frozen=True, eq=False)
class ExportedNetwork:
    """One network of a model file; the file of an ensemble holds several.

    Attributes:
        convolutions: Kernel (outputs, inputs, rows, columns) and bias (outputs,) of each convolution, from
            input to output, with its normalisation folded in.
        kernel: Of the last layer, shape (features, 9).
        bias: Of the last layer, shape (9,).
        colour_constancy: Whether it takes the colour of the light out of each photo before all else.
    """

    convolutions: list[tuple[Array, Array]]
    kernel: Array
    bias: Array
    colour_constancy: bool = False


def read_exported(onnx_file: Path) -> list[ExportedNetwork]:
    """Read the networks of a model file.

    The model's logits, before its temperature, are the mean of the networks'.

    Args:
        onnx_file: `model.onnx` of a model that `export-onnx` wrote.

    Raises:
        ModelError: It cannot be read, or has no linear head on its embedding.
    """
    import onnx
    from google.protobuf.message import DecodeError

    try:
        graph = onnx.load(str(onnx_file)).graph
    except (OSError, DecodeError) as error:
        raise ModelError(f"{onnx_file} is missing or damaged; export the model again") from error
    constants = _constants(graph)
    kernel, bias = _head(graph, constants)
    bodies = _bodies(graph)
    makers = {name: node for node in graph.node for name in node.output}
    found, first = [], 0
    for body in bodies:
        convolutions = [
            (constants[node.input[1]], constants[node.input[2]]) for node in body if len(node.input) == 3
        ]
        features = len(convolutions[-1][1]) if convolutions else len(kernel)
        own = kernel[first : first + features] * np.float32(len(bodies))
        estimates_light = bool(body) and any(
            node.op_type == "Pow" for node in _before(body[0].input[0], makers.get)
        )
        found.append(ExportedNetwork(convolutions, own, bias, estimates_light))
        first += features
    return found


def _constants(graph: onnx.GraphProto) -> Constants:
    """Every constant, those included that are stored in fewer bits and turned back by a few nodes."""
    from onnx import TensorProto, numpy_helper

    known: Constants = {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}
    for node in graph.node:
        if not all(name in known for name in node.input):
            continue
        given = [known[name] for name in node.input]
        if node.op_type == "Cast" and node.attribute[0].i == TensorProto.FLOAT:
            known[node.output[0]] = given[0].astype(np.float32)
        elif node.op_type == "Mul":
            known[node.output[0]] = given[0] * given[1]
    return known


def _bodies(graph: onnx.GraphProto) -> list[list[onnx.NodeProto]]:
    """The convolutions of each network, in the order in which their feature maps lie behind one another."""
    makers = {name: node for node in graph.node for name in node.output}
    order = {id(node): number for number, node in enumerate(graph.node)}

    def convolutions_before(name: str) -> list[onnx.NodeProto]:
        found = {id(node): node for node in _before(name, makers.get) if node.op_type == "Conv"}
        return sorted(found.values(), key=lambda node: order[id(node)])

    for node in graph.node:
        if node.op_type == "Concat":
            bodies = [convolutions_before(name) for name in node.input]
            if all(bodies):
                return bodies
    return [[node for node in graph.node if node.op_type == "Conv"]]


def _before(name: str, maker: Callable[[str], onnx.NodeProto | None]) -> Iterator[onnx.NodeProto]:
    """Every node that a tensor follows from."""
    seen, waiting = set(), [name]
    while waiting:
        node = maker(waiting.pop())
        if node is not None and id(node) not in seen:
            seen.add(id(node))
            waiting += node.input
            yield node


def _head(graph: onnx.GraphProto, constants: Constants) -> tuple[Array, Array]:
    """Kernel and bias of the last layer: the product with the embedding that has a class axis."""
    for product in graph.node:
        if product.op_type == "MatMul" and product.input[0] == EMBEDDING:
            added = next(
                (node for node in graph.node if node.op_type == "Add" and product.output[0] in node.input),
                None,
            )
            if added is not None:
                bias = next(name for name in added.input if name != product.output[0])
                return constants[product.input[1]], constants[bias]
    raise ModelError("the model has no head on its embedding; start from a model that export-onnx wrote")
