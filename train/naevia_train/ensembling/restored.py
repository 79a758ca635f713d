"""The Keras networks of a finished model, from its ONNX file, and the proof that they answer alike."""

from __future__ import annotations

from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from naevia.contract import GOLDEN_FILE, MODEL_FILE, Contract
from naevia.errors import ModelError
from naevia_train.fitting.answers import network_of
from naevia_train.measuring.probabilities import softmax
from naevia_train.networks.exported import ExportedNetwork, read_exported
from naevia_train.networks.lite import SIZES, build_lite
from naevia_train.networks.warm_start import fill

if TYPE_CHECKING:
    import keras


def restore(folder: Path, contract: Contract) -> list[keras.Model]:
    """Rebuild the networks of a model that `export-onnx` wrote: an EfficientNet-Lite, or an ensemble of them.

    A model folder does not say which networks it holds. For each the sizes are tried, until all together give
    the model's golden answers.

    Args:
        folder: The model folder.
        contract: Its contract.

    Returns:
        Networks whose mean logits, divided by the contract's temperature, are those of the file. Their
        normalisations add a bias and do nothing else.

    Raises:
        ModelError: It holds another network, or one that does not give the golden answers.
    """
    other = ModelError(
        f"{folder}: expected a model that was trained from {', '.join(SIZES)}, which can be joined, "
        "and that gives its golden answers; it is another; train one with a lite recipe"
    )
    try:
        networks = read_exported(folder / MODEL_FILE)
    except ModelError as error:
        raise other from error
    with np.load(folder / GOLDEN_FILE) as golden:
        pixels, expected = golden["pixels"], golden["probabilities"]
    candidates = [_candidates(exported, contract) for exported in networks]
    answered = [
        [(model, network_of(model, mirrored=contract.mirrored)(pixels)[0]) for model in of_one]
        for of_one in candidates
    ]
    for chosen in product(*answered):
        logits = np.mean([logits for _, logits in chosen], axis=0)
        difference = np.abs(softmax(logits, contract.temperature) - expected)
        if difference.max() <= contract.golden.tolerance:
            return [model for model, _ in chosen]
    raise other


def _candidates(exported: ExportedNetwork, contract: Contract) -> list[keras.Model]:
    """The networks that the weights of one fit, filled with them."""
    found = []
    for name in SIZES:
        model = build_lite(
            name, contract.input.size_px, dropout=0.0, colour_constancy=exported.colour_constancy
        )
        try:
            fill(model, exported)
        except ModelError:  # another network
            continue
        found.append(model)
    return found
