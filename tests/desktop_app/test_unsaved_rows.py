"""Rows of a scan are never lost unasked, whatever comes after the scan."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from window_helpers import answering, drop, finish, saved, urls, wait_until, write_photo  # isort: skip

from PySide6.QtCore import Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QMessageBox
from tiny_model import tiny_contract, write_tiny_model

from naevia_app.main_window import MainWindow


@pytest.fixture
def other_folder(tmp_path: Path) -> Path:
    """A second folder, with one photo."""
    return write_photo(tmp_path / "other" / "z.png", width_px=150, height_px=150).parent


@pytest.fixture
def other_model(tmp_path: Path) -> Path:
    """A sound model of another name."""
    return write_tiny_model(
        tmp_path / "another", tiny_contract().model_copy(update={"model_id": "another-tiny"})
    )


def choose_model(window: MainWindow, model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(model))
    window.menu_actions.open_model.trigger()


def save(window: MainWindow, output: Path, monkeypatch: pytest.MonkeyPatch) -> list[dict[str, str]]:
    """Save through the menu; gives the rows of the file."""
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(output), ""))
    window.menu_actions.save_rows.trigger()
    saved(window)
    with output.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def scan_begun(window: MainWindow, folder: Path) -> None:
    drop(window, urls(folder))
    wait_until(lambda: window.scans.table.rowCount() > 0)


def test_a_second_folder_asks_before_unsaved_rows_are_lost(
    window: MainWindow, folder: Path, other_folder: Path
) -> None:
    drop(window, urls(folder))
    finish(window)
    with answering("Cancel") as asked:
        drop(window, urls(other_folder))
    assert len(asked) == 1
    assert "not saved" in asked[0]
    assert window.scans.table.rowCount() == 8
    with answering("Scan without saving") as asked:
        drop(window, urls(other_folder))
    assert len(asked) == 1
    finish(window)
    assert [row.path for row in window.scans.table.rows()] == ["z.png"]


@pytest.mark.parametrize("key", [Qt.Key.Key_Return, Qt.Key.Key_Escape])
def test_a_hasty_key_loses_no_rows(window: MainWindow, folder: Path, other_folder: Path, key: Qt.Key) -> None:
    drop(window, urls(folder))
    finish(window)
    asked: list[str] = []

    def hit() -> None:
        box = QApplication.activeModalWidget()
        if isinstance(box, QMessageBox):
            asked.append(box.text())
            QTest.keyClick(box, key)

    timer = QTimer()
    timer.timeout.connect(hit)
    timer.start(20)
    drop(window, urls(other_folder))
    timer.stop()
    assert len(asked) == 1
    assert window.scans.table.rowCount() == 8
    assert window.scans.is_unsaved


def test_a_second_folder_asks_nothing_once_the_rows_are_saved(
    window: MainWindow, folder: Path, other_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drop(window, urls(folder))
    finish(window)
    assert window.scans.is_unsaved
    assert len(save(window, tmp_path / "rows.csv", monkeypatch)) == 8
    assert not window.scans.is_unsaved
    with answering("Cancel") as asked:
        drop(window, urls(other_folder))
        finish(window)
    assert asked == []
    assert [row.path for row in window.scans.table.rows()] == ["z.png"]


def test_rows_that_could_not_be_saved_are_still_unsaved(
    window: MainWindow, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drop(window, urls(folder))
    finish(window)
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(tmp_path / "no" / "r.csv"), ""))
    with answering("OK"):
        window.menu_actions.save_rows.trigger()
        saved(window)
    assert window.scans.is_unsaved


def test_closing_asks_before_unsaved_rows_are_lost(
    window: MainWindow, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drop(window, urls(folder))
    finish(window)
    with answering("Cancel") as asked:
        assert not window.close()
    assert len(asked) == 1
    assert "not saved" in asked[0]
    assert window.isVisible()
    save(window, tmp_path / "rows.csv", monkeypatch)
    with answering("Cancel") as asked:
        assert window.close()
    assert asked == []


def test_another_model_asks_before_it_ends_a_scan_and_the_rows_stay(
    window: MainWindow,
    large_folder: Path,
    other_model: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    scan_begun(window, large_folder)
    first = window.session
    with answering("Cancel") as asked:
        choose_model(window, other_model, monkeypatch)
    assert len(asked) == 1
    assert "A scan is running" in asked[0]
    assert window.scans.is_busy
    with answering("Stop and change"):
        choose_model(window, other_model, monkeypatch)
    wait_until(lambda: window.session is not first)
    finish(window)
    page, done = window.scans, window.scans.table.rowCount()
    assert 0 < done < 200
    assert f"Stopped after {done} of 200 files" in page.status
    assert "no longer in use: Model tiny" in page.status
    assert page.progress.isHidden()
    assert page.cancel_button.isHidden()
    rows = save(window, tmp_path / "rows.csv", monkeypatch)
    assert len(rows) == done
    assert {row["model_id"] for row in rows} == {"tiny"}


def test_finished_rows_outlive_their_model(
    window: MainWindow, folder: Path, other_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drop(window, urls(folder))
    finish(window)
    first = window.session
    choose_model(window, other_model, monkeypatch)
    wait_until(lambda: window.session is not first)
    assert "another-tiny" in window.status.text
    assert "no longer in use: Model tiny" in window.scans.status
    assert window.scans.is_unsaved
    assert len(save(window, tmp_path / "rows.csv", monkeypatch)) == 8


def test_a_folder_that_is_no_model_changes_nothing_but_says_so(
    window: MainWindow, large_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scan_begun(window, large_folder)
    first, said = window.session, window.status.text
    (tmp_path / "holiday").mkdir()
    with answering("Stop and change"):
        choose_model(window, tmp_path / "holiday", monkeypatch)
    with answering("OK") as told:
        wait_until(lambda: bool(told))
    assert "holiday" in told[0]
    assert "stays in use" in told[0]
    assert window.session is first
    assert window.model_problem is None
    assert window.status.text == said
    assert window.pages.page is window.scans
    assert window.scans.is_busy
    window.scans.cancel_button.click()
    finish(window)
    assert save(window, tmp_path / "rows.csv", monkeypatch)
    drop(window, urls(write_photo(tmp_path / "a.png")))
    wait_until(lambda: window.photos.prediction is not None)


def test_a_folder_dropped_while_another_model_opens_is_scanned_by_that_one(
    window: MainWindow, other_folder: Path, other_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    choose_model(window, other_model, monkeypatch)
    assert "opening and checking another" in window.status.text
    drop(window, urls(other_folder))
    finish(window)
    (row,) = window.scans.table.rows()
    assert row.to_dict()["model_id"] == "another-tiny"


def test_photos_are_judged_again_by_another_model(
    window: MainWindow, other_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drop(window, urls(write_photo(tmp_path / "a.png")))
    wait_until(lambda: window.photos.prediction is not None)
    choose_model(window, other_model, monkeypatch)
    assert window.photos.prediction is not None  # the model in use answers until the other is open
    wait_until(lambda: window.photos.prediction and window.photos.prediction.model_id == "another-tiny")
    assert not [box for box in QApplication.topLevelWidgets() if isinstance(box, QMessageBox)]
