"""What happens with a mistake in Naevia itself: it is logged, and the window says so and goes on.

The log holds the kind of the error and the lines of code it went through. It never holds the message of an
error, a file name or a path: they can name a patient.
"""

from __future__ import annotations

import logging
import sys
import threading
import traceback
from logging.handlers import RotatingFileHandler
from pathlib import Path
from types import TracebackType

import platformdirs
from PySide6.QtCore import QCoreApplication, QObject, Qt, Signal
from PySide6.QtWidgets import QApplication, QMessageBox

_log = logging.getLogger("naevia_app")


def log_path() -> Path:
    """Where mistakes are logged."""
    return Path(platformdirs.user_log_dir("naevia", appauthor=False)) / "desktop.log"


class ExceptionHook(QObject):
    """Takes every exception that nobody caught, from any thread.

    Args:
        parent: Owner.

    Attributes:
        caught: The kind of the error; may be emitted from any thread.
    """

    caught = Signal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._box: QMessageBox | None = None
        self.caught.connect(self._show, Qt.ConnectionType.QueuedConnection)

    def install(self) -> None:
        """Take over from Python, which would print to a terminal that nobody sees."""
        _open_log()
        sys.excepthook = self.handle
        threading.excepthook = lambda details: self.handle(
            details.exc_type, details.exc_value, details.exc_traceback
        )

    def handle(
        self, kind: type[BaseException], error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Log one exception and say so."""
        if issubclass(kind, KeyboardInterrupt):
            QCoreApplication.quit()
            return
        _log.error("%s\n%s", kind.__name__, _lines(trace))
        self.caught.emit(kind.__name__)

    def _show(self, kind: str) -> None:
        if self._box is not None:  # one dialog at a time; the log has them all
            return
        box = self._box = QMessageBox(QApplication.activeWindow())
        box.setIcon(QMessageBox.Icon.Warning)
        box.setWindowTitle("Naevia")
        box.setText(self.tr("Something in Naevia went wrong ({kind}).").format(kind=kind))
        box.setInformativeText(
            self.tr(
                "The window stays usable; do not rely on what it shows for this photo. Details, without any "
                "file name, are in {path}"
            ).format(path=log_path())
        )
        box.finished.connect(self._closed)
        box.open()

    def _closed(self) -> None:
        self._box = None


def _lines(trace: TracebackType | None) -> str:
    frames = traceback.extract_tb(trace)
    return "\n".join(f"  {Path(frame.filename).name}:{frame.lineno} in {frame.name}" for frame in frames)


def _open_log() -> None:
    path = log_path()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handler: logging.Handler = RotatingFileHandler(
            path, maxBytes=500_000, backupCount=1, encoding="utf-8", delay=True
        )
    except OSError:  # a log that cannot be written must not keep the window from opening
        handler = logging.NullHandler()
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    for before in _log.handlers:
        before.close()
    _log.handlers[:] = [handler]
    _log.propagate = False
