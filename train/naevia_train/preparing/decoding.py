"""Reading the photos of a manifest into memory."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from naevia.ahead import ahead
from naevia.errors import DataError, ImageError
from naevia.image import read_photo
from naevia.preprocess import shrunk
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
        rgb_u8 = _audited_pixels(row, roots)
        return shrunk(rgb_u8, limit_px / min(rgb_u8.shape[:2]))

    with closing(ahead(wanted, read, workers=workers, most=2 * workers)) as decoded:
        return {row.path: rgb_u8 for row, rgb_u8 in decoded}


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
