"""The answers that travel with a model, so that every computer can prove that it runs it rightly."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from naevia.contract import InputSpec
from naevia.preprocess import prepare
from naevia.synthetic import draw_lesion
from naevia.taxonomy import CODES

GOLDEN_IMAGES = 8

_SEEDS = (11, 12, 13)


def golden_answers(
    spec: InputSpec, probabilities_of: Callable[[NDArray[np.uint8]], NDArray[np.float32]]
) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    """Draw lesions (no patient's photo is shipped) and ask Keras about them.

    Of several drawings per diagnosis the one with the clearest answer is kept, and of those the eight
    clearest: a near tie would turn over with the last digit on another processor and look like a damaged
    model.

    Args:
        spec: How the network wants its pixels.
        probabilities_of: Keras: pixels (images, size_px, size_px, 3) uint8 to probabilities (images, 9).

    Returns:
        Pixels (8, size_px, size_px, 3) uint8 and probabilities (8, 9) float32.
    """
    pixels = np.stack([_drawing(code, seed, spec) for code in CODES for seed in _SEEDS])
    probabilities = probabilities_of(pixels)
    ordered = np.sort(probabilities, axis=1)
    lead = (ordered[:, -1] - ordered[:, -2]).reshape(len(CODES), len(_SEEDS))
    clearest_codes = np.sort(np.argsort(-lead.max(axis=1), kind="stable")[:GOLDEN_IMAGES])
    chosen = clearest_codes * len(_SEEDS) + lead.argmax(axis=1)[clearest_codes]
    return pixels[chosen], probabilities[chosen]


def _drawing(code: str, seed: int, spec: InputSpec) -> NDArray[np.uint8]:
    return prepare(draw_lesion(code, seed=seed, width_px=320, height_px=240), spec)
