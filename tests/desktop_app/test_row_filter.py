"""Sorting and filtering the rows of a scan: in the order that Qt's own proxy gives, and without a wait."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QSortFilterProxyModel, Qt
from PySide6.QtTest import QAbstractItemModelTester
from PySide6.QtWidgets import QApplication

from naevia.prediction import Prediction
from naevia.rows import Row
from naevia.session import Session
from naevia_app.parts.sources import drawn_example
from naevia_app.scans.row_filter import RowFilter
from naevia_app.scans.row_table import ITEM_ROLE, RowTable
from naevia_app.scans.scan_page import ScanPage

ASCENDING, DESCENDING = Qt.SortOrder.AscendingOrder, Qt.SortOrder.DescendingOrder
ORDERS = [(-1, ASCENDING), *((column, order) for column in range(6) for order in (ASCENDING, DESCENDING))]


class QtFilter(QSortFilterProxyModel):
    """The same by Qt's own means, slowly: what the order is measured against."""

    def __init__(self, table: RowTable) -> None:
        super().__init__(table)
        self.kind = self.words = ""
        self.setSourceModel(table)
        self.rowCount()  # as a view asks at once; the first order depends on it

    def filterAcceptsRow(self, number: int, parent: object) -> bool:  # noqa: N802  Qt's name
        table = self.sourceModel()
        cells = [table.index(number, column).data() for column in range(table.columnCount())]
        kind = table.index(number, 0).data(ITEM_ROLE).kind
        return self.kind in ("", kind) and any(self.words in cell.casefold() for cell in cells)

    def lessThan(self, left: object, right: object) -> bool:  # noqa: N802  Qt's name
        keys = self.sourceModel().keys(left.column())
        return keys[left.row()] < keys[right.row()]


@pytest.fixture(scope="module")
def answer(tiny_model: Path) -> Prediction:
    photo = drawn_example("x").read()
    return Session.open(tiny_model, provider="cpu").predict(photo)


def make_rows(answer: Prediction, first: int, number: int, seed: int) -> Iterator[Row]:
    """Rows of every kind, many of them alike."""
    chance = random.Random(seed)  # noqa: S311  nothing secret
    for at in range(first, first + number):
        path = f"{chance.choice('abAB')}/{at % 7}.jpg"
        advice = chance.choice(("refer", "monitor", "cannot tell", "error"))
        if advice == "error":
            yield Row.failed(path, chance.choice(("broken", "Empty")))
            continue
        probabilities = np.roll(np.array([8, 1, 0, 0, 0, 0, 0, 0, 0], np.float32) / 9, chance.randrange(9))
        refusal = "too dark" if advice == "cannot tell" else ""
        status = "refused" if refusal else "ok"
        yield Row.answered(
            path,
            replace(
                answer, probabilities=probabilities, recommendation=advice, status=status, refusal=refusal
            ),
        )


def shown(model: RowFilter | QtFilter) -> list[Row]:
    return [model.index(number, 0).data(ITEM_ROLE) for number in range(model.rowCount())]


@pytest.mark.parametrize("seed", range(4))
def test_sorting_again_and_again_gives_the_order_of_qts_own_proxy(
    app: QApplication, answer: Prediction, seed: int
) -> None:
    table = RowTable()
    table.extend(list(make_rows(answer, 0, 150, seed)))
    ours, qts = RowFilter(table), QtFilter(table)
    chance = random.Random(seed)  # noqa: S311  nothing secret
    for _ in range(30):
        column, order = chance.choice(ORDERS)
        ours.sort(column, order)
        qts.sort(column, order)
        assert shown(ours) == shown(qts)


@pytest.mark.parametrize("seed", range(4))
def test_rows_that_come_and_go_are_the_ones_of_qts_own_proxy(
    app: QApplication, answer: Prediction, seed: int
) -> None:
    """Rows with equal keys may stand otherwise: Qt puts a new one sometimes before, sometimes behind them."""
    table, column = RowTable(), -1
    ours, qts = RowFilter(table), QtFilter(table)
    tester = QAbstractItemModelTester(ours, QAbstractItemModelTester.FailureReportingMode.Warning)
    chance = random.Random(seed)  # noqa: S311  nothing secret
    for step in range(25):
        match chance.choice(("sort", "sort", "kind", "words", "few", "many", "clear")):
            case "sort":
                column, order = chance.choice(ORDERS)
                ours.sort(column, order)
                qts.sort(column, order)
            case "kind":
                qts.kind = chance.choice(("", "", "refer", "monitor", "cannot tell", "error"))
                ours.show_kind(qts.kind)
                qts.setFilterFixedString(f"{step}")
            case "words":
                qts.words = chance.choice(("", "", "b/", "nev", "broken", "nothing has this"))
                ours.show_words(qts.words.upper())
                qts.setFilterFixedString(f"{step}")
            case "few" | "many" as how_many:
                rows = make_rows(answer, table.rowCount(), 9 if how_many == "few" else 70, seed + step)
                table.extend(list(rows))
            case "clear" if chance.random() < 0.2:
                table.clear()
        got, wanted = shown(ours), shown(qts)
        assert set(got) == set(wanted), step
        key = {row: (table.keys(column)[at] if column >= 0 else at) for at, row in enumerate(table.rows())}
        assert [key[row] for row in got] == [key[row] for row in wanted], step
    assert tester.model() is ours


@pytest.mark.parametrize("order", [ASCENDING, DESCENDING])
@pytest.mark.parametrize("batch", [20, 200])
def test_a_new_row_comes_behind_its_equals(
    app: QApplication, answer: Prediction, order: Qt.SortOrder, batch: int
) -> None:
    table = RowTable()
    ours = RowFilter(table)
    ours.sort(1, order)
    for seed in range(5):
        table.extend(list(make_rows(answer, 0, batch, seed)))
    came, keys = table.rows(), table.keys(1)
    in_order = sorted(range(len(came)), key=keys.__getitem__, reverse=order == DESCENDING)
    assert shown(ours) == [came[at] for at in in_order]


def test_by_recommendation_the_most_urgent_come_first(app: QApplication, answer: Prediction) -> None:
    table = RowTable()
    table.extend(list(make_rows(answer, 0, 60, seed=1)))
    ours = RowFilter(table)
    ours.sort(1, ASCENDING)
    kinds = [row.kind for row in shown(ours)]
    assert list(dict.fromkeys(kinds)) == ["refer", "cannot tell", "error", "monitor"]


def test_what_is_selected_stays_selected_in_its_new_place(app: QApplication, answer: Prediction) -> None:
    page = ScanPage()
    page.table.extend(list(make_rows(answer, 0, 200, seed=1)))
    chosen = page.shown.index(150, 0).data(ITEM_ROLE)
    page.view.selectRow(150)
    for change in (
        lambda: page.view.sortByColumn(2, DESCENDING),
        lambda: page.view.sortByColumn(0, ASCENDING),
        lambda: page.table.extend(list(make_rows(answer, 200, 20, seed=2))),
        lambda: page.table.extend(list(make_rows(answer, 220, 200, seed=3))),
        lambda: page.shown.show_kind(chosen.kind),
        lambda: page.shown.show_kind(""),
    ):
        change()
        (index,) = page.view.selectionModel().selectedRows()
        assert index.data(ITEM_ROLE) is chosen
        assert page.view.currentIndex().data(ITEM_ROLE) is chosen
    page.deleteLater()


def test_a_long_table_is_sorted_searched_and_filtered_whole(app: QApplication, answer: Prediction) -> None:
    page = ScanPage()
    page.show()
    page.table.extend(list(make_rows(answer, 0, 20_000, seed=1)))
    page.table.extend([Row.failed("z/needle.jpg", "broken")])
    for column in range(6):
        page.view.sortByColumn(column, DESCENDING)
    page.search.setText("NEEDLE")
    assert [row.path for row in shown(page.shown)] == ["z/needle.jpg"]
    page.search.setText("")
    page.chips["refer"].click()
    page.chips[""].click()
    assert page.shown.rowCount() == 20_001
    page.deleteLater()


def test_files_of_one_deep_folder_can_be_told_apart(app: QApplication, answer: Prediction) -> None:
    page = ScanPage()
    page.resize(1100, 700)
    page.table.extend([Row.answered(f"{'a folder with a long name/' * 4}{n}.png", answer) for n in (1, 2)])
    page.show()
    QApplication.processEvents()
    view, rows = page.view, [page.shown.index(number, 0) for number in (0, 1)]
    view.setAlternatingRowColors(False)
    first, second = (view.viewport().grab(view.visualRect(row)).toImage() for row in rows)
    assert first != second


@pytest.mark.parametrize(
    ("malignant", "words"), [(0.003, "< 1 %"), (0.0779, "7.79 %"), (0.5, "50.0 %"), (0.99999, "> 99.9 %")]
)
def test_a_row_says_a_probability_as_it_is_said_beside_the_photo(
    app: QApplication, answer: Prediction, malignant: float, words: str
) -> None:
    """A threshold of 7.83 %, from which 7.79 % is told apart."""
    point = answer.operating_point.model_copy(update={"threshold": 0.0783})
    probabilities = np.zeros(9, np.float32)
    probabilities[[3, 4]] = malignant, 1 - malignant  # melanoma and nevus
    row = Row.answered("a.png", replace(answer, probabilities=probabilities, operating_point=point))
    table = RowTable()
    table.extend([row])
    assert table.index(0, 2).data().replace("\N{NO-BREAK SPACE}", " ") == words
