"""What every network begins with and ends in, and the mission's own small one.

All take (size, size, 3) pixels from 0 to 255, scale them inside, and end in the layers `features` (the last
feature map), `embedding` (its mean over positions) and `logits` (nine numbers, no softmax). Because the head
is linear after the mean, `features` times the kernel of `logits` is the exact evidence for each class at each
position.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from naevia.taxonomy import CODES

if TYPE_CHECKING:
    import keras

FEATURES, EMBEDDING, LOGITS = "features", "embedding", "logits"
FAINTEST_LIGHT = 0.05
"""Of full scale; a darker channel counts as this bright, so that black photos stay black."""


def leaves(model: keras.Model) -> list[keras.layers.Layer]:
    """The layers of a network from input to output, those of a network inside it in its place."""
    from keras import Model

    nested = [leaves(layer) if isinstance(layer, Model) else [layer] for layer in model.layers]
    return [layer for part in nested for layer in part]


def photo_input(size_px: int, *, colour_constancy: bool) -> tuple[Any, Any]:
    """The input of every network, and the pixels that it goes on with, both 0 to 255.

    Args:
        size_px: Width and height.
        colour_constancy: Whether the colour of the light is taken out of each photo (shades of grey): its
            estimate is a Minkowski mean of power 6 of each channel, and the channels are scaled until the
            three agree in their mean. Source: Finlayson and Trezzi, "Shades of Gray and Colour Constancy"
            (2004); on dermoscopy Barata et al., "Improving Dermoscopy Image Classification Using Color
            Constancy" (2015).
    """
    from keras import layers, ops

    pixels = layers.Input((size_px, size_px, 3), name="pixels")
    if not colour_constancy:
        return pixels, pixels
    scaled = pixels / 255.0
    cubed = scaled * scaled * scaled
    # Row means before their mean: in float32 one mean over all positions was off by up to 2e-3 of 255.
    bright = ops.mean(ops.mean(cubed * cubed, axis=1, keepdims=True), axis=2, keepdims=True)
    light = ops.maximum(ops.power(bright, 1 / 6), FAINTEST_LIGHT)
    return pixels, pixels * (ops.mean(light, axis=3, keepdims=True) / light)


def head(features: Any, classes: int, dropout: float) -> Any:
    """The end of every network.

    Args:
        features: The last feature map, shape (batch, rows, columns, channels), from a layer named `FEATURES`.
        classes: Number of logits.
        dropout: Share of the embedding that is dropped while training.
    """
    from keras import layers

    x = layers.GlobalAveragePooling2D(name=EMBEDDING)(features)
    x = layers.Dropout(dropout, name="dropout")(x)
    return layers.Dense(classes, name=LOGITS, dtype="float32")(x)


def build_seed(size_px: int, *, dropout: float = 0.3, colour_constancy: bool = False) -> keras.Model:
    """The mission's own small network: three convolution blocks and a dense layer of 128.

    The dense layer works at every position of the map, before the mean, so that the heat map stays exact.

    Args:
        size_px: Input width and height, at least 32.
        dropout: Share of the embedding that is dropped while training.
        colour_constancy: As in `photo_input`.
    """
    from keras import Model, layers

    pixels, x = photo_input(size_px, colour_constancy=colour_constancy)
    x = layers.Rescaling(1 / 255, name="rescaling")(x)
    for number, filters in enumerate((32, 64, 128), start=1):
        x = layers.Conv2D(filters, 3, padding="same", use_bias=False, name=f"block{number}_conv")(x)
        x = layers.BatchNormalization(momentum=0.9, name=f"block{number}_bn")(x)
        x = layers.ReLU(name=f"block{number}_relu")(x)
        x = layers.MaxPooling2D(name=f"block{number}_pool")(x)
        x = layers.Dropout(dropout / 3, name=f"block{number}_dropout")(x)
    x = layers.Dense(128, activation="relu", name=FEATURES)(x)
    return Model(pixels, head(x, len(CODES), dropout), name="seed")
