"""Tables with a header, as people and runs write them."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from naevia.errors import DataError

_SEPARATORS = ",;\t"
"""Spreadsheets write semicolons where the comma is the decimal sign."""

LESION_COLUMNS, PATIENT_COLUMNS = ("lesion_id", "lesion"), ("patient_id", "patient")
"""Names of the columns that say which images belong together."""


UNKNOWN = frozenset({"", "unknown", "nan", "na", "n/a"})
"""What a cell says, in lower case, that says nothing."""


class Row(NamedTuple):
    """One row of a table.

    Attributes:
        where: The file and the number of the row, for an error message.
        cells: By column; None where the row ends before the column, and the surplus, if any, under None. The
            cells of a Parquet file are text, too.
    """

    where: str
    cells: dict[str, str]


class Table(NamedTuple):
    """A table: the names of its columns, in lower case, and its rows."""

    columns: tuple[str, ...]
    rows: list[Row]

    def require_whole_rows(self) -> None:
        """Refuse a row with fewer or more cells than the header.

        Raises:
            DataError: There is one.
        """
        for where, cells in self.rows:
            if None in cells or None in cells.values():
                raise DataError(f"{where}: expected {len(self.columns)} columns; correct the row")


def first_cell(cells: Mapping[str, str], columns: Sequence[str]) -> str:
    """What stands in the first of these columns in which a row says anything; empty for none."""
    texts = ((cells.get(column) or "").strip() for column in columns)
    return next((text for text in texts if text.lower() not in UNKNOWN), "")


def read_table(path: Path) -> Table:
    """Read a CSV or, by its ending, a Parquet file; one without a header has no columns.

    A CSV may be separated by commas, semicolons or tabs: whichever its header has most of.

    Raises:
        DataError: It cannot be read as such.
    """
    read, kind = (_parquet, "Parquet") if path.suffix.lower() == ".parquet" else (_csv, "a CSV")
    try:
        columns, rows = read(path)
    except (OSError, ValueError, csv.Error) as error:
        reason = str(getattr(error, "strerror", None) or error).partition("\n")[0]
        raise DataError(f"{path} cannot be read as {kind}: {reason}; check the file") from error
    return Table(columns, [Row(f"{path}, row {number}", cells) for number, cells in enumerate(rows, start=2)])


def _csv(path: Path) -> tuple[tuple[str, ...], list[dict[str, str]]]:
    with path.open(newline="", encoding="utf-8-sig") as file:
        header = file.readline()
        file.seek(0)
        reader = csv.DictReader(file, delimiter=max(_SEPARATORS, key=header.count))
        columns = tuple(name.strip().lower() for name in reader.fieldnames or ())
        reader.fieldnames = columns
        return columns, list(reader)


def _parquet(path: Path) -> tuple[tuple[str, ...], list[dict[str, str]]]:
    from pyarrow import parquet

    with parquet.ParquetFile(path) as file:
        table = file.read()
    rows = (
        {name.lower(): "" if cell is None else str(cell) for name, cell in row.items()}
        for row in table.to_pylist()
    )
    return tuple(name.lower() for name in table.column_names), list(rows)
