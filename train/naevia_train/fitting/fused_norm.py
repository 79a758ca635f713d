"""Batch normalisation while fitting, in one kernel of TensorFlow instead of a dozen.

Keras computes mean, variance and the normalised values by separate operations, each of which reads the whole
feature map; on a CPU that took as long as all convolutions together. TensorFlow's fused kernel gives the same
numbers, up to rounding (`benchmarks/train.py` prints what it saves).
"""

from __future__ import annotations

from functools import partial
from typing import Any

import keras

from naevia_train.networks.network import leaves

LEAST_EPSILON = 1.001e-5
"""TensorFlow's kernel raises a smaller one to this."""


def fuse_norms(model: keras.Model) -> None:
    """Let every batch normalisation over channels use the fused kernel; the saved network stays as it is.

    Layers whose mean is over several devices, and those of anything but feature maps, are left to Keras, and
    so are all where Keras does not compute with TensorFlow.

    Args:
        model: A network that is about to be trained; call it again after loading one.
    """
    if keras.backend.backend() != "tensorflow":
        return
    for layer in leaves(model):
        if _is_fusible(layer):
            layer.call = partial(_call, layer)


def _is_fusible(layer: keras.layers.Layer) -> bool:
    return (
        type(layer) is keras.layers.BatchNormalization
        and not layer.synchronized
        and not getattr(layer, "renorm", False)
        and layer.scale
        and layer.center
        and layer.axis in (-1, 3)
        and layer.input_spec.ndim == 4
        and layer.epsilon >= LEAST_EPSILON
        and layer.compute_dtype == "float32"
        and len(layer.gamma.shape) == 1
    )


def _call(layer: Any, inputs: Any, training: bool | None = None, mask: Any = None) -> Any:
    """What the layer's own `call` does, for a map of shape (batch, rows, columns, channels)."""
    import tensorflow as tf

    fused = partial(tf.compat.v1.nn.fused_batch_norm, inputs, layer.gamma, layer.beta, epsilon=layer.epsilon)
    if not (training and layer.trainable):
        return fused(mean=layer.moving_mean, variance=layer.moving_variance, is_training=False)[0]
    normalised, mean, variance = fused(is_training=True)[:3]
    count = tf.cast(tf.size(inputs) // tf.shape(inputs)[-1], tf.float32)
    variance *= (count - 1) / count  # the kernel gives that of a sample, Keras keeps that of the batch
    kept = layer.momentum
    layer.moving_mean.assign(kept * layer.moving_mean + (1 - kept) * mean)
    layer.moving_variance.assign(kept * layer.moving_variance + (1 - kept) * variance)
    return normalised
