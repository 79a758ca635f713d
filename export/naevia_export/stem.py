"""What a network does with its pixels before its first convolution."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from naevia.errors import ModelError

_SCALING = {"Rescaling", "Normalization", "BatchNormalization", "LayerNormalization"}
_SCALING |= {"Divide", "TrueDivide", "Multiply", "Subtract", "Add"}
"""Layers and operations by which a network brings pixels to the numbers that it learnt with."""
_FRAMING = {"Cropping2D", "CenterCrop", "RandomCrop", "CropImages", "PadImages", "Pad", "GetItem"}
"""Layers and operations after which a map covers another part of the photo, when they change its size."""


def operations(model: Any) -> Iterator[Any]:
    """Layers and operations from the input on, those of nested models in their place."""
    for operation in getattr(model, "operations", model.layers):
        if hasattr(operation, "layers"):
            yield from operations(operation)
        else:
            yield operation


def scales_pixels(model: Any) -> bool:
    """Whether anything before the first layer that weighs pixels changes their scale."""
    return any(type(operation).__name__ in _SCALING for operation in _before_weights(model)[:-1])


def check_place(path: Path, model: Any) -> None:
    """Refuse what cuts or pads the square before the first convolution: a heat map is laid over all of it.

    Raises:
        ModelError: A layer does; the message names it.
    """
    *first, weighing = _before_weights(model)
    for operation in first:
        if _reframes(operation, weighing):
            raise ModelError(
                f"{path}: expected the whole square to reach the first convolution, received "
                f"`{operation.name}`, which cuts or pads it, so that every heat map would lie in the wrong "
                "place; build the network without it, on the size that it leaves, and let photos be cut with "
                "--resize center_square"
            )


def _before_weights(model: Any) -> list[Any]:
    """The operations up to the first that weighs pixels, which is the last of them."""
    found = []
    for operation in operations(model):
        found.append(operation)
        if "Conv" in type(operation).__name__ or "Dense" in type(operation).__name__:
            break
    return found


def _reframes(operation: Any, weighing: Any) -> bool:
    kind = type(operation).__name__
    if kind == "ZeroPadding2D":
        return any(sum(sides) > room for sides, room in zip(operation.padding, _room(weighing), strict=True))
    if kind in ("Resizing", "Resize"):  # of a square: only to another form must anything be cut or padded
        rows, columns = operation.output.shape[1:3]
        return rows != columns and (operation.crop_to_aspect_ratio or operation.pad_to_aspect_ratio)
    return kind in _FRAMING and operation.output.shape[1:3] != operation.input.shape[1:3]


def _room(weighing: Any) -> tuple[int, int]:
    """Rows and columns that a convolution itself takes away, which padding before it may give back."""
    kernel, dilation = getattr(weighing, "kernel_size", (1, 1)), getattr(weighing, "dilation_rate", (1, 1))
    return (kernel[0] - 1) * dilation[0], (kernel[1] - 1) * dilation[1]
