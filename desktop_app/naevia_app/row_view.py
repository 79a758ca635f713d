"""The rows of a scan as a table on the screen."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView

from naevia_app.row_filter import RowFilter

_ROW_PX = 34
_WIDTHS_PX = (250, 150, 100, 210, 100)


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
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setTabKeyNavigation(False)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(_ROW_PX)
        header = self.horizontalHeader()
        header.setSortIndicator(-1, Qt.SortOrder.AscendingOrder)
        header.setHighlightSections(False)
        header.setStretchLastSection(True)
        header.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        for column, width_px in enumerate(_WIDTHS_PX):
            self.setColumnWidth(column, width_px)
        self.setAccessibleName(self.tr("Rows of the scan"))
