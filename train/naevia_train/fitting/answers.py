"""What a network says about prepared photos."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import keras
import numpy as np
from numpy.typing import NDArray

from naevia_train.fitting.fit import PREDICT_BATCH
from naevia_train.labelling.grouping import first_of_each
from naevia_train.networks import network
from naevia_train.preparing.dataset import PreparedImages

Pixels = NDArray[np.uint8]
LogitsAndEmbeddings = tuple[NDArray[np.float32], NDArray[np.float32]]
Network = Callable[[Pixels], LogitsAndEmbeddings]
"""From prepared pixels, (n, size, size, 3) uint8, to logits (n, 9) and embeddings (n, features)."""


def network_of(model: keras.Model, *, mirrored: bool) -> Network:
    """The network as the exported file will answer: with the mean over the photo and its mirror image."""
    outputs = [model.get_layer(network.LOGITS).output, model.get_layer(network.EMBEDDING).output]
    both = keras.Model(model.inputs, outputs)

    def answer(pixels: Pixels) -> LogitsAndEmbeddings:
        views = (pixels, pixels[:, :, ::-1]) if mirrored else (pixels,)
        answers = [both.predict(view, batch_size=PREDICT_BATCH, verbose=0) for view in views]
        logits, embeddings = (np.mean(parts, axis=0) for parts in zip(*answers, strict=True))
        return logits, embeddings

    return answer


@dataclass(frozen=True, eq=False)
class Answers:
    """Prepared images with what the network says about them."""

    images: PreparedImages
    logits: NDArray[np.float32]
    embeddings: NDArray[np.float32]

    def first_files(self) -> NDArray[np.int64]:
        """Positions of the first file of each image."""
        return first_of_each(row.image_id for row in self.images.rows)


def answer_images(answer: Network, images: PreparedImages) -> Answers:
    """Let a network answer prepared images."""
    return Answers(images, *answer(images.pixels))
