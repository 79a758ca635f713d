"""Finished models as teachers: what they answer becomes part of what the network is to answer.

Source: Hinton, Vinyals and Dean, "Distilling the Knowledge in a Neural Network" (2015).
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from naevia.preprocess import prepare
from naevia.session import Session
from naevia.shelf import find_model
from naevia.taxonomy import CODES
from naevia_train.preparing.dataset import TrainingImages

BATCH = 32


def taught_targets(images: TrainingImages, teachers: Sequence[str], share: float) -> NDArray[np.float32]:
    """The targets of training images: their labels, mixed with what teachers answer to the plain photos.

    Args:
        images: The training images; a teacher's answer to an image is the mean over its renditions.
        teachers: Names or folders of finished models; their answers are averaged.
        share: How much of a target is the teachers' answer, 0 to 1.

    Returns:
        Shape (n, 9); each row sums to 1.

    Raises:
        ModelError: A teacher is missing or not what its contract says.
    """
    targets = np.eye(len(CODES), dtype=np.float32)[images.labels]
    answers = np.mean([_answers(find_model(teacher), images) for teacher in teachers], axis=0)
    return np.asarray((1 - share) * targets + share * answers, np.float32)


def _answers(folder: Path, images: TrainingImages) -> NDArray[np.float64]:
    session = Session.open(folder)
    spec = session.contract.input
    owners = np.repeat(np.arange(len(images.labels)), [len(files) for files in images.renditions])
    photos = [photo for files in images.renditions for photo in files]
    sums = np.zeros((len(images.labels), len(CODES)))
    for start in range(0, len(photos), BATCH):
        pixels = np.stack([prepare(photo, spec) for photo in photos[start : start + BATCH]])
        np.add.at(sums, owners[start : start + BATCH], session.run(pixels)[0])
    return sums / sums.sum(axis=1, keepdims=True)
