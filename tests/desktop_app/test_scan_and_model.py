"""A scan, its rows and another model: what is asked, what stays, which of them judges."""

from __future__ import annotations

from pathlib import Path

import pytest

from window_helpers import answering, drop, finish, scan_begun, urls, wait_until, write_photo  # isort: skip

from PySide6.QtWidgets import QApplication, QFileDialog, QMessageBox

from naevia_app.main_window import MainWindow


def choose_model(window: MainWindow, model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(model))
    window.menu_actions.open_model.trigger()


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
    assert window.scans.table.rowCount() == 8


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
    drop(window, urls(write_photo(tmp_path / "a.png")))
    wait_until(lambda: window.photos.prediction is not None)


def test_a_folder_dropped_while_another_model_opens_is_scanned_by_that_one(
    window: MainWindow, other_folder: Path, other_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    choose_model(window, other_model, monkeypatch)
    assert "opening and checking another" in window.status.text
    drop(window, urls(other_folder))
    finish(window)
    assert "another-tiny" in other_folder.with_name("other.csv").read_text()


def test_photos_are_judged_again_by_another_model(
    window: MainWindow, other_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drop(window, urls(write_photo(tmp_path / "a.png")))
    wait_until(lambda: window.photos.prediction is not None)
    choose_model(window, other_model, monkeypatch)
    assert window.photos.prediction is not None  # the model in use answers until the other is open
    wait_until(lambda: window.photos.prediction and window.photos.prediction.model_id == "another-tiny")
    assert not [box for box in QApplication.topLevelWidgets() if isinstance(box, QMessageBox)]
