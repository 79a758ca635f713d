"""The rows that a person wants to see, in the order that they want.

Qt's own `QSortFilterProxyModel` calls back into Python for every comparison and tells the view of every gap
that a filter leaves, one by one. With a hundred thousand rows that is more than a minute for a click on a
column, in which the window is dead.
Here Python's `sort` compares keys that the table has ready, and the view is told once.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, Qt

from naevia_app.scans.row_table import Index, RowTable

_FEW = 64
"""Up to so many new rows are put in their places one by one, which spares sorting a long table at each step
of a scan."""


class RowFilter(QAbstractTableModel):
    """Sorts and filters a table.

    Rows with equal keys keep the order in which they stood before, in both directions; new ones come last.

    Args:
        table: All rows; also the owner.

    Attributes:
        kind: The recommendation whose rows are shown; empty for all.
        found: Rows that have the words, by recommendation, of whichever kind the ones are that are shown.
    """

    def __init__(self, table: RowTable) -> None:
        super().__init__(table)
        self._table = table
        self.found = Counter(table.counts)
        self._shown = list(range(table.rowCount()))  # rows of the table, in the order in which they are shown
        self.kind = self._words = ""
        self._column, self._direction = -1, Qt.SortOrder.AscendingOrder
        table.rowsInserted.connect(lambda _, first, last: self._take(range(first, last + 1)))
        table.modelAboutToBeReset.connect(self.beginResetModel)
        table.modelReset.connect(self._begin_again)

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: N802, B008  Qt's signature
        """How many rows are shown."""
        return 0 if parent.isValid() else len(self._shown)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: N802, B008  Qt's signature
        """How many columns there are."""
        return self._table.columnCount(parent)

    def headerData(  # noqa: N802  Qt's name
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        """The titles."""
        return self._table.headerData(section, orientation, role)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """What the table says of the row that is shown there."""
        if not index.isValid() or index.row() >= len(self._shown):
            return None
        return self._table.data(self._table.index(self._shown[index.row()], index.column()), role)

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """Sort by a column; by none, -1, in the order in which the rows came."""
        self._column, self._direction = column, order
        self._arrange(self._sorted())

    def show_kind(self, kind: str) -> None:
        """Show the rows of one recommendation; an empty text shows all."""
        self.kind = kind
        self._filter_again()

    def show_words(self, words: str) -> None:
        """Show the rows that have these words in a cell, in any case."""
        self._words = words.casefold().strip()
        self._count_again()
        self._filter_again()

    def _count(self, rows: Iterable[int]) -> None:
        self.found.update(self._table.row(row).kind for row in rows if self._words in self._table.words(row))

    def _count_again(self) -> None:
        self.found.clear()
        self._count(range(self._table.rowCount()))

    def _take(self, rows: range) -> None:
        self._count(rows)
        self._append(rows)

    def _wanted(self, rows: Iterable[int]) -> list[int]:
        if self.kind:
            rows = (row for row in rows if self._table.row(row).kind == self.kind)
        if self._words:
            rows = (row for row in rows if self._words in self._table.words(row))
        return list(rows)

    @property
    def _is_descending(self) -> bool:
        return self._column >= 0 and self._direction == Qt.SortOrder.DescendingOrder

    def _keys(self) -> Sequence[Any]:
        """What is sorted by, one key for each row of the table."""
        return self._table.keys(self._column) if self._column >= 0 else range(self._table.rowCount())

    def _sorted(self) -> list[int]:
        return sorted(self._shown, key=self._keys().__getitem__, reverse=self._is_descending)

    def _place_of(self, row: int) -> int:
        """Where a new row belongs: behind those with an equal key."""
        keys = self._keys()
        key = keys[row]
        if self._is_descending:
            return bisect_left(self._shown, True, key=lambda other: keys[other] < key)
        return bisect_left(self._shown, True, key=lambda other: key < keys[other])

    def _filter_again(self) -> None:
        wanted = self._wanted(range(self._table.rowCount()))
        staying, before = set(wanted), set(self._shown)
        kept = [row for row in self._shown if row in staying]
        if len(kept) < len(self._shown):
            self._arrange(kept + [row for row in self._shown if row not in staying])
            self.beginRemoveRows(QModelIndex(), len(kept), len(self._shown) - 1)
            self._shown = kept
            self.endRemoveRows()
        self._append(row for row in wanted if row not in before)

    def _append(self, rows: Iterable[int]) -> None:
        """Show rows of the table that were not shown, each in its place, where they are wanted."""
        rows = self._wanted(rows)
        if len(rows) > _FEW:
            self._insert(len(self._shown), rows)
            self._arrange(self._sorted())
            return
        for row in rows:
            self._insert(self._place_of(row), [row])

    def _insert(self, place: int, rows: list[int]) -> None:
        self.beginInsertRows(QModelIndex(), place, place + len(rows) - 1)
        self._shown[place:place] = rows
        self.endInsertRows()

    def _arrange(self, order: list[int]) -> None:
        """Show the same rows in another order; what is selected stays so."""
        if order == self._shown:
            return
        self.layoutAboutToBeChanged.emit()
        old = self.persistentIndexList()
        rows = [self._shown[index.row()] for index in old]
        wanted = set(rows)
        place = {row: at for at, row in enumerate(order) if row in wanted} if wanted else {}
        self._shown = order
        new = [self.index(place[row], index.column()) for row, index in zip(rows, old, strict=True)]
        self.changePersistentIndexList(old, new)
        self.layoutChanged.emit()

    def _begin_again(self) -> None:
        self._count_again()
        self._shown = self._wanted(range(self._table.rowCount()))
        self._shown = self._sorted()
        self.endResetModel()
