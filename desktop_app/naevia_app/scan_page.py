"""The page for a folder: progress, counts, a table, and saving it."""

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
from naevia.printable import printable
from naevia.rows import Row
from naevia.session import Session
from naevia.words import sentence
from naevia_app.file_dialogs import ask_where_to_save
from naevia_app.folder_scan import FolderScan
from naevia_app.labels import ElidedLabel, button, paragraph, tooltip
from naevia_app.questions import agrees, warn
from naevia_app.row_filter import RowFilter
from naevia_app.row_saver import RowSaver
from naevia_app.row_table import ITEM_ROLE, RowTable
from naevia_app.row_view import RowView
from naevia_app.scan_words import outcome_words, progress_words
from naevia_app.theme import sized
from naevia_app.words import model_line, number, recommendation_word, worth

_KINDS = ("", "refer", "monitor", "cannot tell", "error")


class ScanPage(QWidget):
    """Runs one scan at a time and shows its rows.

    Attributes:
        photo_wanted: The path of a file that a person wants to see.
        changed: Rows came, or the scan began or ended.
    """

    photo_wanted = Signal(Path)
    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.scan: FolderScan | None = None
        self.table = RowTable(self)
        self.shown = RowFilter(self.table)
        self.view = RowView(self.shown)
        self.progress = QProgressBar()
        self.cancel_button = button(self.tr("Cancel"))
        self.save_button = button(self.tr("Save as CSV\N{HORIZONTAL ELLIPSIS}"), primary=True)
        self.search = QLineEdit()
        self.chips: dict[str, QPushButton] = {}
        self._title = ElidedLabel()
        self._status = paragraph(muted=True)
        self._worth = paragraph()
        self._total = 0
        self._failure = ""
        self._model = ""
        self._is_model_gone = False
        self._is_unsaved = False
        self._saver = RowSaver(self)
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
        head.addWidget(self.save_button)
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
        self.save_button.clicked.connect(self.ask_and_save)
        self._saver.ended.connect(self._say_saved)
        self.search.textChanged.connect(self.shown.show_words)
        self.view.activated.connect(self._open)

    @property
    def is_busy(self) -> bool:
        """Whether a scan is running."""
        return self.scan is not None and self.scan.is_running

    @property
    def is_saving(self) -> bool:
        """Whether the rows are being written to a file."""
        return self._saver.is_busy

    @property
    def is_unsaved(self) -> bool:
        """Whether there are rows that no file has."""
        return self._is_unsaved

    @property
    def status(self) -> str:
        """What is said about the scan."""
        return self._status.text()

    @property
    def worth(self) -> str:
        """How far rows that say `monitor` can be trusted; empty where there are none."""
        return "" if self._worth.isHidden() else self._worth.text()

    def start(self, folder: Path, session: Session) -> None:
        """Scan a folder; a scan before it is ended and its rows are forgotten."""
        self._forget()
        self._model = model_line(session)
        point = session.contract.operating_point
        self._worth.setText(worth(point) if point else "")
        self.progress.setRange(0, 0)
        self.scan = FolderScan(folder, session, self)
        self.scan.counted.connect(self._count)
        self.scan.rows_came.connect(self._add)
        self.scan.failed.connect(self._fail)
        self.scan.ended.connect(self._end)
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
        """End the scan, but not the writing of a file, and wait for their threads; the rows stay."""
        self.finish_saving()
        if self.scan is not None:
            self.scan.cancel_and_wait()

    def _forget(self) -> None:
        self.stop()
        if self.scan is not None:
            self.scan.blockSignals(True)
            self.scan.deleteLater()
        self.scan = None
        self.table.clear()
        self._total, self._failure = 0, ""
        self._is_model_gone = self._is_unsaved = False

    def ask_and_save(self) -> None:
        """Ask for a file name and save the rows."""
        if self.scan is None or not self.save_button.isEnabled():
            return
        part = "" if self.scan.is_complete else self.tr("-incomplete")
        suggestion = f"{self.scan.folder.name or 'scan'}{part}.csv"
        path = ask_where_to_save(self, self.tr("Save the rows"), suggestion, self.tr("Table (*.csv)"))
        if path is None:
            return
        if not path.suffix:
            path = path.with_suffix(".csv")
            if not self._may_replace(path):  # the dialog asked about the name without the ending
                return
        self.save(path)

    def save(self, output: Path) -> None:
        """Begin to write the rows as `naevia scan` writes them, in the order of the scan."""
        self._saver.start(self.table.rows(), output)
        self.progress.setRange(0, 0)
        self._refresh()

    def finish_saving(self) -> None:
        """Wait until the rows that are being saved have their file, or until it was said why not."""
        self._saver.wait()

    def _say_saved(self, outcome: int | Exception) -> None:
        self._is_unsaved = isinstance(outcome, Exception)
        self._end()
        if isinstance(outcome, Exception):
            warn(self, self.tr("Not saved"), _why(outcome))
        else:
            self._say(self.tr("{count} rows saved.").format(count=number(outcome)))

    def _may_replace(self, path: Path) -> bool:
        question = self.tr("There is a {name} in this folder already. Replace it?").format(
            name=printable(path.name)
        )
        return not path.exists() or agrees(self, question, self.tr("Replace"))

    def _count(self, files: int) -> None:
        self._total = files
        self.progress.setRange(0, max(files, 1))
        self._refresh()

    def _add(self, rows: list[Row]) -> None:
        self.table.extend(rows)
        self._is_unsaved = True
        self.progress.setValue(min(self.table.rowCount(), self.progress.maximum()))
        self._refresh()

    def _fail(self, error: Exception) -> None:
        self._failure = _why(error)

    def _end(self) -> None:
        self.progress.setRange(0, 1)
        self.progress.setValue(1)
        self._refresh()

    def _refresh(self) -> None:
        busy, saving = self.is_busy, self.is_saving
        self.cancel_button.setVisible(busy)
        self.cancel_button.setEnabled(busy and not self.scan.is_cancelled)
        self.progress.setVisible(busy or saving)
        self.save_button.setEnabled(not busy and not saving and self.table.rowCount() > 0)
        for kind, chip in self.chips.items():
            count = self.table.counts[kind] if kind else self.table.rowCount()
            word = recommendation_word(kind) if kind else self.tr("All")
            chip.setText(f"{word}  {number(count)}")
        self._worth.setVisible(self.table.counts["monitor"] > 0)
        self._say(self._said(self.scan) + self._said_of_model())
        self.changed.emit()

    def _say(self, text: str) -> None:
        self._status.setText(text)
        self._status.setToolTip(tooltip(text))

    def _said(self, scan: FolderScan | None) -> str:
        if scan is None:
            return self.tr("Drop a folder, or open one, to judge every photo in it.")
        done = self.table.rowCount()
        if self.is_saving:
            return self.tr("Saving {count} rows\N{HORIZONTAL ELLIPSIS}").format(count=number(done))
        if scan.is_running:
            return progress_words(scan, done, self._total)
        return outcome_words(scan, self.table.outcomes, self._total, self._failure)

    def _said_of_model(self) -> str:
        if self.is_busy or not self._is_model_gone or not self.table.rowCount():
            return ""
        return " " + self.tr("The rows are of a model that is no longer in use: {model}.").format(
            model=self._model
        )

    def _open(self, index: QModelIndex) -> None:
        row: Row = index.data(ITEM_ROLE)
        if self.scan is not None:
            self.photo_wanted.emit(self.scan.folder / row.path)


def _why(error: Exception) -> str:
    return sentence(printable(str(error))) if isinstance(error, NaeviaError) else type(error).__name__
