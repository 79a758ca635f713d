"""Naevia's real program, which tells its answers on standard output. Started by `test_real_drop.py`.

Usage: python drop_target.py MODEL SCREENSHOT
"""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

from watched_program import run_watched

if TYPE_CHECKING:
    from naevia_app.main_window import MainWindow


class _Watch:
    """Reports when the window is ready, then when a photo is answered; saves a picture and closes."""

    def __init__(self, screenshot: str) -> None:
        self._screenshot = screenshot
        self._said_ready = False

    def __call__(self, window: MainWindow) -> bool:
        if window.session is None:
            return False
        if not self._said_ready:
            self._said_ready = True
            window.move(0, 0)
            window.resize(1200, 800)
            self._say("ready")
            return False
        if window.photos.prediction is None:
            return False
        self._say(json.dumps(window.photos.prediction.to_dict()))
        window.grab().save(self._screenshot)
        window.close()
        return True

    @staticmethod
    def _say(line: str) -> None:
        sys.stdout.write(line + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    model, screenshot = sys.argv[1:]
    sys.exit(run_watched(_Watch(screenshot), "--model", model))
