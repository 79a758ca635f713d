"""EfficientNet-Lite0 to Lite2 from stock Keras layers, and their ImageNet weights."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from naevia.errors import ModelError
from naevia.taxonomy import CODES
from naevia_train.networks.imagenet import find_weights, read_weights
from naevia_train.networks.network import FEATURES, LOGITS, head, photo_input

if TYPE_CHECKING:
    import keras

SCALE, OFFSET = 1 / 128, -127 / 128
IMAGENET_CLASSES = 1000
STEM_CHANNELS, TOP_CHANNELS = 32, 1280
CHANNEL_STEP = 8


class _Stage(NamedTuple):
    blocks: int
    kernel: int
    stride: int
    expand: int
    channels: int


class _Size(NamedTuple):
    """How much wider and deeper than Lite0 a network is."""

    width: float
    depth: float


# Tan and Le, "EfficientNet" (2019), table 1, without squeeze-excite, as the Lite variants define it.
_STAGES = (
    _Stage(1, 3, 1, 1, 16),
    _Stage(2, 3, 2, 6, 24),
    _Stage(2, 5, 2, 6, 40),
    _Stage(3, 3, 2, 6, 80),
    _Stage(3, 5, 1, 6, 112),
    _Stage(4, 5, 2, 6, 192),
    _Stage(1, 3, 1, 6, 320),
)
# Width and depth of EfficientNet-B0 to B2 in the same paper's published code; Lite takes them over.
SIZES = {"lite0": _Size(1.0, 1.0), "lite1": _Size(1.0, 1.1), "lite2": _Size(1.1, 1.2)}


def build_lite(
    name: str,
    size_px: int,
    *,
    dropout: float = 0.2,
    classes: int = len(CODES),
    colour_constancy: bool = False,
) -> keras.Model:
    """An EfficientNet-Lite with fresh weights.

    Args:
        name: One of `SIZES`.
        size_px: Input width and height, at least 32.
        dropout: Share of the embedding that is dropped while training.
        classes: Number of logits; 1000 takes the original head.
        colour_constancy: As in `photo_input`.
    """
    from keras import Model, layers

    pixels, x = photo_input(size_px, colour_constancy=colour_constancy)
    # Numbers up to 255 would lose their last digits where the rest computes with fewer bits.
    x = layers.Rescaling(SCALE, OFFSET, name="rescaling", dtype="float32")(x)
    x = layers.Conv2D(STEM_CHANNELS, 3, strides=2, padding="same", use_bias=False, name="stem_conv")(x)
    x = _norm(x, "stem_bn")
    x = layers.ReLU(6.0, name="stem_relu")(x)
    number = 0
    for stage in _stages(SIZES[name]):
        for repeat in range(stage.blocks):
            x = _inverted_bottleneck(x, f"block{number}", stage, stage.stride if repeat == 0 else 1)
            number += 1
    x = layers.Conv2D(TOP_CHANNELS, 1, use_bias=False, name="top_conv")(x)
    x = _norm(x, "top_bn")
    x = layers.ReLU(6.0, name=FEATURES)(x)
    return Model(pixels, head(x, classes, dropout), name=name)


def load_imagenet(model: keras.Model) -> None:
    """Put the ImageNet weights into a network of `build_lite`; the head too, when it has 1000 logits.

    Raises:
        ModelError: The weights are not installed, a tensor is missing or has another shape, or one of the
            file was not used.
    """
    weights = read_weights(find_weights(model.name))
    names = _torch_names(SIZES[model.name])
    if model.get_layer(LOGITS).units == IMAGENET_CLASSES:
        names[LOGITS] = "_fc"
    used = {"_fc.weight", "_fc.bias"} | {name for name in weights if name.endswith("num_batches_tracked")}
    for layer_name, torch_name in names.items():
        used |= _fill(model.get_layer(layer_name), torch_name, weights)
    if unused := sorted(set(weights) - used):
        raise ModelError(
            f"expected to use every ImageNet tensor, {len(unused)} are left over, first {unused[0]}"
        )


def _stages(size: _Size) -> list[_Stage]:
    """The stages of a size. Lite keeps the first and the last as shallow as they are in Lite0."""
    inner = range(1, len(_STAGES) - 1)
    return [
        stage._replace(
            blocks=int(np.ceil(size.depth * stage.blocks)) if number in inner else stage.blocks,
            channels=_channels(size.width * stage.channels),
        )
        for number, stage in enumerate(_STAGES)
    ]


def _channels(wanted: float) -> int:
    """The nearest multiple of `CHANNEL_STEP` that takes away no more than a tenth."""
    nearest = max(CHANNEL_STEP, int(wanted + CHANNEL_STEP / 2) // CHANNEL_STEP * CHANNEL_STEP)
    return nearest + CHANNEL_STEP if nearest < 0.9 * wanted else nearest


def _norm(x: Any, name: str) -> Any:
    from keras import layers

    return layers.BatchNormalization(momentum=0.99, epsilon=1e-3, name=name)(x)


def _inverted_bottleneck(x: Any, name: str, stage: _Stage, stride: int) -> Any:
    from keras import layers

    shortcut, channels = x, x.shape[-1]
    if stage.expand > 1:
        x = layers.Conv2D(channels * stage.expand, 1, use_bias=False, name=f"{name}_expand_conv")(x)
        x = layers.ReLU(6.0, name=f"{name}_expand_relu")(_norm(x, f"{name}_expand_bn"))
    x = layers.DepthwiseConv2D(
        stage.kernel, strides=stride, padding="same", use_bias=False, name=f"{name}_depthwise_conv"
    )(x)
    x = layers.ReLU(6.0, name=f"{name}_depthwise_relu")(_norm(x, f"{name}_depthwise_bn"))
    x = layers.Conv2D(stage.channels, 1, use_bias=False, name=f"{name}_project_conv")(x)
    x = _norm(x, f"{name}_project_bn")
    if stride == 1 and channels == stage.channels:
        x = layers.Add(name=f"{name}_add")([x, shortcut])
    return x


def _torch_names(size: _Size) -> dict[str, str]:
    """The file's parameter prefix of each Keras layer that has weights."""
    names = {"stem_conv": "_conv_stem", "stem_bn": "_bn0", "top_conv": "_conv_head", "top_bn": "_bn1"}
    for number in range(sum(stage.blocks for stage in _stages(size))):
        parts = {"depthwise_conv": "_depthwise_conv", "depthwise_bn": "_bn1", "project_conv": "_project_conv"}
        parts["project_bn"] = "_bn2"
        if number > 0:
            parts |= {"expand_conv": "_expand_conv", "expand_bn": "_bn0"}
        names |= {f"block{number}_{ours}": f"_blocks.{number}.{theirs}" for ours, theirs in parts.items()}
    return names


def _fill(layer: keras.layers.Layer, torch_name: str, weights: dict[str, Any]) -> set[str]:
    parts = (
        ("weight", "bias", "running_mean", "running_var")
        if layer.name.endswith("_bn")
        else ("weight", "bias")
    )
    keys = [f"{torch_name}.{part}" for part in parts if f"{torch_name}.{part}" in weights]
    arrays = [_keras_axes(weights[key], depthwise=layer.name.endswith("depthwise_conv")) for key in keys]
    try:
        layer.set_weights(arrays)
    except ValueError as error:
        raise ModelError(f"ImageNet weights do not fit layer {layer.name}: {error}") from error
    return set(keys)


def _keras_axes(array: np.ndarray, *, depthwise: bool) -> np.ndarray:
    if array.ndim == 4:
        return array.transpose(2, 3, 0, 1) if depthwise else array.transpose(2, 3, 1, 0)
    return array.T
