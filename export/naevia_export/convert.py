"""Keras to an ONNX graph that takes camera pixels and gives final answers."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

from naevia._version import __version__
from naevia.contract import METADATA_KEY, Contract
from naevia.errors import ModelError
from naevia.taxonomy import CODES
from naevia_export._quiet import import_tensorflow
from naevia_export.compact import store_compactly
from naevia_export.network import Network
from naevia_export.source import OodFit
from naevia_export.tidy import fold_scales

if TYPE_CHECKING:
    import onnx

LOWEST_OPSET, HIGHEST_OPSET = 17, 18

_STANDARD_DOMAINS = ("", "ai.onnx")
_NOT_REPEATABLE = {
    "Bernoulli",
    "Multinomial",
    "RandomNormal",
    "RandomNormalLike",
    "RandomUniform",
    "RandomUniformLike",
}


def convert(
    network: Network, contract: Contract, ood: OodFit | None, *, opset: int = LOWEST_OPSET
) -> onnx.ModelProto:
    """Convert a network and everything after it to ONNX.

    Args:
        network: The Keras network.
        contract: What to embed; its temperature goes into the graph.
        ood: Out-of-distribution fit; gives the output `ood_score`.
        opset: ONNX operator set, `LOWEST_OPSET` to `HIGHEST_OPSET`.

    Returns:
        A model with the input `pixels` uint8 (batch, size_px, size_px, 3) and the contract's outputs.

    Raises:
        ModelError: The network uses an operation that cannot be converted or does not repeat its answers.
    """
    import_tensorflow()
    import onnx
    import tf2onnx

    function = _folded(network, contract, ood)
    try:
        with _nothing_compiled():
            model, _ = tf2onnx.convert.from_function(
                function, function.input_signature, opset=opset, custom_op_handlers={"Erfc": (_erfc, [])}
            )
        fold_scales(model.graph)
        store_compactly(model.graph)
        _name_dimensions(model.graph, network, contract)
        _describe(model, contract)
        onnx.checker.check_model(model, full_check=True)
    except (
        Exception
    ) as error:  # tf2onnx and onnx raise many types, all of them about the network's operations
        problem = " ".join(str(error).split())[:160]
        raise ModelError(
            f"the network cannot be converted to ONNX opset {opset}: {problem}; "
            "replace the layer by one that can"
        ) from error
    _refuse_unrepeatable(model)
    return model


def _folded(network: Network, contract: Contract, ood: OodFit | None) -> Any:
    """The network from uint8 pixels to final answers as one TensorFlow function.

    The class weights enter as NumPy arrays: a TensorFlow constant made out here would become a further input.
    """
    tf = import_tensorflow()
    side = network.size_px

    @tf.function(input_signature=[tf.TensorSpec((None, side, side, 3), tf.uint8, name="pixels")])
    def folded(pixels: Any) -> dict[str, Any]:
        # Both views go through the network as one batch; a second call would double the weights in the file.
        views = tf.concat([pixels, pixels[:, :, ::-1]], axis=0) if contract.mirrored else pixels
        features, embedding, _ = network.joint(tf.cast(views, network.joint.inputs[0].dtype), training=False)
        # A 1x1 convolution stays in the runtime's own layout; only the small result is transposed.
        maps = tf.nn.conv2d(features, network.kernel[None, None], strides=1, padding="VALID")
        if contract.mirrored:
            embedding = tf.add_n(tf.split(embedding, 2)) * np.float32(0.5)
            straight, turned = tf.split(maps, 2)
            maps = (straight + turned[:, :, ::-1]) * np.float32(0.5)
        logits = tf.matmul(embedding, network.kernel) + network.bias
        answers = {
            "probabilities": tf.nn.softmax(logits / np.float32(contract.temperature)),
            "activation_maps": maps,
            "embedding": tf.identity(embedding),
        }
        if ood is not None:
            answers["ood_score"] = tf.squeeze(tf.matmul(embedding, ood.weights[:, None]), axis=1) + ood.bias
        return answers

    return folded


@contextmanager
def _nothing_compiled() -> Iterator[None]:
    """Keras compiles grouped convolutions by themselves, and what is compiled cannot be converted."""
    tf = import_tensorflow()
    before = tf.config.functions_run_eagerly()
    tf.config.run_functions_eagerly(True)
    try:
        yield
    finally:
        tf.config.run_functions_eagerly(before)


def _erfc(graph: Any, node: Any, name: str, _: Any) -> None:
    """1 - erf(x): Keras writes GELU with the complement, for which ONNX has no operation."""
    one = graph.make_const(f"{name}/one", np.array(1, np.float32)).output[0]
    outputs, shapes, types = node.output, node.output_shapes, node.output_dtypes
    graph.remove_node(name)
    erf = graph.make_node("Erf", node.input, name=f"{name}/erf").output[0]
    graph.make_node("Sub", [one, erf], outputs=outputs, name=name, shapes=shapes, dtypes=types)


def _name_dimensions(graph: onnx.GraphProto, network: Network, contract: Contract) -> None:
    """Put inputs and outputs in the contract's order, with `batch` as their only open dimension."""
    from onnx import TensorProto, helper

    rows, columns, channels = network.map_shape
    names = contract.outputs
    shapes: dict[str, list[str | int]] = {
        names.probabilities: ["batch", len(CODES)],
        names.activation_maps: ["batch", rows, columns, len(CODES)],
        names.embedding: ["batch", channels],
    }
    if names.ood_score is not None:
        shapes[names.ood_score] = ["batch"]
    side = network.size_px
    pixels = helper.make_tensor_value_info(contract.input.name, TensorProto.UINT8, ["batch", side, side, 3])
    outputs = [helper.make_tensor_value_info(name, TensorProto.FLOAT, shapes[name]) for name in shapes]
    del graph.input[:], graph.output[:], graph.value_info[:]
    graph.input.append(pixels)
    graph.output.extend(outputs)


def _describe(model: onnx.ModelProto, contract: Contract) -> None:
    used = {node.domain for node in model.graph.node}
    kept = [opset for opset in model.opset_import if opset.domain in used]
    del model.opset_import[:]
    model.opset_import.extend(kept)
    model.producer_name, model.producer_version = "naevia", __version__
    model.graph.name = contract.model_id
    model.graph.doc_string = ""
    model.doc_string = (
        f"{contract.model_id} {contract.version}: RGB pixels (uint8, NHWC) of a skin lesion to calibrated "
        "probabilities of nine diagnoses. Research use, not a medical device."
    )
    model.metadata_props.add(key=METADATA_KEY, value=contract.embedded_json())


def _refuse_unrepeatable(model: onnx.ModelProto) -> None:
    for node in model.graph.node:
        if node.domain not in _STANDARD_DOMAINS or node.op_type in _NOT_REPEATABLE:
            raise ModelError(
                f"the converted network uses {node.op_type}, which is not a standard operation with one "
                "answer; remove the layer that makes it"
            )
