"""What the page of the folder says is true, whatever happens to the folder, the model or the language."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path

import pytest

from window_helpers import answering, drop, finish, urls, wait_until, write_photo  # isort: skip

from PySide6.QtCore import QLocale, Qt
from PySide6.QtGui import QTextDocumentFragment
from PySide6.QtWidgets import QApplication, QFileDialog, QMessageBox

from naevia.errors import NaeviaError
from naevia.rows import Row
from naevia_app.main_window import MainWindow
from naevia_app.parts.text_widgets import ElidedLabel
from naevia_app.scans.row_table import ITEM_ROLE


@pytest.fixture
def thousand_files(tmp_path: Path) -> Path:
    """Files that are no photos, which is quickly said of each."""
    root = tmp_path / "thousand"
    root.mkdir()
    for number in range(1005):
        (root / f"{number:04}.txt").write_text("no photo")
    return root


@pytest.fixture
def german() -> Iterator[None]:
    """A computer whose numbers are written as in Germany."""
    before = QLocale()
    QLocale.setDefault(QLocale("de_DE"))
    yield
    QLocale.setDefault(before)


def read(tooltip: str) -> str:
    """What a person reads in a tooltip."""
    assert tooltip.startswith("<p "), "Qt would guess"
    return QTextDocumentFragment.fromHtml(tooltip).toPlainText()


def change_when_counted(window: MainWindow, folder: Path, change: Callable[[], None]) -> None:
    """Scan a folder that changes as soon as its files are counted."""
    import naevia.table_scan as module

    real = module.count_files

    def count(root: Path, *, skip: object) -> int:
        files = real(root, skip=skip)
        change()
        return files

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "count_files", count)
        drop(window, urls(folder))
        finish(window)


def test_files_that_went_away_during_the_scan_were_not_judged(
    window: MainWindow, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    change_when_counted(window, folder, (folder / "0-mel.jpg").unlink)
    assert window.scans.table.rowCount() == 7
    assert "4 judged, 3 not read" in window.scans.status
    assert "There were 8 when the scan began; 1 of them went away" in window.scans.status
    assert "Stopped" not in window.scans.status


def test_a_scan_that_an_error_ended_is_incomplete(
    window: MainWindow, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import naevia.table_scan as module

    real = module.scan

    def scan(*given: object, **options: object) -> Iterator[Row]:
        yield from islice(real(*given, **options), 3)
        raise NaeviaError(f"the folder {folder}{'/deeper' * 60} is gone; put it back")

    monkeypatch.setattr(module, "scan", scan)
    drop(window, urls(folder))
    finish(window)
    assert window.scans.status.startswith("The scan ended after 3 files: The folder ")
    assert window.scans.status.endswith("is gone; put it back. 5 files were not judged.")
    window.resize(window.minimumSize())
    QApplication.processEvents()
    assert window.scans.mapTo(window, window.scans.rect().topRight()).x() <= window.width()


def test_a_scan_that_was_cancelled_says_so_though_files_came(
    window: MainWindow, large_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import naevia.table_scan as module

    monkeypatch.setattr(module, "count_files", lambda root, skip: 1)  # the other 199 came after the count
    drop(window, urls(large_folder))
    wait_until(lambda: window.scans.table.rowCount() > 1)
    window.scans.cancel_button.click()
    finish(window)
    assert 1 < window.scans.table.rowCount() < 200
    assert "Stopped after" in window.scans.status
    assert " judged, " not in window.scans.status


def test_counts_are_written_as_percentages_are(
    german: None, window: MainWindow, thousand_files: Path
) -> None:
    drop(window, urls(thousand_files))
    finish(window)
    assert "1,005 files in " in window.scans.status
    assert ": 0 judged, 1,005 not read." in window.scans.status
    assert window.scans.chips["error"].text().endswith("1,005")


def test_the_second_of_two_folders_is_not_spoken_of_when_none_is_scanned(
    window: MainWindow, large_folder: Path, tmp_path: Path
) -> None:
    drop(window, urls(large_folder))
    others = [write_photo(tmp_path / name / "z.png").parent for name in ("one", "two")]
    with answering("Cancel") as asked:
        drop(window, urls(*others))
    assert len(asked) == 1
    assert not [box for box in window.findChildren(QMessageBox) if box.isVisible()]


def test_a_folder_that_waited_for_a_model_is_scanned_in_sight(
    open_window: Callable[..., MainWindow],
    tiny_model: Path,
    folder: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    window = open_window(tmp_path / "no model")
    drop(window, urls(folder))
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(tiny_model))
    window.menu_actions.open_model.trigger()
    finish(window)
    assert window.pages.page is window.scans
    assert window.header.scan.isChecked()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such names")
def test_names_of_files_are_never_taken_for_html(
    window: MainWindow, app: QApplication, tmp_path: Path
) -> None:
    name = "<b>mole &lt;1.png"
    photo = write_photo(tmp_path / "<i>x" / name, width_px=150, height_px=150)
    drop(window, urls(photo))
    tip = Qt.ItemDataRole.ToolTipRole
    assert read(window.photos.photos.index(0).data(tip)).startswith(f"{name}: ")
    drop(window, urls(photo.parent))
    finish(window)
    assert window.scans.shown.index(0, 0).data(ITEM_ROLE).path == name
    assert read(window.scans.shown.index(0, 0).data(tip)) == name
    assert str(photo.parent) in [read(title.toolTip()) for title in window.scans.findChildren(ElidedLabel)]


def test_names_in_messages_are_never_taken_for_html(
    window: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(tmp_path / "<b>holiday"))
    window.menu_actions.open_model.trigger()
    wait_until(lambda: window.findChildren(QMessageBox))
    (box,) = window.findChildren(QMessageBox)
    assert "<b>holiday" in box.text()
    assert box.textFormat() == Qt.TextFormat.PlainText
    box.close()
