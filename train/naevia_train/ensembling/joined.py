"""One network from several."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from naevia.taxonomy import CODES
from naevia_train.network import FEATURES, LOGITS, head

if TYPE_CHECKING:
    import keras


def join(members: Sequence[keras.Model], temperatures: Sequence[float]) -> keras.Model:
    """Let several networks look at a photo and answer with the mean of their calibrated logits.

    The feature maps lie one behind the other, and one linear head reads them all, so that the heat map of the
    joint network is exact, too. All weights are rounded to half precision, as the exported file stores them.

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
    for weight in model.weights:
        if len(weight.shape) > 1:
            weight.assign(_half(weight.numpy()))
    return model


def _half(values: NDArray[np.float32]) -> NDArray[np.float32]:
    return values.astype(np.float16).astype(np.float32)
