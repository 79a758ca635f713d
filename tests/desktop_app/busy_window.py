"""Naevia's real program, made to repaint until Qt has returned `None` and `True` tens of thousands of times.

It tells how many references to None, True and False are left. Started by `test_references.py`.

Usage: python busy_window.py MODEL PHOTO...
"""

from __future__ import annotations

import sys

from naevia_app.command import main

REPAINTS = 250


def _keep_busy() -> None:
    from PySide6.QtCore import QTimer
    from PySide6.QtWidgets import QApplication

    from naevia_app.main_window import MainWindow

    def look() -> None:
        window = next((w for w in QApplication.topLevelWidgets() if isinstance(w, MainWindow)), None)
        if window is None or window.photos.prediction is None:
            return
        timer.stop()
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

    timer = QTimer(QApplication.instance(), interval=100)
    timer.timeout.connect(look)
    timer.start()


if __name__ == "__main__":
    from PySide6.QtWidgets import QApplication

    app = QApplication(sys.argv[:1])
    _keep_busy()
    model, *photos = sys.argv[1:]
    sys.exit(main(["--model", model, "--provider", "cpu", *photos]))
