"""Small pieces of text and frames that every page uses."""

from __future__ import annotations

import html

from PySide6.QtCore import Qt
from PySide6.QtGui import QFont, QResizeEvent
from PySide6.QtWidgets import QApplication, QFrame, QLabel, QPushButton, QSizePolicy

from naevia_app.parts.theme import sized


def label(factor: float = 1.0, weight: QFont.Weight = QFont.Weight.Normal, text: str = "") -> QLabel:
    """One line of plain text, `factor` times the size of the rest."""
    made = QLabel(text)
    made.setTextFormat(Qt.TextFormat.PlainText)
    made.setFont(sized(QApplication.font(), factor, weight))
    return made


def paragraph(
    text: str = "",
    *,
    muted: bool = False,
    factor: float = 1.0,
    weight: QFont.Weight = QFont.Weight.Normal,
) -> QLabel:
    """Plain text that wraps and can be selected and copied."""
    made = label(factor, weight, text)
    made.setWordWrap(True)
    made.setProperty("muted", muted)
    made.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    return made


def tooltip(text: str) -> str:
    """Plain text for a tooltip, which Qt would read as HTML where it looks like it."""
    return f'<p style="white-space: pre-wrap">{html.escape(text)}</p>'


def card() -> QFrame:
    """An empty white card."""
    frame = QFrame()
    frame.setProperty("card", True)
    return frame


def button(text: str, *, primary: bool = False, quiet: bool = False) -> QPushButton:
    """A push button."""
    made = QPushButton(text)
    made.setProperty("primary", primary)
    made.setProperty("quiet", quiet)
    made.setCursor(Qt.CursorShape.PointingHandCursor)
    return made


class ElidedLabel(QLabel):
    """One line that is cut with an ellipsis where there is no room; the tooltip has all of it."""

    def __init__(self) -> None:
        super().__init__()
        self._full = ""
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)

    @property
    def full_text(self) -> str:
        """The text before cutting."""
        return self._full

    def set_full_text(self, text: str) -> None:
        """Show a text."""
        self._full = text
        self.setToolTip(tooltip(text))
        self.setAccessibleDescription(text)
        self._cut()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802  Qt's name
        """Cut again."""
        super().resizeEvent(event)
        self._cut()

    def _cut(self) -> None:
        mode = Qt.TextElideMode.ElideMiddle
        self.setText(self.fontMetrics().elidedText(self._full, mode, max(0, self.width() - 2)))
