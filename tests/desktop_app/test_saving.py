"""While rows are written the window lives, and whatever comes then, the file is made."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from window_helpers import answering, drop, finish, saved, urls, wait_until, write_photo  # isort: skip

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QFileDialog, QMessageBox

from naevia.writers import RowFile
from naevia_app.main_window import MainWindow


@pytest.fixture
def slow_disk(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """A disk that takes no row until the event is set, or half a second has gone by."""
    go_on, write = threading.Event(), RowFile.write

    def wait_and_write(file: RowFile, row: object) -> None:
        go_on.wait(0.5)
        write(file, row)

    monkeypatch.setattr(RowFile, "write", wait_and_write)
    yield go_on
    go_on.set()


@pytest.fixture
def saving(
    window: MainWindow,
    folder: Path,
    slow_disk: threading.Event,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> MainWindow:
    """A window that is saving eight rows to `rows.csv`."""
    drop(window, urls(folder))
    finish(window)
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(tmp_path / "rows.csv"), ""))
    window.menu_actions.save_rows.trigger()
    return window


def lines(path: Path) -> int:
    return len(path.read_bytes().splitlines())


def test_the_window_lives_and_says_that_it_saves(
    saving: MainWindow, slow_disk: threading.Event, tmp_path: Path
) -> None:
    page, ticks = saving.scans, []
    timer = QTimer()
    timer.timeout.connect(lambda: ticks.append(page.is_saving))
    timer.start(10)
    wait_until(lambda: len(ticks) > 20)
    assert all(ticks)
    assert page.status == "Saving 8 rows\N{HORIZONTAL ELLIPSIS}"
    assert page.progress.isVisible()
    assert not page.save_button.isEnabled()
    assert not saving.menu_actions.save_rows.isEnabled()
    slow_disk.set()
    saved(saving)
    assert page.status == "8 rows saved."
    assert not page.progress.isVisible()
    assert saving.menu_actions.save_rows.isEnabled()
    assert lines(tmp_path / "rows.csv") == 9


def test_closing_meanwhile_asks_nothing_and_loses_no_file(saving: MainWindow, tmp_path: Path) -> None:
    with answering("Cancel") as asked:
        assert saving.close()
    assert asked == []
    assert lines(tmp_path / "rows.csv") == 9
    assert not list(tmp_path.glob("*.partial"))


def test_another_folder_meanwhile_asks_nothing_and_its_rows_are_unsaved(
    saving: MainWindow, tmp_path: Path
) -> None:
    other = write_photo(tmp_path / "other" / "z.png", width_px=150, height_px=150).parent
    with answering("Cancel") as asked:
        drop(saving, urls(other))
    assert asked == []
    assert lines(tmp_path / "rows.csv") == 9
    finish(saving)
    assert saving.scans.is_unsaved


def test_closing_while_the_saving_fails_says_so_and_asks(
    saving: MainWindow, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def fail(file: RowFile, row: object) -> None:
        raise OSError(28, "No space left on device")

    saved(saving)
    monkeypatch.setattr(RowFile, "write", fail)
    saving.menu_actions.save_rows.trigger()
    asked: list[str] = []

    def answer() -> None:
        for box in saving.findChildren(QMessageBox) + saving.scans.findChildren(QMessageBox):
            if box.isVisible():
                asked.append(box.text())
                box.reject()

    timer = QTimer()
    timer.timeout.connect(answer)
    timer.start(20)
    assert not saving.close()
    timer.stop()
    assert "OSError" in asked[0]
    assert "not saved" in asked[-1]
    assert saving.scans.is_unsaved
