"""What the window's tests share. Importing it skips a module where Qt cannot be loaded."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import onnxruntime  # noqa: F401  before PySide6, as the program does it
import pytest

os.environ["QT_QPA_PLATFORM"] = "offscreen"

try:
    import PySide6.QtWidgets  # noqa: F401
except ImportError as error:
    if os.environ.get("NAEVIA_REQUIRE_QT") == "1":
        raise
    pytest.skip(
        f"Qt cannot be loaded ({error}); install its system libraries; NAEVIA_REQUIRE_QT=1 fails instead",
        allow_module_level=True,
    )

from PySide6.QtCore import QMimeData, QPointF, Qt, QThread, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QMessageBox, QPushButton

from naevia.session import Session
from naevia.synthetic import draw_lesion
from naevia_app.main_window import MainWindow
from naevia_app.parts.sources import image_of

ASK_WHERE_TO_SAVE = QFileDialog.getSaveFileName
"""Qt's own dialog; the tests have a person who agrees in its place."""


def wait_until(condition: Callable[[], object], timeout_s: float = 30) -> None:
    """Let Qt work until the condition holds."""
    deadline = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        QTest.qWait(10)


def write_photo(path: Path, code: str = "nv", seed: int = 1, **size: int) -> Path:
    """A drawn lesion as a file; the name's ending says which kind."""
    path.parent.mkdir(parents=True, exist_ok=True)
    assert image_of(draw_lesion(code, seed=seed, **size)).save(str(path), quality=95)
    return path


def expected(model: Path, path: Path) -> object:
    """What the session answers for a file, without any window."""
    from naevia.image import read_photo

    return Session.open(model, provider="cpu").predict(read_photo(path))


def urls(*paths: Path) -> QMimeData:
    """Files as a drop or a clipboard holds them."""
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    return mime


def drop(window: MainWindow, mime: QMimeData) -> None:
    """Drop something on the window; `test_real_drop.py` does it with a real pointer."""
    actions, buttons = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton
    point, keys = QPointF(300, 300), Qt.KeyboardModifier.NoModifier
    window.dropEvent(QDropEvent(point, actions, mime, buttons, keys))
    QApplication.processEvents()  # the window takes it once the drop is over


def finish(window: MainWindow) -> None:
    """Wait until the scan has ended and its rows are in the table."""
    wait_until(lambda: window.scans.scan is not None and not window.scans.is_busy)


def working_threads() -> list[str]:
    """Threads besides the main one that Naevia started and that still live."""
    names = [thread.name for thread in threading.enumerate() if thread.name.startswith("naevia")]
    app = QApplication.instance()
    names += [repr(thread) for thread in app.findChildren(QThread) if thread.isRunning()]
    for window in QApplication.topLevelWidgets():
        names += [repr(thread) for thread in window.findChildren(QThread) if thread.isRunning()]
    return names


@contextmanager
def answering(button_text: str) -> Iterator[list[str]]:
    """Answer the next question by pressing the button that holds this text; gives the questions asked."""
    from PySide6.QtCore import QTimer

    asked: list[str] = []

    def look() -> None:
        for box in QApplication.topLevelWidgets():
            if isinstance(box, QMessageBox) and box.isVisible():
                asked.append(box.text())
                press = next(b for b in box.findChildren(QPushButton) if button_text in b.text())
                press.click()

    timer = QTimer()
    timer.timeout.connect(look)
    timer.start(20)
    try:
        yield asked
    finally:
        timer.stop()


def scan_begun(window: MainWindow, folder: Path) -> None:
    drop(window, urls(folder))
    wait_until(lambda: window.scans.table.rowCount() > 0)


def shown(window: MainWindow) -> bool:
    return window.photos.prediction is not None
