"""Starting Qt, opening the window, and ending in good order."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

from PySide6.QtWidgets import QApplication

from naevia import __version__
from naevia_app.main_window import MainWindow
from naevia_app.parts.sources import from_paths
from naevia_app.parts.theme import follow_system
from naevia_app.starting.ending import EndRequests
from naevia_app.starting.excepthook import ExceptionHook
from naevia_app.starting.references import outlive_dropped_references

_INTERRUPTED = 130


def run(
    paths: list[Path],
    *,
    model: str | None,
    provider: str,
    on_refusal: Callable[[Exception], object],
) -> Exception | None:
    """Open the window and stay until it is closed.

    Args:
        paths: Photos to judge or a folder to scan at once.
        model: Id or folder of the model; None for the default.
        provider: `auto`, `cpu` or `cuda`.
        on_refusal: Told once why the model cannot be used, while the window says it too.

    Returns:
        Why there was no model when the window was closed; None when there was one.

    Raises:
        KeyboardInterrupt: The system asked for an end; the threads were ended and no question was asked.
    """
    app = prepare_application()
    window = MainWindow(model, provider)
    window.judge.refused.connect(on_refusal)
    window.show()
    window.take_soon(from_paths([path.absolute() for path in paths]))

    def end() -> None:
        window.end()
        app.exit(_INTERRUPTED)  # out of every dialog, too

    with EndRequests(end):
        if app.exec() == _INTERRUPTED:
            raise KeyboardInterrupt
    return window.model_problem


def prepare_application() -> QApplication:
    """The one QApplication, named, dressed and with its exception hook."""
    outlive_dropped_references()
    app = QApplication.instance() or QApplication(sys.argv[:1])
    app.setApplicationName("naevia")
    app.setApplicationDisplayName("Naevia")
    app.setApplicationVersion(__version__)
    app.setOrganizationName("naevia")
    app.setDesktopFileName("naevia")
    follow_system(app)
    ExceptionHook(app).install()
    return app
