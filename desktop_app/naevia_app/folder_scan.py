"""One scan of a folder in a thread of its own."""

from __future__ import annotations

import time
from collections.abc import Generator
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal

from naevia.rows import Row
from naevia.scan import count_files, scan
from naevia.session import Session
from naevia_app.judge import without_arrays
from naevia_app.worker import Worker

_FLUSH_MS = 100


@dataclass(frozen=True)
class _Total:
    files: int


class FolderScan(QObject):
    """Scans one folder; rows arrive a few at a time, so that a fast scan does not flood the window.

    Args:
        folder: The folder.
        session: The open model.
        parent: Owner.

    Attributes:
        counted: How many files there are; comes before the first rows.
        rows_came: Some rows, in the order of the scan.
        failed: The exception that ended the scan.
        ended: The thread has ended, for whatever reason; comes last.
        is_cancelled: Whether somebody asked for an end.
        is_complete: Whether there are as many rows as the folder held files when the scan began, or more.
    """

    counted = Signal(int)
    rows_came = Signal(list)
    failed = Signal(object)
    ended = Signal()

    def __init__(self, folder: Path, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.folder = folder
        self.is_cancelled = self.is_complete = False
        self._is_running = False
        self._started_s = time.monotonic()
        self._elapsed_s: float | None = None
        self._waiting: list[Row] = []
        self._worker = Worker(lambda: self._scan(session), self)
        self._worker.yielded.connect(self._take)
        self._worker.failed.connect(self.failed)
        self._worker.finished.connect(self._end)
        self._timer = QTimer(self, interval=_FLUSH_MS)
        self._timer.timeout.connect(self._flush)

    @property
    def is_running(self) -> bool:
        """From `start` until `ended`; `QThread.isRunning` still holds for a moment after `finished`."""
        return self._is_running

    @property
    def elapsed_s(self) -> float:
        """Seconds since the start, or from start to end."""
        return self._elapsed_s if self._elapsed_s is not None else time.monotonic() - self._started_s

    def start(self) -> None:
        """Begin."""
        self._is_running = True
        self._timer.start()
        self._worker.start()

    def cancel(self) -> None:
        """Ask for an end after the file that is being judged; returns at once."""
        self.is_cancelled = True
        self._worker.stop()

    def cancel_and_wait(self) -> None:
        """Ask for an end and wait for it."""
        self.is_cancelled = self.is_cancelled or self.is_running
        self._worker.stop_and_wait()

    def _scan(self, session: Session) -> Generator[_Total | Row, None, None]:
        """What the thread does; closed early when somebody asked for an end."""
        total, done = count_files(self.folder), 0
        yield _Total(total)
        with closing(scan(self.folder, session)) as rows:
            for row in rows:
                done += 1
                answer = row.prediction
                yield row if answer is None else replace(row, prediction=without_arrays(answer))
        self.is_complete = done >= total

    def _take(self, item: _Total | Row) -> None:
        if isinstance(item, Row):
            self._waiting.append(item)
        else:
            self.counted.emit(item.files)

    def _flush(self) -> None:
        if self._waiting:
            rows, self._waiting = self._waiting, []
            self.rows_came.emit(rows)

    def _end(self) -> None:
        self._timer.stop()
        self._is_running = False
        self._elapsed_s = self.elapsed_s
        self._flush()
        self.ended.emit()
