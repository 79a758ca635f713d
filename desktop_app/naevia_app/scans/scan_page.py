"""The page for a folder: progress, counts and a table."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QModelIndex, Signal
from PySide6.QtGui import QFont
from PySide6.QtWidgets import (
    QButtonGroup,
    QHBoxLayout,
    QLineEdit,
    QProgressBar,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from naevia.errors import NaeviaError
from naevia.journal import JournalError
from naevia.printable import printable
from naevia.rows import Row
from naevia.session import Session
from naevia.words import sentence
from naevia_app.parts.questions import agrees
from naevia_app.parts.text_widgets import ElidedLabel, button, paragraph, tooltip
from naevia_app.parts.theme import sized
from naevia_app.parts.words import model_line, number, recommendation_word, worth
from naevia_app.scans.folder_scan import FolderScan
from naevia_app.scans.row_filter import RowFilter
from naevia_app.scans.row_table import ITEM_ROLE, RowTable, ShownRow
from naevia_app.scans.row_view import RowView
from naevia_app.scans.scan_words import outcome_words, progress_words

_KINDS = ("", "refer", "monitor", "cannot tell", "error")


class ScanPage(QWidget):
    """Runs one scan at a time and shows its rows.

    Attributes:
        photo_wanted: The path of a file that a person wants to see.
    """

    photo_wanted = Signal(Path)

    def __init__(self) -> None:
        super().__init__()
        self.scan: FolderScan | None = None
        self.table = RowTable(self)
        self.shown = RowFilter(self.table)
        self.view = RowView(self.shown)
        self.progress = QProgressBar()
        self.cancel_button = button(self.tr("Cancel"))
        self.search = QLineEdit()
        self.chips: dict[str, QPushButton] = {}
        self._title = ElidedLabel()
        self._status = paragraph(muted=True)
        self._worth = paragraph()
        self._total = 0
        self._failure: Exception | None = None
        self._model = ""
        self._is_model_gone = False
        self._arrange()
        self._connect()
        self._refresh()

    def _arrange(self) -> None:
        self._title.setFont(sized(self._title.font(), 1.3, QFont.Weight.DemiBold))
        room = self._status.sizePolicy()
        room.setHorizontalPolicy(
            QSizePolicy.Policy.Ignored
        )  # a long path is cut, and the window keeps its size
        self._status.setSizePolicy(room)
        self.progress.setTextVisible(False)
        self.progress.setAccessibleName(self.tr("Progress of the scan"))
        self.search.setPlaceholderText(self.tr("Search file, diagnosis, remark"))
        self.search.setAccessibleName(self.tr("Search the rows"))
        self.search.setClearButtonEnabled(True)
        self.search.setAcceptDrops(False)  # it would take a photo for words, and answer a move with "moved"
        self.search.setMaximumWidth(320)
        head = QHBoxLayout()
        head.addWidget(self._title, 1)
        head.addWidget(self.cancel_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(18, 6, 18, 16)
        column.setSpacing(11)
        column.addLayout(head)
        column.addWidget(self.progress)
        column.addWidget(self._status)
        column.addLayout(self._filters())
        column.addWidget(self._worth)
        column.addWidget(self.view, 1)

    def _filters(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(8)
        group = QButtonGroup(self)
        for kind in _KINDS:
            chip = button("")
            chip.setCheckable(True)
            chip.setChecked(not kind)
            chip.clicked.connect(lambda _, kind=kind: self.shown.show_kind(kind))
            group.addButton(chip)
            self.chips[kind] = chip
            row.addWidget(chip)
        row.addStretch(1)
        row.addWidget(self.search, 1)
        return row

    def _connect(self) -> None:
        self.cancel_button.clicked.connect(self.cancel)
        self.search.textChanged.connect(self.shown.show_words)
        self.view.activated.connect(self._open)

    @property
    def is_busy(self) -> bool:
        """Whether a scan is running."""
        return self.scan is not None and self.scan.is_running

    @property
    def status(self) -> str:
        """What is said about the scan."""
        return self._status.text()

    @property
    def worth(self) -> str:
        """How far rows that say `monitor` can be trusted; empty where there are none."""
        return "" if self._worth.isHidden() else self._worth.text()

    def start(self, folder: Path, output: Path, session: Session, *, restart: bool = False) -> None:
        """Scan a folder into a table; a scan before it is ended and its rows leave the window.

        Args:
            folder: The folder.
            output: The table.
            session: The open model.
            restart: Forget what an earlier scan into the table left.
        """
        self._forget()
        self._model = model_line(session)
        point = session.contract.operating_point
        self._worth.setText(worth(point) if point else "")
        self.progress.setRange(0, 0)
        self.scan = FolderScan(folder, output, session, restart=restart, parent=self)
        self.scan.counted.connect(self._count)
        self.scan.rows_came.connect(self._add)
        self.scan.all_judged.connect(self._wait_for_table)
        self.scan.failed.connect(self._fail)
        self.scan.ended.connect(lambda: self._end(session))
        self.scan.start()
        self._title.set_full_text(printable(str(folder)))
        self._refresh()

    def cancel(self) -> None:
        """Ask the scan to end; what it has so far stays."""
        if self.scan is not None and self.is_busy:
            self.scan.cancel()
            self.cancel_button.setEnabled(False)

    def outlive_model(self) -> None:
        """Ask the scan to end, because another model is in use; its rows stay and say whose they are."""
        self._is_model_gone = self.scan is not None
        self.cancel()
        self._refresh()

    def stop(self) -> None:
        """End the scan, but not the writing of its table, and wait for its thread; the rows stay."""
        if self.scan is not None:
            self.scan.cancel_and_wait()

    def _forget(self) -> None:
        self.stop()
        if self.scan is not None:
            self.scan.blockSignals(True)
            self.scan.deleteLater()
        self.scan = None
        self.table.clear()
        self._total, self._failure = 0, None
        self._is_model_gone = False

    def _count(self, files: int) -> None:
        self._total = files
        self.progress.setRange(0, max(files, 1))
        self._refresh()

    def _add(self, rows: list[Row]) -> None:
        self.table.extend(rows)
        self.progress.setValue(min(self.table.rowCount(), self.progress.maximum()))
        self._refresh()

    def _wait_for_table(self) -> None:
        self.progress.setRange(0, 0)
        self._refresh()

    def _fail(self, error: Exception) -> None:
        self._failure = error

    def _end(self, session: Session) -> None:
        self.progress.setRange(0, 1)
        self.progress.setValue(1)
        self._refresh()
        if isinstance(self._failure, JournalError) and not self._is_model_gone:
            self._ask_to_restart(self.scan, self._failure, session)

    def _ask_to_restart(self, scan: FolderScan, error: JournalError, session: Session) -> None:
        question = self.tr("An earlier scan into this table cannot be gone on with: {why} Forget it?")
        agreed = agrees(self, question.format(why=_why(error)), self.tr("Forget it and begin anew"))
        if agreed and self.scan is scan:
            self.start(scan.folder, scan.output, session, restart=True)

    def _refresh(self) -> None:
        busy = self.is_busy
        can_stop = busy and not self.scan.is_writing
        self.cancel_button.setVisible(can_stop)
        self.cancel_button.setEnabled(can_stop and not self.scan.is_cancelled)
        self.progress.setVisible(busy)
        for kind, chip in self.chips.items():
            count = self.table.counts[kind] if kind else self.table.rowCount()
            word = recommendation_word(kind) if kind else self.tr("All")
            chip.setText(f"{word}  {number(count)}")
        self._worth.setVisible(self.table.counts["monitor"] > 0)
        self._say(self._said(self.scan) + self._said_of_model())

    def _say(self, text: str) -> None:
        self._status.setText(text)
        self._status.setToolTip(tooltip(text))

    def _said(self, scan: FolderScan | None) -> str:
        if scan is None:
            return self.tr("Drop a folder, or open one, to judge every photo in it.")
        done = self.table.rowCount()
        if scan.is_running:
            return progress_words(scan, done, self._total)
        return outcome_words(scan, self.table, self._total, _why(self._failure))

    def _said_of_model(self) -> str:
        if self.is_busy or not self._is_model_gone or not self.table.rowCount():
            return ""
        return " " + self.tr("The rows are of a model that is no longer in use: {model}.").format(
            model=self._model
        )

    def _open(self, index: QModelIndex) -> None:
        row: ShownRow = index.data(ITEM_ROLE)
        if self.scan is not None:
            self.photo_wanted.emit(self.scan.folder / row.path)


def _why(error: Exception | None) -> str:
    if error is None:
        return ""
    if not isinstance(error, NaeviaError):
        return type(error).__name__
    return sentence(printable(error.problem if isinstance(error, JournalError) else str(error)))
