"""Rules that every photo goes through, before it is decoded and after."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any, Literal

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image as PillowImage

from naevia.errors import ImageError

Admit = Callable[[int, int], None]
"""Called with the width and height that a header gives, before anything is decoded."""

_PIXELS_AT_ONCE = 2**18
_LARGE_PIXELS = 25_000_000
LARGE_TURN = threading.RLock()
"""Held while a very large photo is in memory; a thread that has it may take it again."""


@contextmanager
def admission(max_pixels: int) -> Iterator[Admit]:
    """Let a photo be decoded if its size allows it, and of the very large ones only one at a time.

    Decoding a large one can take more than a gigabyte, and a scan has up to eight threads.

    Yields:
        What checks a size as `check_size` does, and waits where the photo is very large and another such one
        is being decoded. The turn ends with the context.
    """
    with ExitStack() as turn:

        def admit(width_px: int, height_px: int) -> None:
            check_size(width_px, height_px, max_pixels)
            if width_px * height_px > _LARGE_PIXELS:
                turn.enter_context(LARGE_TURN)

        yield admit


def check_size(width_px: int, height_px: int, max_pixels: int) -> None:
    """Refuse a photo that is empty or larger than `max_pixels`, before it is decoded.

    Raises:
        ImageError: With code `damaged` or `too-large`.
    """
    if width_px < 1 or height_px < 1:
        raise ImageError(
            "damaged", f"the header gives a size of {width_px}x{height_px} pixels; export it again"
        )
    if width_px * height_px > max_pixels:
        raise ImageError(
            "too-large",
            f"the file holds {width_px}x{height_px} pixels, the limit is {max_pixels / 1e6:.0f} million; "
            "export a smaller one",
        )


def check_decoded(rgb_u8: NDArray[Any], max_pixels: int) -> None:
    """Refuse what a decoder gave if it is no RGB photo of 8 bits, whatever its file was.

    Raises:
        ImageError: With code `unsupported`, `damaged` or `too-large`.
    """
    if rgb_u8.ndim != 3 or rgb_u8.shape[2] != 3 or rgb_u8.dtype != np.uint8:
        raise ImageError(
            "unsupported",
            f"expected colours of 8 bits, the file gives pixels of shape {rgb_u8.shape} and type "
            f"{rgb_u8.dtype}; export it as JPEG or PNG",
        )
    check_size(rgb_u8.shape[1], rgb_u8.shape[0], max_pixels)


def decode_opencv(data: bytes, kind: str) -> NDArray[Any]:
    """Decode a PNG or WebP file, or a TIFF of 16 bits, as OpenCV does.

    Args:
        data: The whole file.
        kind: The format's name, for the message.

    Returns:
        Shape (height, width) or (height, width, channels), grey, BGR or BGRA, of the file's own depth.

    Raises:
        ImageError: With code `damaged`.
    """
    try:
        decoded = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    except (cv2.error, MemoryError) as error:
        raise ImageError(
            "damaged", f"the {kind} cannot be decoded; export it again from its source"
        ) from error
    if decoded is None or decoded.size == 0:
        raise ImageError("damaged", f"the {kind} cannot be decoded; export it again from its source")
    return decoded


def decoded_by_pillow(photo: PillowImage.Image) -> NDArray[np.uint8]:
    """The pixels of a photo of at most 8 bits that Pillow has open.

    Returns:
        Shape (height, width, 3), uint8, RGB. Alpha is laid over white.
    """
    photo.info.pop("xmp", None)  # or Pillow asks it where a TIFF's tags give no orientation
    photo.load()  # turns a TIFF upright as well
    mode: Literal["RGBA", "RGB"] = "RGBA" if photo.mode in ("RGBA", "LA") else "RGB"
    pixels = np.asarray(photo if photo.mode == mode else photo.convert(mode))
    return over_white(pixels[..., :3], pixels[..., 3]) if mode == "RGBA" else pixels


def to_rgb_u8(decoded: NDArray[Any]) -> NDArray[np.uint8]:
    """Turn OpenCV's grey, BGR or BGRA pixels of 8 or 16 bits into RGB of 8 bits.

    Args:
        decoded: Shape (height, width) or (height, width, 1, 3 or 4), uint8 or uint16.

    Returns:
        Shape (height, width, 3), uint8. Alpha is laid over white.

    Raises:
        ImageError: Another depth or number of channels.
    """
    if decoded.dtype not in (np.uint8, np.uint16):
        raise ImageError(
            "unsupported",
            f"pixels of type {decoded.dtype} have no defined brightness; export 8 or 16 bits per channel",
        )
    if decoded.ndim == 2:
        decoded = decoded[..., None]
    channels = decoded.shape[2]
    if channels not in (1, 3, 4):
        raise ImageError(
            "unsupported", f"the image has {channels} channels, expected 1, 3 or 4; export it as RGB"
        )
    return by_rows(_rows_to_rgb_u8, (*decoded.shape[:2], 3), decoded)


def _rows_to_rgb_u8(rows: NDArray[Any]) -> NDArray[np.uint8]:
    if rows.dtype == np.uint16:
        rows = shrunk_to_u8(rows)
    if rows.shape[2] == 4:
        return over_white(rows[..., 2::-1], rows[..., 3])
    return rows[..., ::-1]  # grey then fills all three


def by_rows(
    change: Callable[..., NDArray[np.uint8]], shape: tuple[int, ...], *arrays: NDArray[Any]
) -> NDArray[np.uint8]:
    """What `change` makes of arrays, a few rows at a time: the wide numbers of a large photo take gigabytes.

    Args:
        change: From rows of the arrays to rows of the result.
        shape: Of the result, (height, width, ...).
        arrays: Each with as many rows.
    """
    changed = np.empty(shape, np.uint8)
    step = max(1, _PIXELS_AT_ONCE // shape[1])
    for top in range(0, shape[0], step):
        rows = slice(top, top + step)
        changed[rows] = change(*(array[rows] for array in arrays))
    return changed


def shrunk_to_u8(values_u16: NDArray[np.uint16]) -> NDArray[np.uint8]:
    """16 bits as 8, value / 257 and rounded.

    Args:
        values_u16: Shape (height, width, ...).
    """
    return by_rows(
        lambda rows: ((rows.astype(np.uint32) + 128) // 257).astype(np.uint8), values_u16.shape, values_u16
    )


def over_white(rgb_u8: NDArray[np.uint8], alpha_u8: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Lay half-transparent pixels over white.

    Args:
        rgb_u8: Shape (height, width, 3).
        alpha_u8: Shape (height, width), 0 is transparent, 255 opaque.
    """
    return by_rows(_rows_over_white, rgb_u8.shape, rgb_u8, alpha_u8)


def _rows_over_white(rgb_u8: NDArray[np.uint8], alpha_u8: NDArray[np.uint8]) -> NDArray[np.uint8]:
    alpha = alpha_u8[..., None].astype(np.uint16)
    laid = (rgb_u8.astype(np.uint16) * alpha + 255 * (255 - alpha) + 127) // 255
    return laid.astype(np.uint8)
