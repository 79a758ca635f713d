"""CSV tables with a header, as people and runs write them."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import NamedTuple

from naevia.errors import DataError


class Row(NamedTuple):
    """One row of a table.

    Attributes:
        where: The file and the number of the row, for an error message.
        cells: By column; None where the row ends before the column, and the surplus, if any, under None.
    """

    where: str
    cells: dict[str, str]


class Table(NamedTuple):
    """A table: the names of its columns, and its rows."""

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


def read_table(path: Path) -> Table:
    """Read a CSV; a file without a header has no columns.

    Raises:
        DataError: It cannot be read as a CSV.
    """
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.DictReader(file)
            rows = [Row(f"{path}, row {number}", cells) for number, cells in enumerate(reader, start=2)]
            return Table(tuple(reader.fieldnames or ()), rows)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"{path} cannot be read as a CSV: {error}; check the file") from error
