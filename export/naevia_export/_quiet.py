"""TensorFlow and tf2onnx without their start-up chatter."""

from __future__ import annotations

import logging
import os
import sys
from types import ModuleType

from naevia._quiet import is_debugging, quiet_tensorflow
from naevia.errors import UsageError


def import_tensorflow() -> ModuleType:
    """Import TensorFlow, and Keras on it; what they print about themselves shows only with NAEVIA_DEBUG=1.

    Raises:
        UsageError: Keras is already in use on another backend, whose networks cannot be converted.
    """
    if not is_debugging():
        logging.getLogger("tf2onnx").setLevel(logging.CRITICAL)  # its errors are in the exception too
    if "keras" not in sys.modules:  # a network trained on another backend opens on this one too
        os.environ["KERAS_BACKEND"] = "tensorflow"
    with quiet_tensorflow():
        import tensorflow as tf
    import keras

    if keras.backend.backend() != "tensorflow":
        raise UsageError(
            f"export needs Keras on TensorFlow, but it is set to {keras.backend.backend()}; "
            "run again with KERAS_BACKEND=tensorflow"
        )
    return tf
