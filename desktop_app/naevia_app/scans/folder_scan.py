"""One scan of a folder into a table, in a thread of its own."""

from __future__ import annotations

import time
from collections.abc import Generator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal

from naevia.journal import Journal
from naevia.rows import KeptRow, Row
from naevia.session import Session
from naevia.table_scan import TableScan
from naevia_app.parts.worker import Worker

_FLUSH_MS = 100


@dataclass(frozen=True)
class _Total:
    files: int


class _AllJudged:
    pass


class FolderScan(QObject):
    """Scans one folder as `naevia scan` does: into a journal, from which the next scan into it goes on.

    Rows arrive a few at a time, so that a fast scan does not flood the window.

    Args:
        folder: The folder.
        output: The table, which appears when the scan is complete.
        session: The open model.
        restart: Forget what an earlier scan left.
        parent: Owner.

    Attributes:
        counted: How many files there are; comes before the first rows.
        rows_came: Some rows, in the order of the scan.
        all_judged: Every file has a row; the table is being written.
        failed: The exception that ended the scan.
        ended: The thread has ended, for whatever reason; comes last.
        is_cancelled: Whether somebody asked for an end.
        written: Rows in the table; None while there is no table.
        kept: Rows that came from an earlier scan.
        is_writing: Whether the table is being written.
    """

    counted = Signal(int)
    rows_came = Signal(list)
    all_judged = Signal()
    failed = Signal(object)
    ended = Signal()

    def __init__(
        self,
        folder: Path,
        output: Path,
        session: Session,
        *,
        restart: bool = False,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self.folder, self.output = folder, output
        self.is_cancelled = self.is_writing = False
        self.written: int | None = None
        self.kept = 0
        self._is_running = False
        self._started_s = time.monotonic()
        self._elapsed_s: float | None = None
        self._waiting: list[Row] = []
        self._worker = Worker(lambda: self._scan(session, restart), self)
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
        """Ask for an end and wait for it; a table that is being written gets its file."""
        self.is_cancelled = self.is_cancelled or self.is_running
        self._worker.stop_and_wait()

    def _scan(self, session: Session, restart: bool) -> Generator[_Total | Row | _AllJudged, None, None]:
        """What the thread does; closed early when somebody asked for an end."""
        table = TableScan(self.folder, self.output)
        yield _Total(table.total)
        with Journal(table.output, self.folder, session, restart=restart) as journal:
            with closing(table.rows(journal, session)) as rows:
                for row in rows:
                    journal.add(row)
                    yield row
            yield _AllJudged()
            table.write(journal)
        self.written = table.file.written

    def _take(self, item: _Total | Row | _AllJudged) -> None:
        if isinstance(item, Row):
            self.kept += isinstance(item, KeptRow)
            self._waiting.append(item)
        elif isinstance(item, _Total):
            self.counted.emit(item.files)
        else:
            self.is_writing = True
            self._flush()
            self.all_judged.emit()

    def _flush(self) -> None:
        if self._waiting:
            rows, self._waiting = self._waiting, []
            self.rows_came.emit(rows)

    def _end(self) -> None:
        self._timer.stop()
        self._is_running = self.is_writing = False
        self._elapsed_s = self.elapsed_s
        self._flush()
        self.ended.emit()
