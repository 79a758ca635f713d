"""Data-parallel training gives the loss curve of one device."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import short_fit

from naevia.errors import UsageError
from naevia_train.fitting.devices import find_devices
from naevia_train.fitting.records import EpochRecord, read_history

TOLERANCE = 2e-3
"""Sums over two halves of a batch are rounded otherwise than sums over the whole, and epochs multiply it."""


def start(run: Path, *arguments: object, **environment: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, short_fit.__file__, str(run), *map(str, arguments)],
        env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def finished(*processes: subprocess.Popen[str]) -> None:
    for process in processes:
        output, _ = process.communicate(timeout=900)
        assert process.returncode == 0, output[-3000:]


def curve(history: list[EpochRecord]) -> np.ndarray:
    return np.array([(record.fit_loss, record.train_loss, record.val_loss) for record in history])


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> np.ndarray:
    """The losses of one device."""
    run = tmp_path_factory.mktemp("devices") / "alone"
    finished(start(run))
    losses = curve(read_history(run))
    assert losses.shape == (3, 3)
    return losses


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_two_logical_devices_give_the_losses_of_one(alone: np.ndarray, tmp_path: Path) -> None:
    finished(start(tmp_path / "two", "--logical-devices", 2))
    np.testing.assert_allclose(curve(read_history(tmp_path / "two")), alone, rtol=TOLERANCE, atol=TOLERANCE)


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_two_workers_give_the_losses_of_one_device(alone: np.ndarray, tmp_path: Path) -> None:
    with socket.socket() as one, socket.socket() as other:
        for opened in (one, other):
            opened.bind(("127.0.0.1", 0))
        addresses = [f"127.0.0.1:{opened.getsockname()[1]}" for opened in (one, other)]
    cluster = {"worker": addresses}
    tasks = [json.dumps({"cluster": cluster, "task": {"type": "worker", "index": n}}) for n in (0, 1)]
    (tmp_path / "two").mkdir()
    finished(*(start(tmp_path / "two", TF_CONFIG=task) for task in tasks))
    np.testing.assert_allclose(curve(read_history(tmp_path / "two")), alone, rtol=TOLERANCE, atol=TOLERANCE)


@pytest.mark.parametrize(
    ("wanted", "part"), [("9999", "expected at most"), ("0", "N or all"), ("two", "N or all")]
)
def test_devices_that_are_not_there_are_named(wanted: str, part: str) -> None:
    with pytest.raises(UsageError, match=part):
        find_devices(wanted)
