"""Naevia's real program, which tells its answers on standard output. Started by `test_real_drop.py`.

Usage: python drop_target.py MODEL SCREENSHOT
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from naevia_app.command import main


def _watch(screenshot: Path) -> None:
    """Report when the window is ready, then when a photo is answered; save a picture and close."""
    from PySide6.QtCore import QTimer
    from PySide6.QtWidgets import QApplication

    from naevia_app.main_window import MainWindow

    said: list[str] = []

    def look() -> None:
        window = next((w for w in QApplication.topLevelWidgets() if isinstance(w, MainWindow)), None)
        if window is None or window.session is None:
            return
        if not said:
            said.append("ready")
            window.move(0, 0)
            window.resize(1200, 800)
            sys.stdout.write("ready\n")
            sys.stdout.flush()
        elif window.photos.prediction is not None:
            sys.stdout.write(json.dumps(window.photos.prediction.to_dict()) + "\n")
            sys.stdout.flush()
            window.grab().save(str(screenshot))
            window.close()

    timer = QTimer(QApplication.instance(), interval=100)
    timer.timeout.connect(look)
    timer.start()


if __name__ == "__main__":
    from PySide6.QtWidgets import QApplication

    app = QApplication(sys.argv[:1])
    model, screenshot = sys.argv[1:]
    _watch(Path(screenshot))
    sys.exit(main(["--model", model, "--provider", "cpu"]))
