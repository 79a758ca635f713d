"""A folder in the window."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from window_helpers import answering, drop, finish, urls, wait_until, working_threads, write_photo  # isort: skip

from PySide6.QtCore import Qt
from PySide6.QtTest import QAbstractItemModelTester
from PySide6.QtWidgets import QApplication, QFileDialog
from tiny_model import tiny_contract, write_tiny_model

from naevia.cli import run
from naevia.journal import Journal
from naevia.rows import Row
from naevia.scan import scan
from naevia_app.main_window import MainWindow
from naevia_app.parts.words import malignant_words
from naevia_app.scans.row_filter import RowFilter
from naevia_app.scans.row_table import ITEM_ROLE, RowTable
from naevia_app.scans.scan_page import ScanPage

OpenWindow = Callable[..., MainWindow]


def counts(page: ScanPage) -> dict[str, int]:
    """The numbers on the chips."""
    return {kind: int(chip.text().split()[-1]) for kind, chip in page.chips.items()}


def column(model: RowFilter, number: int) -> list[str]:
    return [model.index(row, number).data() for row in range(model.rowCount())]


def test_a_dropped_folder_is_scanned_into_the_table_of_the_command_line(
    window: MainWindow, tiny_model: Path, folder: Path, tmp_path: Path
) -> None:
    drop(window, urls(folder))
    finish(window)
    assert window.pages.page is window.scans
    assert window.scans.table.rowCount() == 8
    assert "8 files in " in window.scans.status
    assert ": 5 judged, 3 not read." in window.scans.status
    assert "Saved as clinic.csv." in window.scans.status
    output = tmp_path / "program.csv"
    code = run(["scan", str(folder), "-o", str(output), "--model", str(tiny_model), "--provider", "cpu"])
    assert code == 1
    assert (tmp_path / "clinic.csv").read_bytes() == output.read_bytes()
    assert not list(tmp_path.glob("*.journal*"))


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


def test_a_photo_that_was_examined_only_in_part_is_remarked_and_counted_also_when_a_scan_goes_on(
    open_window: OpenWindow, tmp_path: Path
) -> None:
    contract = tiny_contract()
    spec = contract.input.model_copy(update={"resize": "center_square"})
    window = open_window(write_tiny_model(tmp_path / "m", contract.model_copy(update={"input": spec})))
    folder = tmp_path / "clinic"
    write_photo(folder / "square.png", width_px=200, height_px=200)
    write_photo(folder / "wide.png", width_px=360, height_px=200)
    with Journal(tmp_path / "clinic.csv", folder, window.session) as journal:
        for row in scan(folder, window.session, find=journal.find):
            journal.add(row)
    drop(window, urls(folder))
    finish(window)
    page = window.scans
    remark = "only the middle 56 % of this photo was examined; what lies beside that was not seen"
    assert column(page.shown, 5) == ["", remark]
    assert "2 judged. 1 photo was examined only in part:" in page.status
    assert "2 were judged by an earlier scan." in page.status
    page.search.setText("only the middle")
    assert column(page.shown, 0) == ["wide.png"]


def test_cancel_keeps_what_was_done_and_leaves_no_thread(
    window: MainWindow, large_folder: Path, tmp_path: Path
) -> None:
    drop(window, urls(large_folder))
    wait_until(lambda: window.scans.table.rowCount() > 0)
    window.scans.cancel_button.click()
    finish(window)
    done = window.scans.table.rowCount()
    assert 0 < done < 200
    assert f"Stopped after {done} of 200 files" in window.scans.status
    assert [name for name in working_threads() if "naevia-scan" in name] == []
    assert not window.scans.scan.is_running
    assert "To go on, scan the folder into many.csv again." in window.scans.status
    assert not (tmp_path / "many.csv").exists()
    assert (tmp_path / "many.csv.journal").exists()


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
    keys = [row.malignant_probability for row in rows[:5]]
    assert keys == sorted(keys, reverse=True)
    assert keys[0] > keys[4] > 0
    assert [row.malignant_probability for row in rows[5:]] == [None] * 3
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


def test_chips_count_the_rows_that_have_the_searched_words(window: MainWindow, folder: Path) -> None:
    page = window.scans
    page.search.setText("MEL.jpg")
    drop(window, urls(folder))
    finish(window)
    assert counts(page) == {"": 1, "refer": 1, "monitor": 0, "cannot tell": 0, "error": 0}
    page.search.setText("o")
    assert counts(page)["error"] == 3
    page.search.setText("")
    assert counts(page) == {"": 8, **{kind: page.table.counts[kind] for kind in page.chips if kind}}


def test_where_no_row_matches_the_table_says_what_none_has(window: MainWindow, folder: Path) -> None:
    drop(window, urls(folder))
    finish(window)
    page = window.scans
    assert page.view.nothing == ""
    page.search.setText(" needle ")
    assert re.fullmatch(r"No row has .needle.\.", page.view.nothing)
    assert page.view.accessibleDescription() == page.view.nothing
    page.chips["cannot tell"].click()
    assert "needle" in page.view.nothing
    assert page.view.nothing.endswith("is CANNOT TELL.")
    page.search.setText("")
    assert page.view.nothing == "No row is CANNOT TELL."
    page.chips[""].click()
    assert page.view.nothing == ""


def test_a_sort_arrow_is_painted_beside_the_title(window: MainWindow) -> None:
    window.show_scan()
    QApplication.processEvents()
    header = window.scans.view.horizontalHeader()
    end = header.sectionViewportPosition(2) + header.sectionSize(2)

    def inks(where: range) -> set[int]:
        image = header.viewport().grab().toImage()
        return {image.pixel(x, y) for x in where for y in range(header.height() - 3)}

    title, beside = range(end - 40, end - 20), range(end - 20, end)
    assert len(inks(title)) > 1
    assert len(inks(beside)) == 1
    header.setSortIndicator(2, Qt.SortOrder.DescendingOrder)
    assert len(inks(beside)) > 1


def test_a_row_opens_its_photo(window: MainWindow, folder: Path) -> None:
    drop(window, urls(folder))
    finish(window)
    rows = column(window.scans.shown, 0)
    window.scans.view.activated.emit(window.scans.shown.index(rows.index("deeper/x, y.png"), 0))
    wait_until(lambda: window.photos.prediction is not None)
    assert window.photos.current.source.path == folder / "deeper" / "x, y.png"
    row = next(row for row in window.scans.table.rows() if row.path == "deeper/x, y.png")
    answer = window.photos.prediction
    assert row.malignant_probability == answer.malignant_probability
    shown = window.scans.shown.index(column(window.scans.shown, 0).index(row.path), 2)
    assert shown.data() == malignant_words(answer)[0]
    assert (row.kind, row.diagnosis) == (answer.recommendation, answer.diagnosis.code)


@pytest.fixture
def chosen(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """What a person types into the dialog; nothing to cancel it."""
    names: list[Path] = []
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(names[0]) if names else "", ""))
    return names


def test_nothing_is_scanned_when_no_table_is_chosen(
    window: MainWindow, folder: Path, chosen: list[Path]
) -> None:
    drop(window, urls(folder))
    assert window.scans.scan is None
    assert window.pages.page is window.empty


def test_a_table_gets_its_ending_and_replaces_no_other_unasked(
    window: MainWindow, folder: Path, tmp_path: Path, chosen: list[Path]
) -> None:
    there = tmp_path / "rows.csv"
    there.write_text("somebody's work")
    chosen.append(tmp_path / "rows")
    with answering("Cancel") as asked:
        drop(window, urls(folder))
    assert "rows.csv" in asked[0]
    assert window.scans.scan is None
    with answering("Replace") as asked:
        drop(window, urls(folder))
    assert len(asked) == 1
    finish(window)
    assert there.read_bytes().startswith(b"path,status,error,")


def test_a_place_that_cannot_be_written_is_told_before_a_photo_is_judged(
    window: MainWindow, folder: Path, tmp_path: Path, chosen: list[Path]
) -> None:
    chosen.append(tmp_path / "nowhere" / "rows.csv")
    drop(window, urls(folder))
    finish(window)
    assert window.scans.status.startswith("Nothing was scanned: ")
    assert "nowhere" in window.scans.status


def test_a_table_in_the_folder_is_no_photo_of_it(
    window: MainWindow, folder: Path, chosen: list[Path]
) -> None:
    chosen.append(folder / "rows.csv")
    drop(window, urls(folder))
    finish(window)
    assert "rows.csv" not in column(window.scans.shown, 0)
    assert window.scans.table.rowCount() == 8


def test_an_empty_folder_says_so(window: MainWindow, tmp_path: Path) -> None:
    (tmp_path / "nothing").mkdir()
    drop(window, urls(tmp_path / "nothing"))
    finish(window)
    assert window.scans.status.startswith("Nothing was scanned: No files in ")


def test_of_two_folders_the_first_is_scanned_and_that_is_said(
    window: MainWindow, folder: Path, tmp_path: Path
) -> None:
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
    assert window.session is None
    drop(window, urls(folder))
    wait_until(lambda: window.scans.table.rowCount() == 8)
    finish(window)
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
