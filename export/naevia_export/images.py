"""Photos to verify a conversion on."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from naevia.contract import InputSpec
from naevia.errors import ImageError, UsageError
from naevia.image import read_photo
from naevia.preprocess import prepare

MOST_IMAGES = 64
FEWEST_IMAGES = 2
"""Fewer would leave batches of more than one image untested."""


def read_images(folder: Path, spec: InputSpec) -> NDArray[np.uint8]:
    """Read and prepare up to `MOST_IMAGES` photos of a folder and its subfolders.

    They are drawn in a seeded order, so that a folder of class folders is sampled across its classes. Files
    that are not readable photos are passed over.

    Args:
        folder: The folder.
        spec: How the network wants its pixels.

    Returns:
        Pixels, shape (images, size_px, size_px, 3), uint8, RGB.

    Raises:
        UsageError: The folder does not exist or holds fewer than `FEWEST_IMAGES` readable photos.
    """
    if not folder.is_dir():
        raise UsageError(f"--images {folder} is not a folder; expected one with photos to verify on")
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    found: list[NDArray[np.uint8]] = []
    for place in np.random.default_rng(0).permutation(len(files)):
        try:
            found.append(prepare(read_photo(files[place]).rgb_u8, spec))
        except ImageError:
            continue
        if len(found) == MOST_IMAGES:
            break
    if len(found) < FEWEST_IMAGES:
        raise UsageError(
            f"--images {folder} holds {len(found)} readable photos among {len(files)} files, "
            f"expected at least {FEWEST_IMAGES} to verify on"
        )
    return np.stack(found)
