"""The Keras network of a finished model, from its ONNX file, and the proof that it answers alike."""

from __future__ import annotations

from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from naevia.contract import GOLDEN_FILE, MODEL_FILE, Contract
from naevia.errors import ModelError
from naevia_train.answers import network_of
from naevia_train.lite import SIZES, build_lite
from naevia_train.probabilities import softmax
from naevia_train.warm_start import load_model_weights

if TYPE_CHECKING:
    import keras


def restore(folder: Path, contract: Contract) -> keras.Model:
    """Rebuild the network of a model that `export-onnx` wrote from an EfficientNet-Lite.

    A model folder does not say which network it holds. Each is tried, with and without colour constancy,
    until one gives the model's golden answers.

    Args:
        folder: The model folder.
        contract: Its contract.

    Returns:
        A network that answers as the file does. Its normalisations add a bias and do nothing else.

    Raises:
        ModelError: It holds another network, or one that does not give the golden answers.
    """
    golden = np.load(folder / GOLDEN_FILE)
    for name, colour_constancy in product(SIZES, (False, True)):
        model = build_lite(name, contract.input.size_px, dropout=0.0, colour_constancy=colour_constancy)
        try:
            load_model_weights(model, folder / MODEL_FILE)
        except ModelError:  # another network
            continue
        logits, _ = network_of(model, mirrored=contract.mirrored)(golden["pixels"])
        found = softmax(logits, contract.temperature)
        if np.abs(found - golden["probabilities"]).max() <= contract.golden.tolerance:
            return model
    raise ModelError(
        f"{folder}: expected a model that was trained from {', '.join(SIZES)}, which can be joined, "
        "and that gives its golden answers; it is another; train one with a lite recipe"
    )
