"""The agreed end of a network: the last map, its mean, and nine numbers from it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from naevia.errors import ModelError
from naevia.taxonomy import CODES
from naevia_export.network import EMBEDDING, FEATURES, LOGITS


def read_head(path: Path, model: Any) -> tuple[Any, Any]:
    """Find the agreed end of a network.

    Returns:
        A Keras model from the input to the last map (batch, rows, columns, features), its mean
        (batch, features) and the network's own output (batch, 9); and the layer `logits`.

    Raises:
        ModelError: The layers are not there, or have other shapes.
    """
    import keras

    features, embedding, logits = _named_layers(path, model)
    _check_outputs(path, model, logits)
    try:
        given = [_given(layer, model) for layer in (features, embedding)]
        joint = keras.Model(model.inputs[0], [*given, model.outputs[0]])
    except ValueError as error:  # a tensor inside of a nested model
        raise ModelError(
            f"{path}: expected `{EMBEDDING}` to take what `{FEATURES}` gives, received nested models between "
            f"them; put GlobalAveragePooling2D `{EMBEDDING}` behind `{FEATURES}`, outside of any nested model"
        ) from error
    shape, mean = tuple(joint.outputs[0].shape), tuple(joint.outputs[1].shape)
    if len(shape) != 4 or None in shape[1:]:
        raise ModelError(
            f"{path}: expected `{FEATURES}` to be a map (rows, columns, features), received {shape}"
        )
    if mean != (None, shape[-1]) or logits.kernel.shape[0] != shape[-1]:
        raise ModelError(
            f"{path}: expected `{EMBEDDING}` to be the mean of `{FEATURES}` over its positions, "
            f"(batch, {shape[-1]}), for `{LOGITS}` to take, received {mean} and a "
            f"kernel {tuple(logits.kernel.shape)}; put GlobalAveragePooling2D between them"
        )
    return joint, logits


def _named_layers(path: Path, model: Any) -> tuple[Any, Any, Any]:
    by_name = {layer.name: layer for layer in model.layers}
    if missing := [name for name in (FEATURES, EMBEDDING, LOGITS) if name not in by_name]:
        raise ModelError(
            f"{path}: expected layers named {FEATURES}, {EMBEDDING} and {LOGITS}, missing "
            f"{', '.join(missing)}; its last layers are {', '.join(list(by_name)[-4:])}; "
            "name these layers, outside of any nested model, and save it again"
        )
    return by_name[FEATURES], by_name[EMBEDDING], by_name[LOGITS]


def _check_outputs(path: Path, model: Any, logits: Any) -> None:
    outputs, wanted = [tuple(tensor.shape) for tensor in model.outputs], (None, len(CODES))
    if outputs == [wanted] and getattr(logits, "units", None) == len(CODES):
        return
    advice = (
        "save it as keras.Model(network.inputs, nine), where `nine` is the output with the diagnoses"
        if len(outputs) > 1 and wanted in outputs
        else "train it on all nine diagnoses"
    )
    raise ModelError(
        f"{path}: expected one output of {len(CODES)} numbers ({' '.join(CODES)}) from a Dense layer "
        f"`{LOGITS}`, received {outputs}; {advice}"
    )


def _given(layer: Any, model: Any) -> Any:
    """What a layer gives to the next one: `layer.output` of a nested model is a tensor inside of it."""
    import keras

    taken = [tensor for other in model.layers for tensor in keras.tree.flatten(other.input)]
    return next((tensor for tensor in taken if tensor._keras_history.operation is layer), layer.output)


def ends_in_softmax(path: Path, model: Any, logits: Any) -> bool:
    """Whether a network's own output is probabilities and not logits.

    Raises:
        ModelError: It is neither.
    """
    import keras

    last = model.outputs[0]._keras_history.operation
    activation = keras.activations.serialize(logits.activation)
    if last is logits and activation in ("linear", "softmax"):
        return activation == "softmax"
    is_softmax = isinstance(last, keras.layers.Softmax) or (
        isinstance(last, keras.layers.Activation)
        and keras.activations.serialize(last.activation) == "softmax"
    )
    if activation == "linear" and is_softmax:
        return True
    then = "" if last is logits else f" and then `{last.name}`"
    raise ModelError(
        f"{path}: expected to end in `{LOGITS}` without activation or in a softmax over it, received "
        f"`{LOGITS}` with {activation}{then}; train it with a softmax, one diagnosis for each photo"
    )
