"""The rows of a scan as a table on the screen."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QSizePolicy, QTableView, QVBoxLayout

from naevia_app.parts.text_widgets import paragraph
from naevia_app.scans.row_filter import RowFilter

_SAMPLES = ("x" * 32, "CANNOT TELL" + "x" * 4, "> 99.9 %", "x" * 26, "> 99.9 %")
"""What has room in each column but the last; the second has a sign, too."""
_ROW_EDGE_PX, _CELL_EDGE_PX = 16, 40


class RowView(QTableView):
    """A table of whole rows, sorted by a click on a title.

    Args:
        rows: The rows.
    """

    def __init__(self, rows: RowFilter) -> None:
        super().__init__()
        self.setModel(rows)
        self.setSortingEnabled(True)
        self.setAlternatingRowColors(True)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTextElideMode(Qt.TextElideMode.ElideMiddle)  # a file's name stands at the end of its path
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setTabKeyNavigation(False)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(self.fontMetrics().height() + _ROW_EDGE_PX)
        header = self.horizontalHeader()
        header.setSortIndicator(-1, Qt.SortOrder.AscendingOrder)
        header.setHighlightSections(False)
        header.setStretchLastSection(True)
        header.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        for column, sample in enumerate(_SAMPLES):
            needed_px = self.fontMetrics().horizontalAdvance(sample) + _CELL_EDGE_PX
            self.setColumnWidth(column, max(needed_px, header.sectionSizeHint(column)))
        self._nothing = paragraph(muted=True)
        self._nothing.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._nothing.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        QVBoxLayout(self.viewport()).addWidget(self._nothing)
        self.say_nothing("")
        self.setAccessibleName(self.tr("Rows of the scan"))

    @property
    def nothing(self) -> str:
        """What is said in the place of rows; empty for nothing."""
        return self._nothing.text()

    def say_nothing(self, words: str) -> None:
        """Say in the place of rows why there are none; an empty text says nothing."""
        self._nothing.setText(words)
        self._nothing.setVisible(bool(words))  # else it would take the clicks that are meant for rows
        self.setAccessibleDescription(words)
