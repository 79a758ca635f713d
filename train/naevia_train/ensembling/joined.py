"""One network from several."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from naevia.taxonomy import CODES
from naevia_train.networks.network import FEATURES, LOGITS, head, leaves

if TYPE_CHECKING:
    import keras

LARGEST_BYTE = 127


def join(members: Sequence[keras.Model], temperatures: Sequence[float]) -> keras.Model:
    """Let several networks look at a photo and answer with the mean of their calibrated logits.

    The feature maps lie one behind the other, and one linear head reads them all, so that the heat map of the
    joint network is exact, too. The 1x1 kernels, nine tenths of all weights, are rounded to 8 bits with a
    step per output channel and the others to half precision, as the exported file stores them; the network
    computes in single precision.

    Args:
        members: Networks with the same input whose last feature maps have the same rows and columns.
        temperatures: What each one's logits are divided by.

    Returns:
        A network with the agreed layers `features`, `embedding` and `logits`.
    """
    import keras

    pixels = keras.layers.Input(members[0].input.shape[1:], name="pixels")
    bodies = [
        keras.Model(member.inputs, member.get_layer(FEATURES).output, name=f"member{number}")
        for number, member in enumerate(members, start=1)
    ]
    features = keras.layers.Concatenate(name=FEATURES)([body(pixels) for body in bodies])
    model = keras.Model(pixels, head(features, len(CODES), dropout=0.0), name="ensemble")
    kernels, biases = zip(*(member.get_layer(LOGITS).get_weights() for member in members), strict=True)
    shares = [1 / (temperature * len(members)) for temperature in temperatures]
    kernel = np.concatenate([share * kernel for share, kernel in zip(shares, kernels, strict=True)])
    bias = np.sum([share * bias for share, bias in zip(shares, biases, strict=True)], axis=0)
    model.get_layer(LOGITS).set_weights([kernel, bias])
    for layer in leaves(model):
        _round(layer)
    return model


def _round(layer: keras.layers.Layer) -> None:
    """Round a layer's kernel to what the exported file stores: 8 bits where it mixes channels, else 16."""
    if not hasattr(layer, "kernel"):
        return
    kernel = layer.kernel.numpy()
    layer.kernel.assign(_eight_bits(kernel) if kernel.shape[:-2] == (1, 1) else _half(kernel))


def _eight_bits(kernel: NDArray[np.float32]) -> NDArray[np.float32]:
    """Round to whole multiples, at most 127, of one step per output channel, the last axis.

    A step is rounded up to 16 significant bits, so that every multiple of it is an exact number.
    """
    steps = np.abs(kernel).max(axis=(0, 1, 2), keepdims=True) / np.float32(LARGEST_BYTE)
    steps = ((steps.view(np.uint32) + np.uint32(0xFF)) & ~np.uint32(0xFF)).view(np.float32)
    steps = np.where(steps > 0, steps, np.float32(1))
    return np.rint(kernel / steps) * steps


def _half(values: NDArray[np.float32]) -> NDArray[np.float32]:
    return values.astype(np.float16).astype(np.float32)
