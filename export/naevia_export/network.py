"""The Keras network, asked for the answers that the ONNX file must reproduce."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from naevia.errors import ModelError
from naevia.taxonomy import CODES
from naevia_export._quiet import import_tensorflow
from naevia_export.source import OodFit

if TYPE_CHECKING:
    import keras

FEATURES, EMBEDDING, LOGITS = "features", "embedding", "logits"

Answers = dict[str, NDArray[np.float32]]
"""Arrays by output name: `probabilities`, `activation_maps`, `embedding` and, when fitted, `ood_score`."""

_BATCH = 16
_HEAD_TOLERANCE = 1e-3


@dataclass(frozen=True, eq=False)
class Network:
    """A Keras network with the head that an exact activation map needs.

    Attributes:
        joint: Keras model from pixels (0 to 255) to the last feature map, the embedding and its own output.
        kernel: Weights of `logits`, shape (features, 9), float32.
        bias: Bias of `logits`, shape (9,), float32.
        ends_in_softmax: Whether its own output is probabilities and not logits.
        size_px: Input width and height.
        map_shape: Rows, columns and features of the last feature map.
        scales_pixels: Whether a layer before the first convolution changes the scale of the pixels.
    """

    joint: keras.Model
    kernel: NDArray[np.float32]
    bias: NDArray[np.float32]
    ends_in_softmax: bool
    size_px: int
    map_shape: tuple[int, int, int]
    scales_pixels: bool

    def run(self, pixels: NDArray[np.uint8]) -> tuple[NDArray[np.float64], ...]:
        """Features, embedding and own output of Keras itself, computed on the CPU, as float64."""
        tf = import_tensorflow()
        parts = []
        with tf.device("/CPU:0"):
            for start in range(0, len(pixels), _BATCH):
                batch = tf.cast(pixels[start : start + _BATCH], self.joint.inputs[0].dtype)
                parts.append([np.asarray(out, np.float64) for out in self.joint(batch, training=False)])
        return tuple(np.concatenate(part) for part in zip(*parts, strict=True))

    def answers(
        self, pixels: NDArray[np.uint8], *, temperature: float, ood: OodFit | None, mirrored: bool = False
    ) -> Answers:
        """What Keras answers; everything after the network is computed by NumPy in float64.

        Args:
            pixels: Shape (images, size_px, size_px, 3), uint8, RGB.
            temperature: What the logits are divided by before softmax.
            ood: Out-of-distribution fit, or None.
            mirrored: Whether the answer is the mean over the photo and its mirror image.

        Raises:
            ModelError: The activation maps would not be exact, or an answer is not a finite number.
        """
        features, embedding, own = self.run(pixels)
        if mirrored:
            others, other_embedding, other_own = self.run(pixels[:, :, ::-1])
            features = (features + others[:, :, ::-1]) / 2
            embedding, own = (embedding + other_embedding) / 2, (own + other_own) / 2
        self._check_head(features, embedding, own)
        evidence = np.log(np.maximum(own, np.finfo(np.float64).tiny)) if self.ends_in_softmax else own
        answers = {
            "probabilities": _softmax(evidence / temperature),
            "activation_maps": features @ self.kernel,
            "embedding": embedding,
        }
        if ood is not None:
            answers["ood_score"] = embedding @ ood.weights.astype(np.float64) + ood.bias
        return {name: values.astype(np.float32) for name, values in answers.items()}

    def _check_head(
        self, features: NDArray[np.float64], embedding: NDArray[np.float64], own: NDArray[np.float64]
    ) -> None:
        logits = embedding @ self.kernel + self.bias
        for what, found, expected in (
            (
                f"`{EMBEDDING}` is not the mean of `{FEATURES}` over its positions",
                embedding,
                features.mean((1, 2)),
            ),
            (
                f"the output is not `{EMBEDDING}` times the kernel of `{LOGITS}`",
                own,
                _softmax(logits) if self.ends_in_softmax else logits,
            ),
        ):
            if not np.isfinite(found).all():
                raise ModelError("the Keras network answers with numbers that are not finite; train it again")
            if np.abs(found - expected).max() > _HEAD_TOLERANCE * max(1.0, np.abs(expected).max()):
                raise ModelError(
                    f"{what}, so its activation maps would not be exact; "
                    f"end the network in `{FEATURES}`, its activation included, then GlobalAveragePooling2D "
                    f"`{EMBEDDING}`, then Dense({len(CODES)}) `{LOGITS}`"
                )


def _softmax(values: NDArray[np.float64]) -> NDArray[np.float64]:
    powers = np.exp(values - values.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)
