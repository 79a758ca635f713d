"""Naevia's real program, whose window is watched from inside while it runs."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

from naevia_app.command import main

if TYPE_CHECKING:
    from naevia_app.main_window import MainWindow


def run_watched(look: Callable[[MainWindow], bool], *arguments: str) -> int:
    """Run the program, and show its window to `look` ten times a second until that returns True."""
    from PySide6.QtCore import QTimer
    from PySide6.QtWidgets import QApplication

    from naevia_app.main_window import MainWindow

    app = QApplication(sys.argv[:1])

    def show() -> None:
        window = next((w for w in app.topLevelWidgets() if isinstance(w, MainWindow)), None)
        if window is not None and look(window):
            timer.stop()

    timer = QTimer(app, interval=100)
    timer.timeout.connect(show)
    timer.start()
    return main(["--provider", "cpu", *arguments])
