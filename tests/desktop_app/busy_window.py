"""Naevia's real program, made to repaint until Qt has returned `None` and `True` tens of thousands of times.

It tells how many references to None, True and False are left. Started by `test_references.py`.

Usage: python busy_window.py MODEL PHOTO...
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from watched_program import run_watched

if TYPE_CHECKING:
    from naevia_app.main_window import MainWindow

REPAINTS = 250


def _keep_busy(window: MainWindow) -> bool:
    if window.photos.prediction is None or window.photos.waiting:  # closing would ask
        return False
    for number in range(REPAINTS):
        window.resize(1100 + number % 50, 700)
        window.photos.heat.opacity_changed.emit(0.1)
        window.photos.step(1 if number % 2 else -1)
        window.photos.answer.bars.repaint()
        for _ in range(10):
            window.photos.strip.viewport().repaint()
    left = (sys.getrefcount(constant) for constant in (None, True, False))
    sys.stdout.write(" ".join(map(str, left)) + "\n")
    sys.stdout.flush()
    window.close()
    return True


if __name__ == "__main__":
    sys.exit(run_watched(_keep_busy, "--model", *sys.argv[1:]))
