"""Rows of a scan are never lost, whatever comes during the scan or after it."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from window_helpers import answering, drop, finish, scan_begun, urls, wait_until  # isort: skip

from PySide6.QtCore import Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QMessageBox

import naevia.session
from naevia.cli import run
from naevia.errors import NaeviaError
from naevia.writers import RowFile
from naevia_app.main_window import MainWindow


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


@pytest.fixture
def stopped(tiny_model: Path, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The table of `folder` that the command line began under a name of its own and did not make."""
    output = tmp_path / "scan-answers.csv"

    def refuse(file: RowFile) -> RowFile:
        raise NaeviaError("no room")

    with monkeypatch.context() as patch:
        patch.setattr(RowFile, "__enter__", refuse)
        code = run(["scan", str(folder), "-o", str(output), "--model", str(tiny_model), "--provider", "cpu"])
    assert code != 0
    assert output.with_name("scan-answers.csv.journal").is_file()
    return output


def test_the_table_that_the_command_line_began_is_proposed(
    window: MainWindow, folder: Path, stopped: Path, judged: list[Path]
) -> None:
    drop(window, urls(folder))
    finish(window)
    assert window.scans.scan.output == stopped
    assert "5 were judged by an earlier scan." in window.scans.status
    assert not set(judged) & set(folder.glob("*-*.jpg"))


def test_the_table_of_another_folder_is_not_proposed(
    window: MainWindow, other_folder: Path, stopped: Path, tmp_path: Path
) -> None:
    drop(window, urls(other_folder))
    finish(window)
    assert window.scans.scan.output == tmp_path / "other.csv"
    assert stopped.with_name("scan-answers.csv.journal").is_file()


def test_a_journal_that_is_chosen_stands_for_its_table(
    window: MainWindow, folder: Path, stopped: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stopped.with_name("clinic.csv.journal").write_text("somebody's letter")

    def choose(parent: object, title: str, proposed: str, kinds: str) -> tuple[str, str]:
        assert "*.csv.journal" in kinds  # else the dialog would not show it
        return f"{stopped}.journal", kinds

    monkeypatch.setattr(QFileDialog, "getSaveFileName", choose)
    drop(window, urls(folder))
    finish(window)
    assert window.scans.scan.output == stopped
    assert "5 were judged by an earlier scan." in window.scans.status
    assert stopped.with_name("clinic.csv.journal").read_text() == "somebody's letter"


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
