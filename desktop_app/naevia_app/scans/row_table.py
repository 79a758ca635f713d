"""The rows of a scan as a Qt table model."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any, NamedTuple

from PySide6.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
)
from PySide6.QtGui import QColor

from naevia.printable import printable
from naevia.rows import Row
from naevia.taxonomy import find_diagnosis
from naevia_app.parts.signs import sign_icon
from naevia_app.parts.text_widgets import tooltip
from naevia_app.parts.theme import colours, recommendation_colours
from naevia_app.parts.words import diagnosis_name, malignant_cell, percent, recommendation_word, tr

Index = QModelIndex | QPersistentModelIndex

ITEM_ROLE = Qt.ItemDataRole.UserRole

_ANSWER = ("malignant_probability", "diagnosis", "probability", "threshold")
_URGENCY = {"refer": 0, "cannot tell": 1, "error": 2, "monitor": 3}


class ShownRow(NamedTuple):
    """What is shown of one file; the rest of its row is in the journal.

    Attributes:
        path: The file, relative to the scanned folder, with forward slashes.
        status: `ok`, `refused` or `error`.
        remark: Why it was refused or could not be read, or the caution of its answer; mostly empty.
        kind: `refer`, `monitor`, `cannot tell`, or `error` for a file without an answer.
        malignant_probability: 0 to 1; None, as what follows, when the file could not be read.
        diagnosis: Code of the most probable diagnosis.
        probability: Of that, 0 to 1.
        threshold: From which malignant probability on a photo is referred, 0 to 1; None, too, for a model
            without an operating point.
    """

    path: str
    status: str
    remark: str
    kind: str
    malignant_probability: float | None
    diagnosis: str | None
    probability: float | None
    threshold: float | None

    @classmethod
    def of(cls, row: Row) -> ShownRow:
        """What is shown of a row."""
        cells = row.to_dict()
        answer = (cells[name] for name in _ANSWER)
        remark = row.error or cells["caution"] or ""
        return cls(row.path, row.status, remark, cells["recommendation"] or "error", *answer)


def _is_answer(row: ShownRow) -> bool:
    return row.status == "ok"


class _Column(NamedTuple):
    title: str
    text: Callable[[ShownRow], str]
    key: Callable[[ShownRow], Any]
    is_number: bool = False


def _columns() -> tuple[_Column, ...]:
    def shown(value: Callable[[ShownRow], str]) -> Callable[[ShownRow], str]:
        return lambda row: value(row) if _is_answer(row) else "\N{EN DASH}"

    def number(value: Callable[[ShownRow], float]) -> Callable[[ShownRow], float]:
        return lambda row: value(row) if _is_answer(row) else -1.0

    return (
        _Column(tr("File"), lambda row: printable(row.path), lambda row: row.path.casefold()),
        _Column(
            tr("Recommendation"),
            lambda row: recommendation_word(row.kind),
            lambda row: _URGENCY[row.kind],
        ),
        _Column(
            tr("Malignant"),
            shown(lambda row: malignant_cell(row.malignant_probability, row.threshold)),
            number(lambda row: row.malignant_probability),
            is_number=True,
        ),
        _Column(
            tr("Most probable"),
            shown(lambda row: diagnosis_name(find_diagnosis(row.diagnosis))),
            shown(lambda row: diagnosis_name(find_diagnosis(row.diagnosis))),
        ),
        _Column(
            tr("Probability"),
            shown(lambda row: percent(row.probability)),
            number(lambda row: row.probability),
            is_number=True,
        ),
        _Column(tr("Remarks"), lambda row: printable(row.remark), lambda row: row.remark.casefold()),
    )


class RowTable(QAbstractTableModel):
    """All rows of a scan, in the order in which they came.

    Attributes:
        counts: Rows by recommendation, `error` for those without one.
        outcomes: Rows by status.
        in_part: Answers to a part of a photo only, as their remarks say.
    """

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._rows: list[ShownRow] = []
        self._columns = _columns()
        self._keys: list[list[Any]] = [[] for _ in self._columns]
        self._words: list[str] = []
        self.counts: Counter[str] = Counter()
        self.outcomes: Counter[str] = Counter()
        self.in_part = 0

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: N802, B008  Qt's signature
        """How many files have a row."""
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: N802, B008  Qt's signature
        """How many columns there are."""
        return 0 if parent.isValid() else len(self._columns)

    def headerData(  # noqa: N802  Qt's name
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        """The titles."""
        if orientation != Qt.Orientation.Horizontal or not 0 <= section < len(self._columns):
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return self._columns[section].title
        return self._alignment(section) if role == Qt.ItemDataRole.TextAlignmentRole else None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """What a view or a proxy asks for."""
        if not index.isValid() or index.row() >= len(self._rows):
            return None
        row, column = self._rows[index.row()], index.column()
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return self._columns[column].text(row)
            case Qt.ItemDataRole.ToolTipRole:
                return tooltip(printable(row.remark or row.path))
            case Qt.ItemDataRole.TextAlignmentRole:
                return self._alignment(column)
            case Qt.ItemDataRole.ForegroundRole:
                return self._ink(row, column)
            case Qt.ItemDataRole.DecorationRole:
                return sign_icon(row.kind) if column == 1 else None
            case _ if role == ITEM_ROLE:
                return row
        return None

    def _alignment(self, column: int) -> int:
        side = Qt.AlignmentFlag.AlignRight if self._columns[column].is_number else Qt.AlignmentFlag.AlignLeft
        return int(side | Qt.AlignmentFlag.AlignVCenter)

    @staticmethod
    def _ink(row: ShownRow, column: int) -> QColor | None:
        if column == 1:
            return recommendation_colours(row.kind)[0]
        return None if _is_answer(row) else QColor(colours().muted)

    def extend(self, came: list[Row]) -> None:
        """Append rows."""
        if not came:
            return
        rows = [ShownRow.of(row) for row in came]
        start = len(self._rows)
        self.beginInsertRows(QModelIndex(), start, start + len(rows) - 1)
        self._rows += rows
        for column, keys in zip(self._columns, self._keys, strict=True):
            keys += map(column.key, rows)
        self._words += ("\n".join(column.text(row) for column in self._columns).casefold() for row in rows)
        self.counts.update(row.kind for row in rows)
        self.outcomes.update(row.status for row in rows)
        self.in_part += sum(_is_answer(row) and bool(row.remark) for row in rows)
        self.endInsertRows()

    def clear(self) -> None:
        """Forget all rows."""
        self.beginResetModel()
        self._rows = []
        self._keys = [[] for _ in self._columns]
        self._words = []
        self.counts.clear()
        self.outcomes.clear()
        self.in_part = 0
        self.endResetModel()

    def rows(self) -> list[ShownRow]:
        """All rows, in the order in which they came."""
        return list(self._rows)

    def row(self, number: int) -> ShownRow:
        """One row, counted from 0 in the order in which they came."""
        return self._rows[number]

    def keys(self, column: int) -> list[Any]:
        """What a column is sorted by, one key a row, computed when the row came; not to be changed."""
        return self._keys[column]

    def words(self, number: int) -> str:
        """The cells of one row as they are searched: case-folded, each in a line of its own."""
        return self._words[number]
