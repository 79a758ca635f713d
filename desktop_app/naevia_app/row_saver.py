"""Writing the rows of a scan to a file, in a thread of its own."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QEvent, QObject, Signal

from naevia.rows import Row
from naevia.writers import RowFile
from naevia_app.worker import Worker


class RowSaver(QObject):
    """Writes one file at a time.

    Args:
        parent: Owner.

    Attributes:
        ended: How many rows were written, or the exception that ended it.
    """

    ended = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._worker: Worker | None = None
        self._outcome: int | Exception = 0

    @property
    def is_busy(self) -> bool:
        """Whether a file is being written."""
        return self._worker is not None

    def start(self, rows: list[Row], output: Path) -> None:
        """Begin to write rows as `naevia scan` writes them."""
        self._worker = Worker(lambda: _write(rows, output), self)
        self._worker.yielded.connect(self._keep)
        self._worker.failed.connect(self._keep)
        self._worker.finished.connect(self._end)
        self._worker.start()

    def wait(self) -> None:
        """Wait until the file is written; `ended` has been emitted then."""
        if self._worker is not None:
            self._worker.wait()
            QCoreApplication.sendPostedEvents(self, QEvent.Type.MetaCall)  # what the thread has told

    def _keep(self, outcome: int | Exception) -> None:
        self._outcome = outcome

    def _end(self) -> None:
        worker, self._worker = self._worker, None
        worker.wait()  # the thread lives for a moment after it has said that it finished
        worker.deleteLater()
        self.ended.emit(self._outcome)


def _write(rows: list[Row], output: Path) -> Generator[int, None, None]:
    with RowFile(output, "csv") as file:
        for row in rows:
            file.write(row)
    yield file.written
