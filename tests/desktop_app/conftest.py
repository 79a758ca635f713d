"""Fixtures of the window's tests: an offscreen Qt, a home of its own, and no Qt warning unseen."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

sys.path.insert(0, str(Path(__file__).parent))

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication

    from naevia_app.main_window import MainWindow

_HARMLESS = ("This plugin does not support",)
"""The offscreen platform says so of sizes and of raising windows; a screen does both."""


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home folder that belongs to one test, so that nobody's settings are read or changed."""
    folder = tmp_path / "home"
    folder.mkdir()
    monkeypatch.setenv("HOME", str(folder))
    for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME", "LOCALAPPDATA"):
        monkeypatch.setenv(name, str(folder / name.lower()))
    monkeypatch.delenv("NAEVIA_MODELS", raising=False)
    return folder


@pytest.fixture
def app(home: Path) -> Iterator[QApplication]:
    """The application as the program prepares it; a Qt warning or an uncaught exception fails the test."""
    from PySide6.QtCore import QSettings, QtMsgType, qInstallMessageHandler

    from naevia_app.application import prepare_application

    heard: list[str] = []

    def listen(kind: QtMsgType, context: object, message: str) -> None:
        if kind != QtMsgType.QtDebugMsg and not message.startswith(_HARMLESS):
            heard.append(message)

    QSettings.setPath(QSettings.Format.NativeFormat, QSettings.Scope.UserScope, str(home / "settings"))
    before, hook = qInstallMessageHandler(listen), sys.excepthook
    application = prepare_application()
    sys.excepthook = lambda kind, error, trace: heard.append(f"uncaught {kind.__name__}: {error}")
    yield application
    application.clipboard().clear()  # what Python put there must not outlive Python
    sys.excepthook = hook
    qInstallMessageHandler(before)
    assert heard == []


@pytest.fixture
def open_window(app: QApplication, tiny_model: Path) -> Iterator[Callable[..., MainWindow]]:
    """Opens windows, waits for their model, and closes them at the end without a thread left."""
    from window_helpers import wait_until, working_threads

    from naevia_app.main_window import MainWindow

    windows: list[MainWindow] = []

    def make(model: Path | None = None) -> MainWindow:
        window = MainWindow(str(model or tiny_model), "cpu")
        windows.append(window)
        window.show()
        wait_until(lambda: window.session is not None or window.model_problem is not None)
        return window

    yield make
    for window in windows:
        window.scans.stop()
        window.close()
        window.deleteLater()
    app.processEvents()
    assert working_threads() == []


@pytest.fixture
def window(open_window: Callable[..., MainWindow]) -> MainWindow:
    """A window with the tiny model open."""
    return open_window()
