"""Rules that every decoder's output goes through."""

from __future__ import annotations

from typing import Any, Literal

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image as PillowImage

from naevia.errors import ImageError

_ROWS_AT_ONCE = 256  # wide numbers of a large photo take memory


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
            f"the photo has {width_px}x{height_px} pixels, the limit is {max_pixels / 1e6:.0f} million; "
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
    photo.load()  # turns a TIFF upright as well
    mode: Literal["RGBA", "RGB"] = "RGBA" if photo.mode in ("RGBA", "LA") else "RGB"
    pixels = np.asarray(photo.convert(mode))
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
    if decoded.dtype == np.uint16:
        decoded = shrunk_to_u8(decoded)
    if decoded.dtype != np.uint8:
        raise ImageError(
            "unsupported",
            f"pixels of type {decoded.dtype} have no defined brightness; export 8 or 16 bits per channel",
        )
    if decoded.ndim == 2:
        decoded = decoded[..., None]
    channels = decoded.shape[2]
    if channels == 1:
        return np.repeat(decoded, 3, axis=2)
    if channels == 3:
        return np.ascontiguousarray(decoded[..., ::-1])
    if channels == 4:
        return over_white(decoded[..., 2::-1], decoded[..., 3])
    raise ImageError(
        "unsupported", f"the image has {channels} channels, expected 1, 3 or 4; export it as RGB"
    )


def shrunk_to_u8(values_u16: NDArray[np.uint16]) -> NDArray[np.uint8]:
    """16 bits as 8, value / 257 and rounded.

    Args:
        values_u16: Any shape.
    """
    shrunk = np.empty(values_u16.shape, np.uint8)
    for top in range(0, len(shrunk), _ROWS_AT_ONCE):
        rows = slice(top, top + _ROWS_AT_ONCE)
        shrunk[rows] = (values_u16[rows].astype(np.uint32) + 128) // 257
    return shrunk


def over_white(rgb_u8: NDArray[np.uint8], alpha_u8: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Lay half-transparent pixels over white.

    Args:
        rgb_u8: Shape (height, width, 3).
        alpha_u8: Shape (height, width), 0 is transparent, 255 opaque.
    """
    laid = np.empty(rgb_u8.shape, np.uint8)
    for top in range(0, len(laid), _ROWS_AT_ONCE):
        rows = slice(top, top + _ROWS_AT_ONCE)
        alpha = alpha_u8[rows, :, None].astype(np.uint16)
        laid[rows] = (rgb_u8[rows].astype(np.uint16) * alpha + 255 * (255 - alpha) + 127) // 255
    return laid
