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

    from naevia_app.starting.application import prepare_application

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


@pytest.fixture(autouse=True)
def agreeable(monkeypatch: pytest.MonkeyPatch) -> None:
    """A person who takes every file name that is proposed."""
    from window_helpers import QFileDialog

    def agree(parent: object, title: str, suggestion: str, kinds: str) -> tuple[str, str]:
        return suggestion, kinds

    monkeypatch.setattr(QFileDialog, "getSaveFileName", agree)


@pytest.fixture
def open_window(app: QApplication, tiny_model: Path) -> Iterator[Callable[..., MainWindow]]:
    """Opens windows, waits for their model, and closes them at the end without a thread left."""
    from window_helpers import answering, wait_until, working_threads

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
        with answering("Stop and close"):
            window.close()
        window.deleteLater()
    app.processEvents()
    assert working_threads() == []


@pytest.fixture
def window(open_window: Callable[..., MainWindow]) -> MainWindow:
    """A window with the tiny model open."""
    return open_window()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Photos in two folders, and files that are none."""
    from window_helpers import write_photo

    root = tmp_path / "clinic"
    for number, code in enumerate(("mel", "nv", "bcc", "vasc")):
        write_photo(root / f"{number}-{code}.jpg", code, seed=number, width_px=200, height_px=150)
    write_photo(root / "deeper" / "x, y.png", width_px=150, height_px=150)
    (root / "broken.jpg").write_bytes((root / "0-mel.jpg").read_bytes()[:900])
    (root / "empty.png").write_bytes(b"")
    (root / "notes.txt").write_text("hello")
    return root


@pytest.fixture
def large_folder(tmp_path: Path) -> Path:
    """Enough photos to be caught in the middle."""
    from window_helpers import write_photo

    first = write_photo(tmp_path / "many" / "0000.png", width_px=900, height_px=900)
    for number in range(1, 200):
        (tmp_path / "many" / f"{number:04}.png").hardlink_to(first)
    return tmp_path / "many"


@pytest.fixture
def other_folder(tmp_path: Path) -> Path:
    """A second folder, with one photo."""
    from window_helpers import write_photo

    return write_photo(tmp_path / "other" / "z.png", width_px=150, height_px=150).parent


@pytest.fixture
def other_model(tmp_path: Path) -> Path:
    """A sound model of another name."""
    from tiny_model import tiny_contract, write_tiny_model

    contract = tiny_contract().model_copy(update={"model_id": "another-tiny"})
    return write_tiny_model(tmp_path / "another", contract)
