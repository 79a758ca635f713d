"""Reading the found files into memory."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from naevia.errors import ImageError
from naevia.image import read_photo
from naevia.preprocess import resize_area
from naevia_train.collect import FoundFile
from naevia_train.grouping import THUMBNAIL_PX


@dataclass(frozen=True, eq=False)
class DecodedFile:
    """A file that could be read.

    Attributes:
        found: The file.
        sha256: Hash of its bytes.
        width_px: Width of the photo.
        height_px: Height of the photo.
        thumbnail: Shape (16, 16, 3), uint8.
        pixels: The photo, shrunk when it was larger than training can use.
    """

    found: FoundFile
    sha256: str
    width_px: int
    height_px: int
    thumbnail: NDArray[np.uint8]
    pixels: NDArray[np.uint8]


def decode_files(
    files: Sequence[FoundFile], *, limit_px: int, workers: int = 2
) -> tuple[list[DecodedFile], dict[FoundFile, str]]:
    """Read every file.

    Args:
        files: What to read.
        limit_px: Photos whose shorter side is longer are shrunk to it, to save memory.
        workers: Threads.

    Returns:
        The files that could be read, in order, and the reason for each that could not.
    """

    def read(found: FoundFile) -> DecodedFile | str:
        try:
            photo = read_photo(found.path)
        except ImageError as error:
            return str(error)
        scale = min(1.0, limit_px / min(photo.width_px, photo.height_px))
        pixels = photo.rgb_u8
        if scale < 1.0:
            pixels = resize_area(pixels, round(photo.width_px * scale), round(photo.height_px * scale))
        thumbnail = resize_area(pixels, THUMBNAIL_PX, THUMBNAIL_PX)
        return DecodedFile(found, photo.sha256, photo.width_px, photo.height_px, thumbnail, pixels)

    with ThreadPoolExecutor(workers) as pool:
        results = list(pool.map(read, files))
    broken = {found: result for found, result in zip(files, results, strict=True) if isinstance(result, str)}
    return [result for result in results if isinstance(result, DecodedFile)], broken
