"""What the window answers to a drag: never "moved", after which its source would delete the original."""

from __future__ import annotations

from pathlib import Path

import pytest

from window_helpers import urls, wait_until, write_photo  # isort: skip

from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt
from PySide6.QtGui import QDragEnterEvent, QDragMoveEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QWidget

from naevia_app.main_window import MainWindow

# A new Qt wants a QPointF for these events, an old one knows only QPoint.
pytestmark = pytest.mark.filterwarnings("ignore:Function. 'QDrag:DeprecationWarning")

COPY, MOVE, LINK = Qt.DropAction.CopyAction, Qt.DropAction.MoveAction, Qt.DropAction.LinkAction


def answers(window: MainWindow, target: QWidget, mime: QMimeData, offered: Qt.DropAction) -> list[object]:
    """Drag over a widget with Shift held and let go there, as Qt's platforms do; gives each answer."""
    place = target.mapTo(window, target.rect().center())
    keys, button = Qt.KeyboardModifier.ShiftModifier, Qt.MouseButton.LeftButton
    answered = []
    for kind, where in ((QDragEnterEvent, QPoint), (QDragMoveEvent, QPoint), (QDropEvent, QPointF)):
        event = kind(where(place), offered, mime, button, keys)
        assert event.proposedAction() == (MOVE if offered & MOVE else offered)
        if kind is QDragMoveEvent and answered[0] is not None:
            event.setDropAction(answered[0])
            event.accept()
        QApplication.sendEvent(window.windowHandle(), event)
        answered.append(event.dropAction() if event.isAccepted() else None)
    return answered


@pytest.mark.parametrize(
    ("offered", "answer"), [(COPY | MOVE, COPY), (COPY | MOVE | LINK, COPY), (LINK, LINK)]
)
def test_the_original_stays_where_it_is(
    window: MainWindow, tmp_path: Path, offered: Qt.DropAction, answer: Qt.DropAction
) -> None:
    mime = urls(write_photo(tmp_path / "only.png"))
    assert answers(window, window.pages, mime, offered) == [answer] * 3
    wait_until(lambda: window.photos.prediction is not None)


def test_what_can_only_be_moved_is_not_taken(window: MainWindow, tmp_path: Path) -> None:
    mime = urls(write_photo(tmp_path / "only.png"))
    assert answers(window, window.pages, mime, MOVE) == [None] * 3
    assert window.photos.photos.rowCount() == 0
    assert window.empty.isVisible()


def test_a_photo_dropped_on_the_search_field_is_a_photo(window: MainWindow, tmp_path: Path) -> None:
    photo = write_photo(tmp_path / "only.png")
    mime = urls(photo)
    mime.setText(str(photo))  # as file managers do
    window.show_scan()
    QApplication.processEvents()
    assert answers(window, window.scans.search, mime, COPY | MOVE) == [COPY] * 3
    assert window.scans.search.text() == ""
    wait_until(lambda: window.photos.prediction is not None)


def test_nothing_else_in_the_window_takes_a_drop(window: MainWindow, tmp_path: Path) -> None:
    window.menu_actions.card.trigger()
    takers = [widget for widget in window.findChildren(QWidget) if widget.acceptDrops()]
    photo = urls(write_photo(tmp_path / "a.png"))
    photo.setText("a photo")
    assert takers
    for widget in takers:  # Qt lets a text that is only read accept drops, and refuses each
        event = QDragEnterEvent(
            QPoint(5, 5), COPY | MOVE, photo, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.ShiftModifier
        )
        QApplication.sendEvent(widget, event)
        assert not event.isAccepted(), widget
