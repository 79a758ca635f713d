"""An answer that was given stays, whatever becomes of the photo's file, and says whose it is."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from window_helpers import drop, expected, finish, urls, wait_until, write_photo  # isort: skip

from PySide6.QtCore import QMimeData, Qt, QUrl
from PySide6.QtGui import QColor, QTextDocumentFragment
from PySide6.QtWidgets import QLabel, QMessageBox

from naevia_app.main_window import MainWindow
from naevia_app.parts import theme
from naevia_app.photos.photo_list import ITEM_ROLE, Entry


def all_answered(window: MainWindow) -> bool:
    return all(entry.kind for entry in window.photos.photos.entries())


@pytest.fixture
def mole(tmp_path: Path) -> Path:
    return write_photo(tmp_path / "mole.png", "mel", width_px=150, height_px=120)


@pytest.fixture
def pushed_out(window: MainWindow, mole: Path, tmp_path: Path) -> MainWindow:
    """A window whose first photo was answered and is no longer in memory; the last one is in sight."""
    drop(window, urls(mole))
    wait_until(lambda: all_answered(window))
    others = [write_photo(tmp_path / f"{n}.png", seed=n, width_px=120, height_px=100) for n in range(5)]
    drop(window, urls(*others))
    wait_until(lambda: all_answered(window))
    window.photos.strip.setCurrentIndex(window.photos.photos.index(5))
    wait_until(lambda: window.photos.has_photo)
    return window


def first(window: MainWindow) -> Entry:
    """Bring the first photo into sight."""
    index = window.photos.photos.index(0)
    window.photos.strip.setCurrentIndex(index)
    return index.data(ITEM_ROLE)


def test_the_answer_stays_while_its_photo_is_read_again(pushed_out: MainWindow) -> None:
    page, kept = pushed_out.photos, first(pushed_out).prediction
    assert not page.has_photo
    assert page.answer.recommendation.word == kept.recommendation.upper()
    assert page.answer.bars.ranking == kept.ranking
    assert page.view.accessibleDescription() == "Reading mole.png"
    wait_until(lambda: page.has_photo)
    assert page.answer.remark == ""


def test_the_answer_stays_when_the_file_is_gone(pushed_out: MainWindow, mole: Path) -> None:
    mole.unlink()
    page, entry = pushed_out.photos, first(pushed_out)
    wait_until(lambda: entry.unread is not None)
    word = entry.prediction.recommendation.upper()
    assert page.answer.recommendation.isVisible()
    assert page.answer.recommendation.word == word
    assert page.answer.bars.ranking == entry.prediction.ranking
    assert "can no longer be shown" in page.view.accessibleDescription()
    assert page.photos.index(0).data(Qt.ItemDataRole.AccessibleTextRole) == f"mole.png: {word}"
    assert not page.has_heat


def test_the_answer_to_a_changed_file_says_so(pushed_out: MainWindow, mole: Path, tiny_model: Path) -> None:
    write_photo(mole, "nv", seed=7, width_px=150, height_px=120)
    page, entry = pushed_out.photos, first(pushed_out)
    wait_until(lambda: page.has_photo)
    assert entry.prediction.to_dict() == expected(tiny_model, mole).to_dict()
    assert "changed since it was first judged" in page.answer.remark
    page.step(1)
    wait_until(lambda: page.has_photo)
    assert page.answer.remark == ""


def test_the_name_of_a_single_photo_stands_with_its_answer(window: MainWindow, tmp_path: Path) -> None:
    name = f"<b>{'long' * 30}.png" if sys.platform != "win32" else f"{'long' * 30}.png"
    drop(window, urls(write_photo(tmp_path / name)))
    wait_until(lambda: all_answered(window))
    assert window.photos.answer.name == name
    (shown,) = [
        part for part in window.photos.answer.findChildren(QLabel) if "\N{HORIZONTAL ELLIPSIS}" in part.text()
    ]
    assert shown.isVisible()
    assert shown.textFormat() == Qt.TextFormat.PlainText
    assert QTextDocumentFragment.fromHtml(shown.toolTip()).toPlainText() == name


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such names")
def test_names_of_several_lines_stay_on_one(window: MainWindow, tmp_path: Path) -> None:
    photo = write_photo(tmp_path / "p.png").rename(tmp_path / "a\nb\x1b.png")
    drop(window, urls(photo))
    wait_until(lambda: all_answered(window))
    assert window.photos.photos.index(0).data() == r"a\nb\x1b.png"
    assert window.photos.answer.name == r"a\nb\x1b.png"
    drop(window, urls(tmp_path))
    finish(window)
    names = [window.scans.shown.index(row, 0).data() for row in range(window.scans.shown.rowCount())]
    assert r"a\nb\x1b.png" in names


def test_a_photo_without_an_answer_yet_looks_like_none(window: MainWindow) -> None:
    card = window.photos.answer.recommendation
    card.resize(300, 80)
    card.show_waiting("Looking")
    edge = card.grab().toImage().pixelColor(2, 40)
    assert edge == QColor(theme.colours().muted)


def test_a_file_that_is_here_already_is_no_second_photo(
    window: MainWindow, mole: Path, tmp_path: Path
) -> None:
    drop(window, urls(mole, mole))
    drop(window, urls(write_photo(tmp_path / "b.png")))
    wait_until(lambda: all_answered(window))
    assert window.photos.current.source.path != mole
    drop(window, urls(mole))
    assert window.photos.photos.rowCount() == 2
    assert window.photos.current.source.path == mole


def test_a_file_that_is_here_already_is_judged_again(window: MainWindow, mole: Path) -> None:
    good = mole.read_bytes()
    mole.write_text("not yet")
    drop(window, urls(mole))
    wait_until(lambda: window.photos.current.unread is not None)
    mole.write_bytes(good)
    drop(window, urls(mole))
    wait_until(lambda: window.photos.has_photo)
    assert window.photos.photos.rowCount() == 1
    assert window.photos.answer.isVisible()


def test_a_row_that_is_opened_twice_is_one_photo(window: MainWindow, folder: Path) -> None:
    drop(window, urls(folder))
    finish(window)
    for _ in range(2):
        window.scans.view.activated.emit(window.scans.shown.index(0, 0))
    assert window.photos.photos.rowCount() == 1


def test_an_address_beside_a_file_is_spoken_of(window: MainWindow, mole: Path) -> None:
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(mole)), QUrl("https://example.org/mole.jpg")])
    drop(window, mime)
    (box,) = [box for box in window.findChildren(QMessageBox) if box.isVisible()]
    assert "no network" in box.text()
    box.close()
    assert window.photos.photos.rowCount() == 1
