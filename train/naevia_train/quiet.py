"""Loading the network library without the log lines that its start writes past every setting."""

from __future__ import annotations

from naevia._quiet import quiet_tensorflow


def load_keras() -> None:
    """Import Keras and its backend and let the backend look for devices, quietly."""
    with quiet_tensorflow():
        import keras

        if keras.backend.backend() == "tensorflow":
            import tensorflow

            tensorflow.config.list_physical_devices()
