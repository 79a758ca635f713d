"""Reading files of official labels: HAM10000, the ISIC challenges, or a person's own table."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from naevia.errors import DataError
from naevia_train.labelling.collect import stem
from naevia_train.labelling.label_book import LabelBook, RowError
from naevia_train.labelling.label_kinds import Kind, recognise
from naevia_train.labelling.label_problems import LabelProblem
from naevia_train.labelling.tables import LESION_COLUMNS, PATIENT_COLUMNS, first_cell, read_table


def read_label_files(paths: Iterable[Path], *, strict: bool = True) -> LabelBook:
    """Read label files of any recognised kind into one book.

    Args:
        paths: The files, from the first to the last.
        strict: Refuse rows that make no sense; otherwise they are left out and noted in the book.

    Raises:
        DataError: A file cannot be read, has an unknown header, or, if strict, a row that makes no sense.
    """
    book = LabelBook()
    for path in paths:
        _read_label_file(path, book)
    if strict and book.problems:
        first, more = book.problems[0], len(book.problems) - 1
        others = f" ({more} more such rows: `naevia audit` lists them)" if more else ""
        raise DataError(f"{first.message}; correct the row{others}")
    return book


def _read_label_file(path: Path, book: LabelBook) -> None:
    header, rows = read_table(path)
    kind = recognise(header, path)
    if kind.unread:
        book.unread[path.name] = kind.unread
    for number, (_, row) in enumerate(rows, start=2):
        try:
            _read_row(row, len(header), kind, book, (path.name, number))
        except RowError as error:
            message = f"{path}, row {number}: {error}"
            book.problems.append(LabelProblem(error.kind, path.name, number, error.value, message))


def _read_row(row: dict[str, str], columns: int, kind: Kind, book: LabelBook, place: tuple[str, int]) -> None:
    """Fill the book from one row."""
    if None in row.values() or None in row:
        raise RowError("malformed row", row.get(kind.id_column) or "", f"expected {columns} columns")
    image_id = stem(row[kind.id_column])
    if not image_id:
        raise RowError("malformed row", "", f"the column {kind.id_column} is empty")
    book.places.setdefault(image_id, place)
    for names, ids in ((LESION_COLUMNS, book.lesions), (PATIENT_COLUMNS, book.patients)):
        value, earlier = first_cell(row, names), ids.get(image_id, ())
        if value and value not in earlier:
            ids[image_id] = (*earlier, value)
    kind.read(row, image_id, book)
