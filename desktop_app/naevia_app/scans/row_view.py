"""The rows of a scan as a table on the screen."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView

from naevia_app.scans.row_filter import RowFilter

_SAMPLES = ("x" * 32, "CANNOT TELL" + "x" * 4, "> 99.9 %", "x" * 26, "> 99.9 %")
"""What has room in each column but the last; the second has a sign, too."""
_ROW_EDGE_PX, _CELL_EDGE_PX = 16, 28


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
        self.verticalHeader().setDefaultSectionSize(self.fontMetrics().height() + _ROW_EDGE_PX)
        header = self.horizontalHeader()
        header.setSortIndicator(-1, Qt.SortOrder.AscendingOrder)
        header.setHighlightSections(False)
        header.setStretchLastSection(True)
        header.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        for column, sample in enumerate(_SAMPLES):
            needed_px = self.fontMetrics().horizontalAdvance(sample) + _CELL_EDGE_PX
            self.setColumnWidth(column, max(needed_px, header.sectionSizeHint(column)))
        self.setAccessibleName(self.tr("Rows of the scan"))
