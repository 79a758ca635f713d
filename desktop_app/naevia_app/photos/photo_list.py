"""The photos in the window: a Qt model that any view can show."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import count
from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt
from PySide6.QtGui import QImage

from naevia.prediction import Prediction
from naevia_app.parts.sources import Source
from naevia_app.parts.text_widgets import tooltip
from naevia_app.parts.words import recommendation_word, unread_headline
from naevia_app.photos.judge import Judged, Unread

Index = QModelIndex | QPersistentModelIndex

ITEM_ROLE = Qt.ItemDataRole.UserRole


@dataclass
class Entry:
    """One photo of the window.

    Attributes:
        key: Its number, never used twice.
        source: Where it comes from.
        prediction: Its answer, once there is one; it stays when the photo cannot be read again.
        format: What the file really is, once it was read.
        unread: Why it could not be read the last time.
        has_changed: Whether the file was another one when it was judged before.
        thumbnail: A small copy, once it was read.
    """

    key: int
    source: Source
    prediction: Prediction | None = None
    format: str = ""
    unread: Unread | None = None
    has_changed: bool = False
    thumbnail: QImage | None = None

    @property
    def kind(self) -> str:
        """`refer`, `monitor`, `cannot tell`, `error`, or empty while it waits."""
        if self.prediction is not None:
            return self.prediction.recommendation
        return "error" if self.unread is not None else ""


class PhotoList(QAbstractListModel):
    """The photos in the order in which they came, with their answers."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._entries: list[Entry] = []
        self._keys = count(1)

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: N802, B008  Qt's signature
        """How many photos there are."""
        return 0 if parent.isValid() else len(self._entries)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """What a view asks for."""
        if not index.isValid() or index.row() >= len(self._entries):
            return None
        entry = self._entries[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return entry.source.name
        words = f"{entry.source.name}: {self._state(entry)}"
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return words
        if role == Qt.ItemDataRole.ToolTipRole:
            return tooltip(words)
        return entry if role == ITEM_ROLE else None

    def _state(self, entry: Entry) -> str:
        if entry.prediction is None and entry.unread is not None:
            return unread_headline(entry.unread.code)
        return recommendation_word(entry.kind) if entry.kind else self.tr("waiting")

    def add(self, source: Source) -> Entry:
        """Append a photo."""
        row = len(self._entries)
        self.beginInsertRows(QModelIndex(), row, row)
        entry = Entry(next(self._keys), source)
        self._entries.append(entry)
        self.endInsertRows()
        return entry

    def remove(self, row: int) -> Entry:
        """Take a photo out."""
        self.beginRemoveRows(QModelIndex(), row, row)
        entry = self._entries.pop(row)
        self.endRemoveRows()
        return entry

    def entries(self) -> list[Entry]:
        """All photos, in order."""
        return list(self._entries)

    def row_of(self, key: int) -> int:
        """Where a photo is; -1 when it was taken out."""
        return next((row for row, entry in enumerate(self._entries) if entry.key == key), -1)

    def settle(self, outcome: Judged | Unread) -> Entry | None:
        """Keep an answer, or why the photo cannot be read; None when it was taken out meanwhile."""
        row = self.row_of(outcome.key)
        if row < 0:
            return None
        entry = self._entries[row]
        if isinstance(outcome, Judged):
            before, entry.prediction, entry.unread = entry.prediction, outcome.prediction, None
            if before is not None and before.image_sha256 != outcome.prediction.image_sha256:
                entry.has_changed = True
            entry.format, entry.thumbnail = outcome.format, outcome.thumbnail
        else:
            entry.unread = outcome
        self.dataChanged.emit(self.index(row), self.index(row))
        return entry

    def forget_answers(self) -> None:
        """Let every photo wait again, for another model."""
        for entry in self._entries:
            entry.prediction, entry.unread = None, None
        if self._entries:
            self.dataChanged.emit(self.index(0), self.index(len(self._entries) - 1))
