"""The window where there is little room: nothing is cut off, and the notice stays in sight."""

from __future__ import annotations

from pathlib import Path

import pytest

from window_helpers import drop, urls, wait_until, write_photo  # isort: skip

from PySide6.QtCore import QPoint, QRect
from PySide6.QtWidgets import QApplication, QLabel, QWidget

from naevia_app.main_window import MainWindow
from naevia_app.parts.status import ResearchBadge


def place(widget: QWidget) -> QRect:
    """Where a widget lies in its window."""
    return QRect(widget.mapTo(widget.window(), QPoint(0, 0)), widget.size())


@pytest.fixture
def two_photos(window: MainWindow, tmp_path: Path) -> MainWindow:
    """A window with two photos, the first one answered."""
    drop(window, urls(write_photo(tmp_path / "a.png", "mel"), write_photo(tmp_path / "b.png")))
    wait_until(lambda: window.photos.prediction is not None)
    return window


@pytest.mark.parametrize("size", [(960, 620), (1024, 700), (1366, 768)])
def test_two_photos_and_every_percentage_fit(two_photos: MainWindow, size: tuple[int, int]) -> None:
    window, page = two_photos, two_photos.photos
    window.resize(*size)
    QApplication.processEvents()
    assert (window.width(), window.height()) == size
    for part in (page.strip, page.view, page.heat, page.answer):
        assert window.centralWidget().geometry().contains(place(part)), part
    assert page.answer.horizontalScrollBar().maximum() == 0
    inside = page.answer.viewport().rect()
    for part in (page.answer.recommendation, page.answer.bars):
        assert part.mapTo(page.answer.viewport(), part.rect().topRight()).x() <= inside.right(), part
    for words in page.answer.recommendation.findChildren(QLabel):
        assert words.wordWrap() or words.width() >= words.fontMetrics().horizontalAdvance(words.text())


def test_the_smallest_window_fits_the_screen_and_shows_the_notice(two_photos: MainWindow) -> None:
    window, screen = two_photos, two_photos.screen().availableSize()
    assert screen.width() < 960  # as on a laptop whose display is scaled
    window.resize(window.minimumSize())
    QApplication.processEvents()
    assert window.width() <= screen.width()
    assert window.height() <= screen.height()
    assert window.rect().contains(place(window.findChild(ResearchBadge)))


def test_what_has_no_room_can_be_scrolled_to(two_photos: MainWindow) -> None:
    window, answer = two_photos, two_photos.photos.answer
    window.setMinimumSize(400, 300)
    window.resize(640, 360)
    QApplication.processEvents()
    assert (window.width(), window.height()) == (640, 360)
    assert window.rect().contains(place(window.findChild(ResearchBadge)))
    assert not window.centralWidget().geometry().contains(place(answer))
    bar = window.pages.currentWidget().horizontalScrollBar()
    bar.setValue(bar.maximum())
    assert place(answer).right() <= window.width()
