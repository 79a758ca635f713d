"""Naevia: what the clinic runs. Photos in, calibrated answers out, on ONNX Runtime."""

from naevia._version import __version__

__all__ = ["__version__"]
