"""A page that says what is wrong and what to do."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from naevia_app.parts.signs import Sign
from naevia_app.parts.text_widgets import label, paragraph


class ProblemPage(QFrame):
    """A sign, a headline, the reason, and buttons for the ways out.

    Args:
        buttons: The ways out, the best one first.
    """

    def __init__(self, buttons: list[QPushButton]) -> None:
        super().__init__()
        self.setProperty("card", True)
        self._sign = Sign(54)
        self._sign.show_kind("error")
        self._headline = label(1.6, QFont.Weight.DemiBold)
        self._headline.setWordWrap(True)
        self._reason = paragraph()
        self._name = paragraph(muted=True)
        for part in (self._headline, self._reason, self._name):
            part.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self._arrange(buttons)

    def _arrange(self, buttons: list[QPushButton]) -> None:
        row = QHBoxLayout()
        row.addStretch(1)
        for way_out in buttons:
            row.addWidget(way_out)
        row.addStretch(1)
        middle = QWidget()
        middle.setMaximumWidth(640)
        column = QVBoxLayout(middle)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(14)
        column.addStretch(2)
        column.addWidget(self._sign, 0, Qt.AlignmentFlag.AlignHCenter)
        for part in (self._headline, self._reason, self._name):
            column.addWidget(part)
        column.addSpacing(8)
        column.addLayout(row)
        column.addStretch(3)
        whole = QHBoxLayout(self)
        whole.setContentsMargins(40, 40, 40, 40)
        whole.addStretch(1)
        whole.addWidget(middle, 1000)
        whole.addStretch(1)

    @property
    def text(self) -> str:
        """All the words, for tests and screen readers."""
        return "\n".join(part.text() for part in (self._headline, self._reason, self._name))

    def show_problem(self, headline: str, reason: str, name: str = "") -> None:
        """Say what is wrong."""
        self._headline.setText(headline)
        self._reason.setText(reason)
        self._name.setText(name)
        self._name.setVisible(bool(name))
        self.setAccessibleName(headline)
        self.setAccessibleDescription(reason)
