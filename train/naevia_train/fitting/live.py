"""What a run shows while it is under way: its curves as a picture, and TensorBoard's logs on request."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

from naevia.errors import UsageError
from naevia_train.fitting.curves import draw_curves
from naevia_train.fitting.records import EpochRecord, read_history

CURVES, LOGS = "curves.png", "tensorboard"


def check_logs(*, wanted: bool) -> None:
    """Refuse TensorBoard's logs where they could not be written.

    Raises:
        UsageError: They are wanted, and Keras does not compute with TensorFlow, which writes them.
    """
    import keras

    if wanted and keras.backend.backend() != "tensorflow":
        raise UsageError("TensorFlow writes the logs of --tensorboard; leave it out, or KERAS_BACKEND")


class Live:
    """Rewrites the picture and adds to the logs after each epoch.

    Args:
        run: The run folder.
        tensorboard: Whether to write logs, into the folder `LOGS` of the run.
    """

    def __init__(self, run: Path, *, tensorboard: bool) -> None:
        self.run = run
        self._logs: Any = None
        if tensorboard:
            import tensorflow as tf

            self._logs = tf.summary.create_file_writer(str(run / LOGS))

    def show(self, record: EpochRecord, best_epoch: int) -> None:
        """Show an epoch that was written to the history; epochs count from 1."""
        draw_curves(read_history(self.run), best_epoch, self.run / CURVES)
        if self._logs is not None:
            self._log(record)

    def _log(self, record: EpochRecord) -> None:
        import tensorflow as tf

        figures = asdict(record)
        epoch = figures.pop("epoch")
        with self._logs.as_default(step=epoch):
            for name, value in figures.items():
                tf.summary.scalar(name.replace("_", "/", 1), value)
        self._logs.flush()
