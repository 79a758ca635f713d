"""The pages of the window, one in sight, and how small the window may become around them."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFrame, QScrollArea, QStackedWidget, QWidget

_SMALLEST, _COMFORTABLE = QSize(960, 620), QSize(1320, 880)
_FRAME = QSize(16, 40)
"""What a desktop may draw around a window."""


def smallest_size() -> QSize:
    """How small the window may become: never larger than a screen."""
    return _SMALLEST.boundedTo(_room())


def comfortable_size() -> QSize:
    """How large the window is at first: never larger than a screen."""
    return _COMFORTABLE.boundedTo(_room())


def _room() -> QSize:
    """The room that every screen has for a window."""
    width_px, height_px = zip(
        *(screen.availableSize().toTuple() for screen in QGuiApplication.screens()), strict=True
    )
    return QSize(min(width_px), min(height_px)) - _FRAME


class Pages(QStackedWidget):
    """Shows one page at a time; a page that needs more room than there is scrolls.

    Args:
        pages: The pages, the first one in sight.

    Attributes:
        changed: Another page is in sight.
    """

    changed = Signal()

    def __init__(self, pages: list[QWidget]) -> None:
        super().__init__()
        self._pages = pages
        for page in pages:
            self.addWidget(_scrolling(page))
        self.currentChanged.connect(lambda _: self.changed.emit())

    @property
    def page(self) -> QWidget:
        """The page in sight."""
        return self._pages[self.currentIndex()]

    def show_page(self, page: QWidget) -> None:
        """Bring a page into sight."""
        self.setCurrentIndex(self._pages.index(page))


def _scrolling(page: QWidget) -> QScrollArea:
    area = QScrollArea()
    area.setWidget(page)
    area.setWidgetResizable(True)
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    return area
