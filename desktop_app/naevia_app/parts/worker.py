"""Work off the main thread: a generator runs in a thread of its own and its items come back as signals."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Any

from PySide6.QtCore import QObject, QThread, Signal


class Worker(QThread):
    """Runs one generator to its end, or until it is asked to stop.

    The generator never touches a widget. Between two items the worker looks whether it was asked to stop;
    it then closes the generator, so that the generator's own clean-up runs in the same thread.

    Attributes:
        yielded: One item of the generator.
        failed: The exception that ended the generator; `finished` follows.
    """

    yielded = Signal(object)
    failed = Signal(object)

    def __init__(self, work: Callable[[], Generator[Any, None, None]], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._work = work

    def run(self) -> None:
        """Called by Qt in the new thread."""
        try:
            items = self._work()
            try:
                for item in items:
                    if self.isInterruptionRequested():
                        return
                    self.yielded.emit(item)
            finally:
                items.close()
        except Exception as error:  # noqa: BLE001  the thread's border: the window says what happened
            self.failed.emit(error)

    def stop(self) -> None:
        """Ask for an end after the item that is being worked on; returns at once."""
        self.requestInterruption()

    def stop_and_wait(self) -> None:
        """Ask for an end and wait for it."""
        self.stop()
        self.wait()
