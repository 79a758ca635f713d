"""The sittings of a run: when it was started or resumed, on which machine, and with which settings."""

from __future__ import annotations

import datetime
import importlib.metadata
import json
import os
import platform
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from naevia.errors import DataError
from naevia_train.files import write_text
from naevia_train.running.config import CONFIG

SITTINGS = "sittings.json"
PACKAGES = ("naevia", "keras", "tensorflow", "jax", "numpy", "opencv-python-headless")


@dataclass(frozen=True)
class Sitting:
    """One start of a run.

    Attributes:
        started: ISO 8601, UTC, to the minute.
        after_epoch: Epochs that were finished before it.
        devices: Devices that shared the batches.
        weights: What the first weights were, in the recipe's words.
        machine: Processor, accelerators, and what Keras computes with.
        packages: Versions by name, Python's among them.
        settings: What `config.json` held.
    """

    started: str
    after_epoch: int
    devices: int
    weights: str
    machine: str
    packages: dict[str, str]
    settings: dict[str, Any]

    @property
    def words(self) -> str:
        """The sitting in one line."""
        shared = f", {self.devices} devices" if self.devices > 1 else ""
        return f"from epoch {self.after_epoch + 1}, {self.started[:10]}, {self.machine}{shared}"


def add_sitting(run: Path, *, after_epoch: int, devices: int, weights: str | None) -> None:
    """Add a sitting to the run folder; an earlier one that finished no epoch is replaced.

    Args:
        run: The run folder, with `config.json`.
        after_epoch: Epochs that are finished.
        devices: Devices that share the batches.
        weights: What the first weights are, in the recipe's words.

    Raises:
        DataError: The file of the earlier sittings is damaged.
    """
    sitting = Sitting(
        started=datetime.datetime.now(datetime.UTC).isoformat(timespec="minutes"),
        after_epoch=after_epoch,
        devices=devices,
        weights=str(weights),
        machine=_machine(),
        packages=_packages(),
        settings=json.loads((run / CONFIG).read_text(encoding="utf-8")),
    )
    earlier = [known for known in _read(run) if known.after_epoch < after_epoch]
    content = [asdict(known) for known in (*earlier, sitting)]
    write_text(run / SITTINGS, json.dumps(content, indent=2) + "\n")


def read_sittings(run: Path, *, epochs: int) -> list[Sitting]:
    """The sittings in which epochs were finished, in order; none where the run folder does not know.

    Args:
        run: The run folder.
        epochs: Epochs that are finished by now.

    Raises:
        DataError: The file is damaged.
    """
    return [sitting for sitting in _read(run) if sitting.after_epoch < epochs]


def changed_settings(sittings: list[Sitting]) -> list[str]:
    """What a later sitting did otherwise than the one before it, in words."""
    changes = []
    for before, after in pairwise(sittings):
        for old, new in ((before.settings, after.settings), (before.packages, after.packages)):
            then, now = flat_settings(old), flat_settings(new)
            changes += [
                f"from epoch {after.after_epoch + 1}: {name} {without_folders(now.get(name))} instead of "
                f"{without_folders(then.get(name))}"
                for name in {**then, **now}
                if then.get(name) != now.get(name)
            ]
    return changes


def without_folders(value: object) -> str:
    """A setting in words; of a path, or a list of paths, only the last parts, which say nothing of a disk."""
    if isinstance(value, list | tuple):
        return ", ".join(map(without_folders, value)) or "none"
    return Path(value).name if isinstance(value, str) and "/" in value else str(value)


def _read(run: Path) -> list[Sitting]:
    path = run / SITTINGS
    if not path.exists():
        return []
    try:
        return [Sitting(**item) for item in json.loads(path.read_text(encoding="utf-8"))]
    except (OSError, TypeError, ValueError) as error:
        raise DataError(
            f"{path} is not what this version of Naevia writes; delete it; the card will then not "
            "say on which machine the run began"
        ) from error


def flat_settings(settings: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Nested settings by dotted name; stages count from 1."""
    found: dict[str, Any] = {}
    for name, value in settings.items():
        if isinstance(value, dict):
            found |= flat_settings(value, f"{prefix}{name}.")
        elif name == "stages":
            for number, stage in enumerate(value, start=1):
                found |= flat_settings(stage, f"{prefix}stage {number}.")
        else:
            found[prefix + name] = value
    return found


def _machine() -> str:
    import keras

    accelerators = ", ".join(_accelerators(keras.backend.backend())) or "no accelerator"
    return f"{_processor()}, {os.cpu_count()} cores, {accelerators}, Keras on {keras.backend.backend()}"


def _accelerators(backend: str) -> list[str]:
    """Their names where the backend knows them, else how Keras counts them."""
    if backend == "jax":
        import jax

        return [device.device_kind for device in jax.devices() if device.platform != "cpu"]
    import keras

    return [device for device in keras.distribution.list_devices() if not device.startswith("cpu")]


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    named = next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "")
    return named or platform.processor() or platform.machine()


def _packages() -> dict[str, str]:
    found = {"python": platform.python_version()}
    for name in PACKAGES:
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found
