"""Opening a Keras file, and checking that its network has the agreed form."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np

from naevia.errors import ModelError
from naevia.taxonomy import CODES
from naevia_export._quiet import import_tensorflow
from naevia_export.head import ends_in_softmax, read_head
from naevia_export.network import Network
from naevia_export.stem import check_place, operations, scales_pixels

SMALLEST_PX, LARGEST_PX = 32, 1024

_OTHER_PRECISIONS = ("float16", "bfloat16", "float64")


def load_network(path: Path) -> Network:
    """Open a `.keras` file and check that it has the agreed head.

    Raises:
        ModelError: Keras cannot open it, or it has other inputs, layers or outputs than expected.
    """
    import_tensorflow()
    import keras

    try:
        model = keras.saving.load_model(path, compile=False)
    except Exception as error:  # Keras raises many types, for a damaged file and for a class it does not know
        raise ModelError(_why_not_opened(path, error)) from error
    size_px = _size_px(path, model)
    _check_precision(path, model)
    check_place(path, model)
    _hold_numbers(model)
    joint, logits = read_head(path, model)
    weights = [np.asarray(weight, np.float32) for weight in logits.get_weights()]
    rows, columns, channels = joint.outputs[0].shape[1:]
    return Network(
        joint=joint,
        kernel=weights[0],
        bias=weights[1] if len(weights) > 1 else np.zeros(len(CODES), np.float32),
        ends_in_softmax=ends_in_softmax(path, model, logits),
        size_px=size_px,
        map_shape=(rows, columns, channels),
        scales_pixels=scales_pixels(model),
    )


def _why_not_opened(path: Path, error: Exception) -> str:
    try:
        with zipfile.ZipFile(path) as archive:
            foreign = _foreign_classes(json.loads(archive.read("config.json")))
    except (OSError, ValueError, KeyError, zipfile.BadZipFile):
        foreign = []
    if foreign:
        return (
            f"{path} uses {', '.join(foreign)}; only stock Keras layers can be exported, no custom objects "
            "and no Lambda; build it from stock layers"
        )
    problem = " ".join(str(error).split())[:160]
    return f"{path}: Keras cannot open it: {problem}; save the network again with model.save('name.keras')"


def _foreign_classes(config: Any) -> list[str]:
    """Names of the classes in a Keras configuration that Keras does not bring, or does not open unasked."""
    if isinstance(config, list):
        return sorted({name for part in config for name in _foreign_classes(part)})
    if not isinstance(config, dict):
        return []
    found = set(_foreign_classes(list(config.values())))
    if "class_name" in config and "module" in config:
        is_stock = str(config["module"]).split(".")[0] == "keras" and config["class_name"] != "Lambda"
        found |= set() if is_stock else {str(config["class_name"])}
    return sorted(found)


def _size_px(path: Path, model: Any) -> int:
    shapes = [tuple(tensor.shape) for tensor in getattr(model, "inputs", None) or []]
    side = shapes[0][1] if len(shapes) == 1 and len(shapes[0]) == 4 else None
    if side is None or shapes[0][1:] != (side, side, 3) or not SMALLEST_PX <= side <= LARGEST_PX:
        raise ModelError(
            f"{path}: expected one input (batch, size, size, 3) with a size of {SMALLEST_PX} to "
            f"{LARGEST_PX}, received {shapes}; build the network on keras.Input((size, size, 3))"
        )
    if shapes[0][0] is not None:
        raise ModelError(
            f"{path}: expected an input for any number of photos, received one of a batch fixed to "
            f"{shapes[0][0]}; build the network on keras.Input(({side}, {side}, 3)) without batch_size, load "
            "the weights with network.set_weights(trained.get_weights()) and save it"
        )
    return int(side)


def _check_precision(path: Path, model: Any) -> None:
    for operation in operations(model):
        quantized = getattr(operation, "quantization_mode", None)
        if quantized is not None:
            raise ModelError(
                f"{path}: expected weights in float32, received `{operation.name}` in {quantized}; "
                "export the network as it was before quantize()"
            )
        precision = getattr(operation, "compute_dtype", "float32")
        if precision in _OTHER_PRECISIONS:
            raise ModelError(
                f"{path}: expected layers that compute in float32, received `{operation.name}` in "
                f"{precision}; call keras.config.set_dtype_policy('float32'), build the network again, load "
                "the weights with network.set_weights(trained.get_weights()) and save it"
            )


def _hold_numbers(model: Any) -> None:
    """Let layers hold what they scale with as NumPy arrays: a tensor would become a further input."""
    import keras

    for layer in operations(model):
        if isinstance(layer, keras.layers.Normalization):
            layer.mean, layer.variance = np.asarray(layer.mean), np.asarray(layer.variance)
