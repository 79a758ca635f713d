"""Rows of a scan are never lost, whatever comes during the scan or after it."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from window_helpers import answering, drop, finish, urls, wait_until, write_photo  # isort: skip

from PySide6.QtCore import Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QMessageBox
from tiny_model import tiny_contract, write_tiny_model

import naevia.session
from naevia.cli import run
from naevia.errors import NaeviaError
from naevia.writers import RowFile
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


def scan_begun(window: MainWindow, folder: Path) -> None:
    drop(window, urls(folder))
    wait_until(lambda: window.scans.table.rowCount() > 0)


@pytest.fixture
def killed(tiny_model: Path, folder: Path, tmp_path: Path) -> Path:
    """The table of `folder` from a program that was killed when half its rows were there."""
    code = (
        "import os, sys\nimport naevia_app\nfrom pathlib import Path\n"
        "from naevia.journal import Journal\nfrom naevia_app.command import main\n"
        "import naevia_app.main_window as window\n"
        "window.ask_for_table = lambda parent, folder: folder.with_name('clinic.csv')\n"
        "add = Journal.add\n"
        "def add_and_die(journal, row):\n"
        "    add(journal, row)\n"
        "    if journal.count() == 4: os.kill(os.getpid(), 9)\n"
        "Journal.add = add_and_die\n"
        "main(sys.argv[1:])\n"
    )
    command = [sys.executable, "-c", code, str(folder), "--model", str(tiny_model), "--provider", "cpu"]
    done = subprocess.run(command, env=os.environ, check=False, timeout=120)
    assert done.returncode == -9
    return tmp_path / "clinic.csv"


@pytest.fixture
def judged(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The files that a scan reads."""
    paths: list[Path] = []
    real = naevia.session.read_photo
    monkeypatch.setattr(naevia.session, "read_photo", lambda path: (paths.append(path), real(path))[1])
    return paths


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL")
def test_a_scan_goes_on_after_the_program_was_killed(
    killed: Path, window: MainWindow, tiny_model: Path, folder: Path, tmp_path: Path, judged: list[Path]
) -> None:
    assert not killed.exists()
    drop(window, urls(folder))
    finish(window)
    assert len(judged) == 8 - window.scans.scan.kept
    assert window.scans.scan.kept > 0
    assert f"{window.scans.scan.kept} were judged by an earlier scan." in window.scans.status
    whole = tmp_path / "whole.csv"
    run(["scan", str(folder), "-o", str(whole), "--model", str(tiny_model), "--provider", "cpu"])
    assert killed.read_bytes() == whole.read_bytes()
    assert not list(tmp_path.glob("*.journal*"))


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL")
def test_the_command_goes_on_with_a_scan_of_the_window(
    killed: Path, tiny_model: Path, folder: Path, judged: list[Path]
) -> None:
    run(["scan", str(folder), "-o", str(killed), "--model", str(tiny_model), "--provider", "cpu"])
    assert 0 < len(judged) < 8
    assert len(killed.read_bytes().splitlines()) == 9


def test_a_scan_that_was_stopped_goes_on_and_shows_every_row(
    window: MainWindow, large_folder: Path, tmp_path: Path
) -> None:
    for photo in sorted(large_folder.iterdir())[40:]:
        photo.unlink()
    scan_begun(window, large_folder)
    window.scans.cancel_button.click()
    finish(window)
    before = [(row.path, row.kind, row.probability) for row in window.scans.table.rows()]
    drop(window, urls(large_folder))
    finish(window)
    rows = [(row.path, row.kind, row.probability) for row in window.scans.table.rows()]
    assert len(rows) == 40
    assert rows[: len(before)] == before
    assert window.scans.scan.kept >= len(before)
    assert len((tmp_path / "many.csv").read_bytes().splitlines()) == 41


def test_a_scan_of_another_model_is_forgotten_only_when_somebody_says_so(
    open_window: Callable[..., MainWindow],
    window: MainWindow,
    large_folder: Path,
    other_folder: Path,
    other_model: Path,
    tmp_path: Path,
) -> None:
    scan_begun(window, large_folder)
    window.scans.cancel_button.click()
    finish(window)
    (tmp_path / "many.csv.journal").rename(tmp_path / "other.csv.journal")
    second = open_window(other_model)
    with answering("Cancel") as asked:
        drop(second, urls(other_folder))
        wait_until(lambda: asked)
    assert "rows of a scan with another folder and model" in asked[0]
    assert "--" not in asked[0]
    finish(second)
    assert second.scans.status.startswith("Nothing was scanned: ")
    assert "--" not in second.scans.status
    assert (tmp_path / "other.csv.journal").exists()
    with answering("Forget it and begin anew"):
        drop(second, urls(other_folder))
        wait_until(lambda: (tmp_path / "other.csv").exists())
    finish(second)
    assert [row.path for row in second.scans.table.rows()] == ["z.png"]


def test_a_table_that_cannot_be_written_keeps_its_rows(
    window: MainWindow, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, judged: list[Path]
) -> None:
    def full(file: RowFile, cells: object) -> None:
        raise NaeviaError("x.csv cannot be written: No space left on device; make room and try again")

    with monkeypatch.context() as disk:
        disk.setattr(RowFile, "write_cells", full)
        drop(window, urls(folder))
        finish(window)
    assert "No space left on device; make room and try again." in window.scans.status
    assert window.scans.table.rowCount() == 8
    judged.clear()
    drop(window, urls(folder))
    finish(window)
    assert len(judged) == 3  # what could not be read is tried again
    assert "Saved as clinic.csv." in window.scans.status


@pytest.mark.parametrize("key", [Qt.Key.Key_Return, Qt.Key.Key_Escape])
def test_a_hasty_key_stops_no_scan(
    window: MainWindow, large_folder: Path, other_folder: Path, key: Qt.Key
) -> None:
    scan_begun(window, large_folder)
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
    assert "It goes on when the folder is scanned into the same table again" in asked[0]
    assert window.scans.is_busy


def test_what_is_finished_is_saved_and_nothing_is_asked(
    window: MainWindow, folder: Path, other_folder: Path
) -> None:
    drop(window, urls(folder))
    finish(window)
    with answering("Cancel") as asked:
        drop(window, urls(other_folder))
        finish(window)
        assert window.close()
    assert asked == []
    assert [row.path for row in window.scans.table.rows()] == ["z.png"]


def test_closing_while_the_table_is_written_asks_nothing_and_loses_no_file(
    window: MainWindow, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = RowFile.write_cells

    def write_slowly(file: RowFile, cells: Mapping[str, object]) -> None:
        time.sleep(0.2)
        write(file, cells)

    monkeypatch.setattr(RowFile, "write_cells", write_slowly)
    drop(window, urls(folder))
    wait_until(lambda: window.scans.scan.is_writing)
    assert window.scans.status == "Saving 8 rows\N{HORIZONTAL ELLIPSIS}"
    with answering("Cancel") as asked:
        assert window.close()
    assert asked == []
    assert len((tmp_path / "clinic.csv").read_bytes().splitlines()) == 9
    assert not list(tmp_path.glob("*.partial"))


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
