"""A folder in the window."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from window_helpers import answering, drop, finish, saved, urls, wait_until, working_threads, write_photo  # isort: skip

from PySide6.QtCore import Qt
from PySide6.QtTest import QAbstractItemModelTester
from PySide6.QtWidgets import QApplication, QFileDialog
from tiny_model import tiny_contract, write_tiny_model

from naevia.cli import run
from naevia.rows import Row
from naevia_app.main_window import MainWindow
from naevia_app.row_filter import RowFilter
from naevia_app.row_table import ITEM_ROLE, RowTable
from naevia_app.scan_page import ScanPage

OpenWindow = Callable[..., MainWindow]


def column(model: RowFilter, number: int) -> list[str]:
    return [model.index(row, number).data() for row in range(model.rowCount())]


def test_a_dropped_folder_is_scanned_and_saved_as_the_command_line_does(
    window: MainWindow, tiny_model: Path, folder: Path, tmp_path: Path
) -> None:
    drop(window, urls(folder))
    finish(window)
    assert window.pages.page is window.scans
    assert window.scans.table.rowCount() == 8
    assert "8 files in " in window.scans.status
    assert ": 5 judged, 3 not read." in window.scans.status
    window.scans.view.sortByColumn(2, Qt.SortOrder.DescendingOrder)
    window.scans.save(tmp_path / "window.csv")
    saved(window)
    output = tmp_path / "program.csv"
    code = run(["scan", str(folder), "-o", str(output), "--model", str(tiny_model), "--provider", "cpu"])
    assert code == 1
    assert (tmp_path / "window.csv").read_bytes() == output.read_bytes()


def test_a_table_with_monitor_says_what_that_is_worth(
    open_window: OpenWindow, folder: Path, tmp_path: Path
) -> None:
    contract = tiny_contract()
    for threshold, words in ((0.0, ""), (0.999, "Monitor: malignant probability below 99.9")):
        point = contract.operating_points[0].model_copy(update={"threshold": threshold})
        update = {"operating_points": (point,)}
        model = write_tiny_model(tmp_path / f"m{threshold}", contract.model_copy(update=update))
        window = open_window(model)
        drop(window, urls(folder))
        finish(window)
        assert window.scans.worth.startswith(words)
        assert bool(window.scans.worth) is bool(words)


def test_cancel_keeps_what_was_done_and_leaves_no_thread(window: MainWindow, large_folder: Path) -> None:
    drop(window, urls(large_folder))
    wait_until(lambda: window.scans.table.rowCount() > 0)
    window.scans.cancel_button.click()
    finish(window)
    done = window.scans.table.rowCount()
    assert 0 < done < 200
    assert f"Stopped after {done} of 200 files" in window.scans.status
    assert [name for name in working_threads() if "naevia-scan" in name] == []
    assert not window.scans.scan.is_running
    assert window.scans.save_button.isEnabled()


def test_closing_during_a_scan_asks_and_leaves_no_thread(window: MainWindow, large_folder: Path) -> None:
    drop(window, urls(large_folder))
    wait_until(lambda: window.scans.table.rowCount() > 0)
    with answering("Cancel") as asked:
        assert not window.close()
    assert "A scan is running" in asked[0]
    assert window.scans.is_busy
    with answering("Stop and close"):
        assert window.close()
    assert working_threads() == []


def test_the_window_stays_alive_during_a_scan(window: MainWindow, large_folder: Path, tmp_path: Path) -> None:
    drop(window, urls(large_folder))
    wait_until(lambda: window.scans.table.rowCount() > 0)
    drop(window, urls(write_photo(tmp_path / "one.png")))
    wait_until(lambda: window.photos.prediction is not None)
    assert window.scans.is_busy


def test_rows_can_be_sorted_filtered_and_searched(window: MainWindow, folder: Path) -> None:
    drop(window, urls(folder))
    finish(window)
    page = window.scans
    page.view.sortByColumn(2, Qt.SortOrder.DescendingOrder)
    rows = [page.shown.index(row, 2).data(ITEM_ROLE) for row in range(8)]
    keys = [row.prediction.malignant_probability for row in rows[:5]]
    assert keys == sorted(keys, reverse=True)
    assert keys[0] > keys[4] > 0
    assert [row.prediction for row in rows[5:]] == [None] * 3
    page.chips["error"].click()
    assert sorted(column(page.shown, 0)) == ["broken.jpg", "empty.png", "notes.txt"]
    assert set(column(page.shown, 1)) == {"NOT READ"}
    page.chips[""].click()
    page.search.setText("VASC.jpg")
    assert column(page.shown, 0) == ["3-vasc.jpg"]
    page.search.setText("")
    assert page.shown.rowCount() == 8


def test_large_type_has_room_in_the_table(app: QApplication) -> None:
    before, large = app.font(), app.font()
    large.setPointSizeF(18)
    app.setFont(large)
    try:
        page = ScanPage()
        metrics = page.view.fontMetrics()
        assert page.view.verticalHeader().defaultSectionSize() >= metrics.height() + 4
        for column, words in ((1, "CANNOT TELL"), (2, "> 99.9 %"), (4, "> 99.9 %")):
            assert page.view.columnWidth(column) >= metrics.horizontalAdvance(words) + 24
            assert page.view.columnWidth(column) >= page.view.horizontalHeader().sectionSizeHint(column)
    finally:
        app.setFont(before)


def test_chips_count_every_row_once(window: MainWindow, folder: Path) -> None:
    drop(window, urls(folder))
    finish(window)
    numbers = {kind: int(chip.text().split()[-1]) for kind, chip in window.scans.chips.items()}
    assert numbers.pop("") == sum(numbers.values()) == 8
    assert numbers["error"] == 3


def test_a_row_opens_its_photo(window: MainWindow, folder: Path) -> None:
    drop(window, urls(folder))
    finish(window)
    rows = column(window.scans.shown, 0)
    window.scans.view.activated.emit(window.scans.shown.index(rows.index("deeper/x, y.png"), 0))
    wait_until(lambda: window.photos.prediction is not None)
    assert window.photos.current.source.path == folder / "deeper" / "x, y.png"
    row = next(row for row in window.scans.table.rows() if row.path == "deeper/x, y.png")
    assert row.prediction.to_dict() == window.photos.prediction.to_dict()


def test_save_asks_for_a_name_and_says_when_it_fails(
    window: MainWindow, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drop(window, urls(folder))
    finish(window)
    chosen = tmp_path / "rows"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(chosen), ""))
    window.menu_actions.save.trigger()
    saved(window)
    assert (tmp_path / "rows.csv").read_bytes().startswith(b"path,status,error,")
    chosen = tmp_path / "nowhere" / "rows.csv"
    with answering("OK") as said:
        window.menu_actions.save.trigger()
        saved(window)
    assert "nowhere" in said[0]


def test_save_asks_before_it_replaces_a_table_that_the_dialog_did_not_ask_about(
    window: MainWindow, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drop(window, urls(folder))
    finish(window)
    there = tmp_path / "rows.csv"
    there.write_text("somebody's work")
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(tmp_path / "rows"), ""))
    with answering("Cancel") as asked:
        window.menu_actions.save.trigger()
    assert "rows.csv" in asked[0]
    assert there.read_text() == "somebody's work"
    with answering("Replace") as asked:
        window.menu_actions.save.trigger()
        saved(window)
    assert len(asked) == 1
    assert there.read_bytes().startswith(b"path,status,error,")


def test_an_empty_folder_says_so(window: MainWindow, tmp_path: Path) -> None:
    (tmp_path / "nothing").mkdir()
    drop(window, urls(tmp_path / "nothing"))
    wait_until(lambda: "no files" in window.scans.status)
    assert not window.scans.save_button.isEnabled()


def test_two_folders_are_not_mixed(window: MainWindow, folder: Path, tmp_path: Path) -> None:
    write_photo(tmp_path / "other" / "z.png", width_px=150, height_px=150)
    with answering("OK") as said:
        drop(window, urls(folder, tmp_path / "other"))
        wait_until(lambda: bool(said))
    finish(window)
    assert "One folder" in said[0]
    assert "z.png" not in column(window.scans.shown, 0)


def test_a_folder_dropped_before_the_model_is_ready_is_scanned_then(
    app: QApplication, tiny_model: Path, folder: Path
) -> None:
    window = MainWindow(str(tiny_model), "cpu")
    drop(window, urls(folder))
    assert window.session is None
    wait_until(lambda: window.scans.table.rowCount() == 8)
    finish(window)
    with answering("Close without saving"):
        assert window.close()
    window.deleteLater()


def test_the_table_is_a_sound_qt_model(app: QApplication) -> None:
    """Qt's own tester warns of every broken promise, and the fixture `app` fails on a warning."""
    table = RowTable()
    shown = RowFilter(table)
    warn = QAbstractItemModelTester.FailureReportingMode.Warning
    testers = [QAbstractItemModelTester(model, warn) for model in (table, shown)]
    table.extend([Row.failed(f"{number}.jpg", "broken") for number in range(5)])
    shown.sort(0, Qt.SortOrder.DescendingOrder)
    assert column(shown, 0) == ["4.jpg", "3.jpg", "2.jpg", "1.jpg", "0.jpg"]
    shown.show_words("3")
    assert column(shown, 0) == ["3.jpg"]
    table.clear()
    assert shown.rowCount() == 0
    assert len(testers) == 2
