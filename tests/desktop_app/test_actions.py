"""What can be done is what makes sense on the page in sight, and what was taken out is gone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from window_helpers import drop, finish, urls, wait_until, write_photo  # isort: skip

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from tiny_model import tiny_contract, write_tiny_model

from naevia_app.main_window import MainWindow

OF_A_PHOTO = ("save", "remove", "heat", "fit", "zoom_in", "zoom_out")


def allowed(window: MainWindow) -> set[str]:
    names = (*OF_A_PHOTO, "previous", "next")
    return {name for name in names if getattr(window.menu_actions, name).isEnabled()}


@pytest.fixture
def two_photos(window: MainWindow, tmp_path: Path) -> MainWindow:
    """A window with two photos, the first one in sight, both answered."""
    drop(window, urls(write_photo(tmp_path / "a.png"), write_photo(tmp_path / "b.png", seed=2)))
    wait_until(lambda: all(entry.kind for entry in window.photos.photos.entries()))
    return window


def test_an_empty_window_offers_nothing_to_do_with_a_photo_or_rows(window: MainWindow) -> None:
    assert allowed(window) == set()
    window.show_scan()
    assert allowed(window) == set()


def test_actions_follow_the_photo_in_sight(two_photos: MainWindow, tmp_path: Path) -> None:
    window = two_photos
    assert allowed(window) == {*OF_A_PHOTO, "next"}
    window.photos.step(1)
    assert allowed(window) == {*OF_A_PHOTO, "previous"}
    (tmp_path / "letter.jpg").write_text("not a photo")
    drop(window, urls(tmp_path / "letter.jpg"))
    wait_until(lambda: window.photos.current.unread is not None)
    assert allowed(window) == {"remove", "previous"}
    while window.photos.current is not None:
        window.menu_actions.remove.trigger()
    assert allowed(window) == set()


def test_a_refused_photo_has_no_heat_map_to_show(
    open_window: Callable[..., MainWindow], tmp_path: Path
) -> None:
    window = open_window(write_tiny_model(tmp_path / "m", tiny_contract(ood_threshold=1e-9)))
    drop(window, urls(write_photo(tmp_path / "cat.jpg")))
    wait_until(lambda: window.photos.prediction is not None)
    assert allowed(window) == {"save", "remove", "fit", "zoom_in", "zoom_out"}


def test_keys_of_the_photos_do_nothing_on_the_page_of_the_folder(
    two_photos: MainWindow, folder: Path
) -> None:
    window = two_photos
    drop(window, urls(folder))
    finish(window)
    assert allowed(window) == set()
    QTest.keyClick(window, Qt.Key.Key_W, Qt.KeyboardModifier.ControlModifier)
    assert window.photos.photos.rowCount() == 2
    window.show_photos()
    assert allowed(window) == {*OF_A_PHOTO, "next"}


def test_nothing_of_a_removed_photo_stays(two_photos: MainWindow) -> None:
    window, page = two_photos, two_photos.photos
    with_photo = page.view.grab().toImage()
    window.menu_actions.remove.trigger()
    wait_until(lambda: page.prediction is not None)
    window.menu_actions.remove.trigger()
    assert page.prediction is None
    image = page.view.grab().toImage()
    colours = {image.pixel(x, y) for x in range(20, image.width() - 20) for y in (50, image.height() // 2)}
    assert len(colours) == 1
    assert image != with_photo
    assert page.view.accessibleDescription() == ""
    assert page.answer.bars.ranking == ()
    assert "%" not in page.answer.recommendation.text


def test_nothing_of_the_photo_before_stays_behind_a_file_that_cannot_be_read(
    two_photos: MainWindow, tmp_path: Path
) -> None:
    window, page = two_photos, two_photos.photos
    (tmp_path / "letter.jpg").write_text("not a photo")
    drop(window, urls(tmp_path / "letter.jpg"))
    wait_until(lambda: page.current.unread is not None)
    assert page.answer.bars.ranking == ()
    assert page.view.accessibleDescription() == ""
