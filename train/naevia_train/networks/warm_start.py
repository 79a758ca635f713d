"""Starting from a finished Naevia model instead of ImageNet: its ONNX weights back in the Keras network.

The export folds each batch normalisation into the convolution before it. Here every normalisation gets the
statistics that its convolution has on training views, and the scale and shift that undo them, so that the
network answers as the model does and yet is normalised as a network in training must be.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from naevia.contract import MODEL_FILE
from naevia.errors import ModelError
from naevia_train.networks.backbones import IMAGENET, NONE, build, load_weights
from naevia_train.networks.exported import ExportedNetwork, read_exported
from naevia_train.networks.network import LOGITS
from naevia_train.recipes import Recipe

if TYPE_CHECKING:
    import keras

BATCH = 32


def check_first_weights(recipe: Recipe, start_from: Path | None, member: int | None = None) -> None:
    """Put first weights that a person named into the recipe's network once, before anything else is done.

    Args:
        recipe: Names the network and the file of its weights.
        start_from: Folder of the finished model whose weights come instead, or None.
        member: Which of its networks, from 1, where it is an ensemble.

    Raises:
        ModelError: They cannot be read, or are of another network.
    """
    if start_from is None and recipe.weights in (IMAGENET, NONE):
        return
    model = build(
        recipe.network, recipe.size_px, dropout=recipe.dropout, colour_constancy=recipe.colour_constancy
    )
    load_weights(model, recipe.network, recipe.weights)
    if start_from:
        load_model_weights(model, start_from / MODEL_FILE, member=member)


def find_network(onnx_file: Path, member: int | None) -> ExportedNetwork:
    """The network that a run starts from.

    Args:
        onnx_file: `model.onnx` of a model that `export-onnx` wrote.
        member: Which network of an ensemble, from 1; None where the file holds one.

    Raises:
        ModelError: The file cannot be read, holds several networks and none is chosen, or not so many.
    """
    networks = read_exported(onnx_file)
    if member is None and len(networks) > 1:
        raise ModelError(
            f"{onnx_file} holds {len(networks)} networks; choose one with --member 1 to {len(networks)}"
        )
    if member is not None and not 1 <= member <= len(networks):
        raise ModelError(
            f"{onnx_file} holds {len(networks)} network{'s' * (len(networks) > 1)}, expected --member 1 to "
            f"{len(networks)}, received {member}"
        )
    return networks[(member or 1) - 1]


def load_model_weights(
    model: keras.Model,
    onnx_file: Path,
    views: NDArray[np.uint8] | None = None,
    *,
    member: int | None = None,
) -> None:
    """Put the weights of an exported model into a fresh network of the same shape.

    Args:
        model: A network whose every convolution is followed by a batch normalisation, such as `lite0`.
        onnx_file: `model.onnx` of a model that `export-onnx` wrote from such a network.
        views: Training views that the statistics are taken from, shape (n, size, size, 3); a few hundred do.
            Without them every normalisation only adds its bias: the network answers alike, but is not to be
            trained.
        member: As in `find_network`.

    Raises:
        ModelError: As in `find_network`, or it is of another network.
    """
    network = find_network(onnx_file, member)
    try:
        fill(model, network, views)
    except ModelError as error:
        raise ModelError(f"{onnx_file}: {error}") from error


def fill(model: keras.Model, exported: ExportedNetwork, views: NDArray[np.uint8] | None = None) -> None:
    """Put the weights of one exported network into a fresh one; arguments as in `load_model_weights`.

    Raises:
        ModelError: The shapes of the two differ.
    """
    folded, pairs = exported.convolutions, _normalised(model)
    shapes = [_onnx_shape(convolution) for convolution, _ in pairs]
    if shapes != [kernel.shape for kernel, _ in folded]:
        raise ModelError(
            f"the file's {len(folded)} convolutions do not fit the {len(pairs)} of this recipe's "
            "network; start from a model of the same recipe"
        )
    for (convolution, _), (kernel, _) in zip(pairs, folded, strict=True):
        convolution.set_weights([_keras_kernel(kernel, convolution)])
    _pass_through(pairs, [bias for _, bias in folded])
    model.get_layer(LOGITS).set_weights([exported.kernel, exported.bias])
    if views is None:
        return
    statistics = _statistics(model, [convolution for convolution, _ in pairs], views)
    for (_, norm), (_, bias), (mean, variance) in zip(pairs, folded, statistics, strict=True):
        norm.set_weights([np.sqrt(variance + norm.epsilon), mean + bias, mean, variance])


def _normalised(model: keras.Model) -> list[tuple[Any, Any]]:
    """Each convolution with the normalisation after it, in the order of the network."""
    from keras import layers

    kinds = (layers.Conv2D, layers.DepthwiseConv2D, layers.BatchNormalization)
    found = [layer for layer in model.layers if isinstance(layer, kinds)]
    others = [layer.name for layer in model.layers if layer.weights and layer not in found]
    if others != [LOGITS] or len(found) % 2:
        raise ModelError(
            "only a network of convolutions, each with its normalisation, can start from a model; "
            f"{model.name} is another; start it from ImageNet or fresh weights"
        )
    return list(zip(found[::2], found[1::2], strict=True))


def _onnx_shape(convolution: Any) -> tuple[int, ...]:
    rows, columns, inputs, outputs = convolution.get_weights()[0].shape
    return (
        (inputs, outputs, rows, columns) if _is_depthwise(convolution) else (outputs, inputs, rows, columns)
    )


def _keras_kernel(kernel: NDArray[np.float32], convolution: Any) -> NDArray[np.float32]:
    return kernel.transpose(2, 3, 0, 1) if _is_depthwise(convolution) else kernel.transpose(2, 3, 1, 0)


def _is_depthwise(convolution: Any) -> bool:
    from keras import layers

    return isinstance(convolution, layers.DepthwiseConv2D)


def _pass_through(pairs: list[tuple[Any, Any]], biases: list[NDArray[np.float32]]) -> None:
    """Let every normalisation add the bias and do nothing else."""
    for (_, norm), bias in zip(pairs, biases, strict=True):
        one, zero = np.ones_like(bias), np.zeros_like(bias)
        norm.set_weights([one, bias, zero, one - norm.epsilon])


def _statistics(
    model: keras.Model, convolutions: list[Any], views: NDArray[np.uint8]
) -> list[tuple[NDArray[np.float32], NDArray[np.float32]]]:
    """Mean and variance of each channel that each convolution gives."""
    import keras

    inner = keras.Model(model.inputs, [convolution.output for convolution in convolutions])
    sums = [[0.0, 0.0, 0] for _ in convolutions]
    for start in range(0, len(views), BATCH):
        for total, output in zip(sums, inner.predict_on_batch(views[start : start + BATCH]), strict=True):
            values = output.reshape(-1, output.shape[-1]).astype(np.float64)
            total[0] += values.sum(axis=0)
            total[1] += np.square(values).sum(axis=0)
            total[2] += len(values)
    means = [(first / count, second / count) for first, second, count in sums]
    return [
        (mean.astype(np.float32), np.maximum(square - mean**2, 0.0).astype(np.float32))
        for mean, square in means
    ]
