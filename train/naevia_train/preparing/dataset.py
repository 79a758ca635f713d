"""The audited images as training and validation see them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from naevia.contract import InputSpec
from naevia.preprocess import prepare
from naevia.taxonomy import CODES
from naevia_train.labelling.manifest import ManifestRow, first_files, images_of
from naevia_train.preparing.intake import RunData


@dataclass(frozen=True, eq=False)
class TrainingImages:
    """The training split: every rendition of every image, as decoded.

    Attributes:
        renditions: Photos by image, uint8 RGB of any size.
        labels: Taxonomy position per image, shape (n,).
        sources: The given folders that hold the image, by image, joined by " and ".
    """

    renditions: list[list[NDArray[np.uint8]]]
    labels: NDArray[np.int64]
    sources: list[str]


@dataclass(frozen=True, eq=False)
class PreparedImages:
    """Photos prepared exactly as the clinic prepares them, never augmented or resampled.

    Attributes:
        rows: The manifest row of each photo.
        pixels: Shape (n, size, size, 3), uint8.
        labels: Taxonomy position per photo, shape (n,).
    """

    rows: list[ManifestRow]
    pixels: NDArray[np.uint8]
    labels: NDArray[np.int64]


def training_images(data: RunData) -> TrainingImages:
    """Gather the training split."""
    images = images_of(data.rows, "train").values()
    first = first_files(data.rows, "train")
    return TrainingImages(
        renditions=[[data.pixels[data.rows[index].path] for index in indices] for indices in images],
        labels=np.array([CODES.index(row.label) for row in first], np.int64),
        sources=[" and ".join(sorted({data.rows[index].source for index in indices})) for indices in images],
    )


def prepared_images(
    data: RunData, split: str, spec: InputSpec, *, every_rendition: bool = False
) -> PreparedImages:
    """Prepare a split: the first file of each image, or all of them."""
    if not every_rendition:
        return prepare_rows(first_files(data.rows, split), data.pixels, spec)
    positions = chain.from_iterable(images_of(data.rows, split).values())
    return prepare_rows([data.rows[position] for position in positions], data.pixels, spec)


def prepare_rows(
    rows: Sequence[ManifestRow], photos: Mapping[str, NDArray[np.uint8]], spec: InputSpec
) -> PreparedImages:
    """Prepare the photos of some manifest rows.

    Args:
        rows: The rows.
        photos: By path, uint8 RGB of shape (height, width, 3), of any size.
        spec: How the network takes photos.
    """
    pixels = np.empty((len(rows), spec.size_px, spec.size_px, 3), np.uint8)
    for index, row in enumerate(rows):
        pixels[index] = prepare(photos[row.path], spec)
    return PreparedImages(list(rows), pixels, np.array([CODES.index(row.label) for row in rows], np.int64))
