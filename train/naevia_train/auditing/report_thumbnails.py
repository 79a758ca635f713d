"""Small pictures inside the page, so that it needs no other file."""

from __future__ import annotations

import base64
from html import escape
from pathlib import Path

import cv2

from naevia.image import read_photo
from naevia.preprocess import shrunk

SIDE_PX = 112
_JPEG_QUALITY = 82


class Thumbnails:
    """Draws each photo once, however often the page shows it.

    Args:
        root: Folder that the paths of files start from.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._drawn: dict[str, str] = {}

    def show(self, path: str) -> str:
        """An `<img>` of a photo, its longer side `SIDE_PX` or less; a grey field where it cannot be read."""
        if path not in self._drawn:
            self._drawn[path] = self._draw(path)
        return self._drawn[path]

    def _draw(self, path: str) -> str:
        try:
            photo = read_photo(self._root / path)
        except Exception:  # noqa: BLE001  the audit has said what is wrong with it
            return '<span class="no-picture">cannot be shown</span>'
        small = shrunk(photo.rgb_u8, SIDE_PX / max(photo.width_px, photo.height_px))
        bgr = cv2.cvtColor(small, cv2.COLOR_RGB2BGR)
        _, jpeg = cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY])
        data = base64.b64encode(jpeg.tobytes()).decode("ascii")
        height_px, width_px = small.shape[:2]
        return (
            f'<img src="data:image/jpeg;base64,{data}" width="{width_px}" height="{height_px}" '
            f'alt="{escape(path)}" title="{escape(path)}">'
        )
