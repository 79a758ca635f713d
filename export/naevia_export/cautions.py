"""What is doubtful in a network that comes as a bare Keras file, in sentences."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from naevia.taxonomy import TAXONOMY

_SURE = 0.999
"""No network is right to give half of its top diagnoses more."""
_UNSCALED = (
    "The network receives pixels from 0 to 255, and none of its layers scales them before the first "
    "convolution. If it learnt from numbers scaled elsewhere, such as 0 to 1, every answer is wrong, "
    "although ONNX Runtime and Keras agree: put keras.layers.Rescaling (for 0 to 1: Rescaling(1 / 255)) "
    "behind its input and save it again."
)
_UNMEASURED = (
    "A bare Keras file brings no temperature, no threshold and no refusal: its probabilities are not "
    "calibrated, every recommendation is `cannot tell`, and a picture that shows no lesion gets "
    "probabilities, too."
)
_LOOK = (
    "look whether its pixels are scaled once and as in training, whether batch normalisation was fitted, "
    "and measure it with `naevia evaluate`."
)


def bare_cautions(*, scales_pixels: bool, probabilities: NDArray[np.float32]) -> tuple[str, ...]:
    """Those of a bare Keras file.

    Args:
        scales_pixels: Whether a layer before the first convolution changes the scale of the pixels.
        probabilities: What Keras answers to the photos that it is verified on, shape (photos, 9).
    """
    found = [] if scales_pixels else [_UNSCALED]
    tops = np.unique(probabilities.argmax(axis=1))
    if len(tops) == 1:
        found.append(
            f"The top diagnosis of all {len(probabilities)} photos is {TAXONOMY[tops[0]].name}. Unless all "
            f"of them show one, the network cannot tell photos apart: {_LOOK}"
        )
    median = float(np.median(probabilities.max(axis=1)))
    if median > _SURE:
        found.append(
            f"The probability of the top diagnosis is {median:.5f} for the median photo, which no network is "
            f"right to give: {_LOOK}"
        )
    return (*found, _UNMEASURED)
