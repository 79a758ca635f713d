"""A Qt for Python that gives back references it does not own ends neither the window nor the tests."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from window_helpers import write_photo  # isort: skip

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QApplication

HERE = Path(__file__).parent


def test_a_busy_window_lives_and_ends_in_good_order(tiny_model: Path, tmp_path: Path) -> None:
    photos = [write_photo(tmp_path / f"{n}.png", seed=n, width_px=200, height_px=150) for n in range(3)]
    done = subprocess.run(
        [sys.executable, str(HERE / "busy_window.py"), str(tiny_model), *map(str, photos)],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert min(map(int, done.stdout.split())) > 500


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="no constant can be used up there")
def test_calls_of_qt_use_up_no_constant_of_this_process(app: QApplication) -> None:
    thing, before = QObject(), sys.getrefcount(None)
    for _ in range(3000):
        thing.setObjectName("")
    after = sys.getrefcount(None)
    assert after > before - 1000 or after > 2**40
