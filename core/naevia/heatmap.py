"""Where the network looked: the evidence for one diagnosis, laid over the photo."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from naevia.errors import UsageError
from naevia.formats.png import marked_as_heatmap
from naevia.prediction import Prediction
from naevia.taxonomy import CODES

_ROWS_AT_ONCE = 256  # floating-point numbers of a large photo take memory


def heat_map(prediction: Prediction, code: str | None = None) -> NDArray[np.float32]:
    """The evidence for one diagnosis against the average of all nine, per place of the photo.

    The class-activation map (Zhou et al. 2016) is exact here: its mean is the diagnosis' logit up to a
    constant. Subtracting the mean of the nine maps leaves what speaks for this diagnosis and not for another.

    Args:
        prediction: The answer.
        code: Diagnosis; `Prediction.heat_diagnosis` by default.

    Returns:
        Shape (height_px, width_px), float32, 0 to 1: 0 no evidence for it, 1 the strongest in this photo; 0
        outside the part of the photo that was examined.

    Raises:
        UsageError: `code` is none of the nine.
    """
    code = code or prediction.heat_diagnosis.code
    if code not in CODES:
        raise UsageError(f"expected one of the codes {', '.join(CODES)}; received {code!r}")
    index = CODES.index(code)
    maps = prediction.activation_maps
    contrast = np.maximum(maps[..., index] - maps.mean(axis=2), 0.0)
    contrast = contrast / max(float(contrast.max()), 1e-6)
    x, y, width, height = prediction.region
    heat = np.zeros((prediction.height_px, prediction.width_px), np.float32)
    smooth = cv2.resize(contrast, (width, height), interpolation=cv2.INTER_CUBIC)
    np.clip(smooth, 0.0, 1.0, out=heat[y : y + height, x : x + width])
    return heat


def overlay(
    rgb_u8: NDArray[np.uint8], prediction: Prediction, *, code: str | None = None, opacity: float = 0.55
) -> NDArray[np.uint8]:
    """Lay the heat map over the photo.

    Args:
        rgb_u8: The photo that was predicted, shape (height_px, width_px, 3), uint8, RGB.
        prediction: Its answer.
        code: Diagnosis to show; `Prediction.heat_diagnosis` by default.
        opacity: 0 shows the photo alone, 1 the strongest evidence fully covered.

    Returns:
        Shape (height_px, width_px, 3), uint8, RGB.

    Raises:
        UsageError: `code` is none of the nine, or the photo has another size than the one that was predicted.
    """
    expected = (prediction.height_px, prediction.width_px, 3)
    if rgb_u8.shape != expected:
        raise UsageError(f"expected the photo that was predicted, shape {expected}; received {rgb_u8.shape}")
    heat = heat_map(prediction, code)
    drawn = np.empty_like(rgb_u8)
    for top in range(0, len(drawn), _ROWS_AT_ONCE):
        rows = slice(top, top + _ROWS_AT_ONCE)
        levels = np.rint(heat[rows] * 255).astype(np.uint8)
        colours = cv2.applyColorMap(levels, cv2.COLORMAP_INFERNO)[..., ::-1]
        cover = (opacity * np.sqrt(heat[rows]))[..., None]
        drawn[rows] = np.rint(rgb_u8[rows] * (1 - cover) + colours * cover)
    return drawn


def encode_png(drawn: NDArray[np.uint8]) -> bytes:
    """Encode a heat map as a PNG file that `read_photo` refuses, so that none is ever judged as a photo.

    Args:
        drawn: What `overlay` gave, shape (height_px, width_px, 3), uint8, RGB.

    Returns:
        The file. Its mark is lost when another program converts the picture.
    """
    return marked_as_heatmap(cv2.imencode(".png", np.ascontiguousarray(drawn[..., ::-1]))[1].tobytes())
