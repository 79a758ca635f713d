"""Reading the photos of a manifest into memory."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from naevia.errors import DataError, ImageError
from naevia.image import read_photo
from naevia.preprocess import resize_area
from naevia_train.labelling.manifest import ManifestRow


def decode_rows(
    rows: Sequence[ManifestRow], roots: Sequence[Path], *, limit_px: int, workers: int = 2
) -> dict[str, NDArray[np.uint8]]:
    """Read every file that the manifest does not drop.

    Args:
        rows: The manifest.
        roots: Folders that its paths are looked up from, in order.
        limit_px: Photos whose shorter side is longer are shrunk to it, to save memory.
        workers: Threads.

    Returns:
        Photo by path, uint8 RGB of any size.

    Raises:
        DataError: A file is missing, cannot be read, or is not the one that was audited.
    """
    wanted = [row for row in rows if row.split != "dropped"]

    def read(row: ManifestRow) -> NDArray[np.uint8]:
        return _shrunk(_audited_pixels(row, roots), limit_px)

    with ThreadPoolExecutor(workers) as pool:
        return dict(zip((row.path for row in wanted), pool.map(read, wanted), strict=True))


def _audited_pixels(row: ManifestRow, roots: Sequence[Path]) -> NDArray[np.uint8]:
    path = next((root / row.path for root in roots if (root / row.path).is_file()), None)
    if path is None:
        looked = ", ".join(str(root.resolve()) for root in roots)
        raise DataError(f"{row.path} is in none of {looked}; set NAEVIA_DATA to the folder it starts from")
    try:
        photo = read_photo(path)
    except ImageError as error:
        raise DataError(f"{path} could be read by the audit and now cannot: {error}") from error
    if photo.sha256 != row.sha256:
        raise DataError(f"{path} has changed since it was audited; audit the folders again")
    return photo.rgb_u8


def _shrunk(rgb_u8: NDArray[np.uint8], limit_px: int) -> NDArray[np.uint8]:
    height_px, width_px = rgb_u8.shape[:2]
    scale = limit_px / min(height_px, width_px)
    return rgb_u8 if scale >= 1 else resize_area(rgb_u8, round(width_px * scale), round(height_px * scale))
