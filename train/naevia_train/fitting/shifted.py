"""Depthwise convolution on JAX as a sum of shifted maps.

XLA took 111 seconds to compile an EfficientNet-Lite2 with depthwise convolutions for an H200, because it
tries every way of each, and 20 with these sums; a step took half as long again. A run of some minutes gains
by that (`KERAS_BACKEND=jax python benchmarks/train.py` prints both).
"""

from __future__ import annotations

from functools import partial
from typing import Any

import keras

from naevia_train.networks.network import leaves


def shift_depthwise(model: keras.Model) -> None:
    """Let depthwise convolutions on JAX add up shifted maps; the saved network stays as it is.

    Args:
        model: A network that is about to be trained; call it again after loading one.
    """
    if keras.backend.backend() != "jax":
        return
    for layer in leaves(model):
        if _is_plain(layer):
            layer.call = partial(_call, layer)


def _is_plain(layer: keras.layers.Layer) -> bool:
    return (
        type(layer) is keras.layers.DepthwiseConv2D
        and layer.padding == "same"
        and layer.data_format == "channels_last"
        and layer.depth_multiplier == 1
        and layer.dilation_rate == (1, 1)
        and layer.activation is keras.activations.linear
        and not layer.use_bias
    )


def _call(layer: Any, inputs: Any) -> Any:
    """What the layer's own `call` does, for a map of shape (batch, rows, columns, channels)."""
    from keras import ops

    kernel = ops.cast(layer.kernel, inputs.dtype)
    sides = [
        _side(length, taps, stride)
        for length, taps, stride in zip(inputs.shape[1:3], layer.kernel_size, layer.strides, strict=True)
    ]
    padded = ops.pad(inputs, ((0, 0), *(around for _, around in sides), (0, 0)))
    total: Any = 0
    for row in range(layer.kernel_size[0]):
        for column in range(layer.kernel_size[1]):
            window = (
                slice(start, start + stride * (count - 1) + 1, stride)
                for start, stride, (count, _) in zip((row, column), layer.strides, sides, strict=True)
            )
            part = padded[:, *window] * kernel[row, column, :, 0]
            total = total + ops.cast(part, "float32")
    return ops.cast(total, inputs.dtype)


def _side(length: int, taps: int, stride: int) -> tuple[int, tuple[int, int]]:
    """Positions of the result along one side, and how many are added before and after the map."""
    count = -(-length // stride)
    added = max((count - 1) * stride + taps - length, 0)
    return count, (added // 2, added - added // 2)
