"""Naevia: what the clinic runs. Photos in, calibrated answers out, on ONNX Runtime.

    from naevia import Session, find_model, read_photo
    from naevia.scan import scan

    session = Session.open(find_model())
    answer = session.predict(read_photo("photo.jpg"))
    for row in scan("folder", session): ...

The names below are loaded when they are first used, so that `import naevia` costs next to nothing.
"""

import os
from importlib import import_module
from typing import TYPE_CHECKING, Any

from naevia._version import __version__

if TYPE_CHECKING:
    from naevia.contract import Contract, read_contract
    from naevia.errors import (
        DataError,
        ImageError,
        MissingExtraError,
        ModelError,
        NaeviaError,
        UsageError,
    )
    from naevia.heatmap import heat_map, overlay
    from naevia.image import Photo, decode_photo, read_photo
    from naevia.prediction import Prediction
    from naevia.rows import COLUMNS, Row
    from naevia.session import Session
    from naevia.shelf import find_model, list_models
    from naevia.taxonomy import CODES, TAXONOMY, Diagnosis, find_diagnosis
    from naevia.writers import RowFile

# ONNX Runtime reports to its maker and keeps a device id unless this is set before it is imported, which
# every room of Naevia does after this package. Source: microsoft/onnxruntime, pull request 27379.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"

__all__ = [
    "CODES",
    "COLUMNS",
    "TAXONOMY",
    "Contract",
    "DataError",
    "Diagnosis",
    "ImageError",
    "MissingExtraError",
    "ModelError",
    "NaeviaError",
    "Photo",
    "Prediction",
    "Row",
    "RowFile",
    "Session",
    "UsageError",
    "__version__",
    "decode_photo",
    "find_diagnosis",
    "find_model",
    "heat_map",
    "list_models",
    "overlay",
    "read_contract",
    "read_photo",
]

_HOMES = {
    "contract": ("Contract", "read_contract"),
    "errors": ("DataError", "ImageError", "MissingExtraError", "ModelError", "NaeviaError", "UsageError"),
    "heatmap": ("heat_map", "overlay"),
    "image": ("Photo", "decode_photo", "read_photo"),
    "prediction": ("Prediction",),
    "rows": ("COLUMNS", "Row"),
    "session": ("Session",),
    "shelf": ("find_model", "list_models"),
    "taxonomy": ("CODES", "TAXONOMY", "Diagnosis", "find_diagnosis"),
    "writers": ("RowFile",),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> Any:
    if name not in _HOME_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"naevia.{_HOME_OF[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
