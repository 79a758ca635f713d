"""One network on several devices or machines, data-parallel through tf.distribute.

Every batch is cut into equal parts, one for each device, and the gradients are added up. Batch normalisation
takes its mean over the whole batch, so the loss is that of one device. Where TF_CONFIG names several workers,
each of them runs the same command with the same data and the same run folder; the chief alone writes.
"""

from __future__ import annotations

import os
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from naevia.errors import UsageError
from naevia_train.networks.network import leaves

WORKERS = "TF_CONFIG"


@dataclass(frozen=True, eq=False)
class Devices:
    """What a run is trained on.

    Attributes:
        strategy: A `tf.distribute` strategy; None for one device.
        chief: Whether this process decides and writes.
        workers: Number of processes.
    """

    strategy: Any = None
    chief: bool = True
    workers: int = 1

    @property
    def count(self) -> int:
        """Number of devices of all workers."""
        return 1 if self.strategy is None else int(self.strategy.num_replicas_in_sync)

    def scope(self) -> AbstractContextManager[Any]:
        """Where networks that are to be trained on the devices are built and loaded."""
        return nullcontext() if self.strategy is None else self.strategy.scope()

    def spread(self, model: keras.Model) -> None:
        """Make a compiled network ready for the devices, however many a resumed run had before.

        Batch normalisation then takes its mean over all of them.
        """
        for layer in leaves(model):
            if isinstance(layer, keras.layers.BatchNormalization):
                layer.synchronized = self.count > 1
        if self.workers > 1:
            _step_by_ourselves(model, self.strategy)

    def from_chief(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """The chief's numbers, in every worker; the others give any of the same shape.

        Waits until every worker has come here.
        """
        if self.workers == 1:
            return values
        import tensorflow as tf

        share = values * (self.workers / self.count) if self.chief else np.zeros_like(values)
        each = self.strategy.run(lambda: tf.constant(share, tf.float64))
        return np.asarray(self.strategy.reduce(tf.distribute.ReduceOp.SUM, each, axis=None).numpy())

    def wait(self) -> None:
        """Wait until every worker has come here."""
        self.from_chief(np.zeros(1))


def fitting_precision() -> str:
    """Keras's name of what a network computes with while it is fitted.

    Where JAX found a GPU, layers compute with bfloat16, which its matrix units are made for; weights, means
    and losses stay float32, and so does everything in the network that is measured and saved.
    """
    if keras.backend.backend() != "jax":
        return "float32"
    import jax

    return "float32" if jax.default_backend() == "cpu" else "mixed_bfloat16"


def find_devices(wanted: str) -> Devices:
    """Make ready what `--devices` asks for; call it before anything else uses TensorFlow.

    Args:
        wanted: A number of devices, or `all`: the GPUs, or the logical CPUs where there is no GPU.

    Raises:
        UsageError: There are fewer, the text has another form, or Keras does not compute with TensorFlow,
            which alone shares batches out.
    """
    if wanted != "all" and not (wanted.isdecimal() and int(wanted)):
        raise UsageError(f"expected --devices N or all, received {wanted!r}")
    backend = keras.backend.backend()
    if backend != "tensorflow" and (os.environ.get(WORKERS) or wanted != "1"):
        raise UsageError(
            f"Keras trains on one device with {backend}; leave out --devices and {WORKERS}, or KERAS_BACKEND"
        )
    if os.environ.get(WORKERS):
        return _workers()
    if wanted == "1":
        return Devices()
    import tensorflow as tf

    found = tf.config.list_logical_devices("GPU") or tf.config.list_logical_devices("CPU")
    count = len(found) if wanted == "all" else int(wanted)
    if count > len(found):
        raise UsageError(f"expected at most {len(found)} devices ({found[0].device_type}), received {wanted}")
    if count == 1:
        return Devices()
    return Devices(tf.distribute.MirroredStrategy([device.name for device in found[:count]]))


def _workers() -> Devices:
    """What TF_CONFIG says of this worker and of the others; waits until all of them have started."""
    import tensorflow as tf

    strategy = tf.distribute.MultiWorkerMirroredStrategy()
    task = strategy.cluster_resolver
    jobs = task.cluster_spec().as_dict()
    is_chief = task.task_type == "chief" or (task.task_id == 0 and not jobs.get("chief"))
    return Devices(strategy, is_chief, workers=sum(len(jobs.get(kind, ())) for kind in ("chief", "worker")))


def _step_by_ourselves(model: keras.Model, strategy: Any) -> None:
    """Give a network the step over several workers, which Keras 3 averages wrongly and fails at.

    Keras would also build the optimiser on the mean of a first batch, and fail at that, too.
    """
    import tensorflow as tf

    @tf.function
    def step(batch: Any) -> None:
        strategy.run(model.train_step, args=(batch,))

    def train(batches: Any) -> dict[str, float]:
        step(next(batches))
        return {"loss": 0.0}  # Keras puts the mean over the epoch in its place

    model.optimizer.build(model.trainable_variables)
    model._maybe_symbolic_build = lambda **_: None
    model.train_function = train
