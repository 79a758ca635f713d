"""The heat map as a layer of its own, so that a slider can fade it without computing anything again."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from PySide6.QtGui import QImage

from naevia.heatmap import heat_map, overlay
from naevia.prediction import Prediction
from naevia.preprocess import Region
from naevia.taxonomy import CODES

LAYER_SIDE_PX = 720
_LEGEND_PX = 128


def heat_layer(prediction: Prediction, code: str) -> QImage:
    """The heat map of one diagnosis with its transparency, at most `LAYER_SIDE_PX` long.

    Painted over the photo with opacity x it gives what `naevia.heatmap.overlay` gives for opacity x: laid
    over black at full opacity, that function's colours are already multiplied by their own cover.

    Args:
        prediction: The answer.
        code: The diagnosis.
    """
    small = _scaled(prediction, min(1.0, LAYER_SIDE_PX / max(prediction.width_px, prediction.height_px)))
    black = np.zeros((small.height_px, small.width_px, 3), np.uint8)
    layer = np.empty((small.height_px, small.width_px, 4), np.uint8)
    layer[..., :3] = overlay(black, small, code=code, opacity=1.0)
    layer[..., 3] = np.rint(255 * np.sqrt(heat_map(small, code)))
    layer[..., :3] = np.minimum(layer[..., :3], layer[..., 3:])
    kind = QImage.Format.Format_RGBA8888_Premultiplied
    return QImage(layer.data, small.width_px, small.height_px, 4 * small.width_px, kind).copy()


def legend_layer(prediction: Prediction) -> QImage:
    """The colours of `heat_layer`, from no evidence on the left to the strongest on the right, one row high.

    Args:
        prediction: Any answer.
    """
    ramp = np.zeros((1, _LEGEND_PX, len(CODES)), np.float32)
    ramp[..., 0] = np.linspace(0.0, 1.0, _LEGEND_PX)
    whole = Region(0, 0, _LEGEND_PX, 1)
    drawn = replace(
        prediction, activation_maps=ramp, width_px=whole.width_px, height_px=whole.height_px, region=whole
    )
    return heat_layer(drawn, CODES[0])


def _scaled(prediction: Prediction, scale: float) -> Prediction:
    width_px = max(1, round(prediction.width_px * scale))
    height_px = max(1, round(prediction.height_px * scale))
    x, y, width, height = (round(side * scale) for side in prediction.region)
    x, y = min(x, width_px - 1), min(y, height_px - 1)
    region = Region(x, y, max(1, min(width, width_px - x)), max(1, min(height, height_px - y)))
    return replace(prediction, width_px=width_px, height_px=height_px, region=region)
