"""Files of official labels: what each row of HAM10000, ISIC 2017, ISIC 2019 or a person's own table says."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from naevia.errors import DataError
from naevia.taxonomy import CODES, find_diagnosis
from naevia_train.labelling.collect import SUFFIXES
from naevia_train.labelling.label_problems import LabelProblem, LabelProblemKind
from naevia_train.labelling.statements import Statement
from naevia_train.labelling.tables import read_table

Row = Mapping[str, str]

_HAM10000: dict[str, Statement] = {code: (code,) for code in CODES} | {
    "akiec": ("akiec", "scc"),
    "bkl": ("bkl", "sk"),
}
_ISIC_2019: dict[str, Statement] = {
    "mel": ("mel",),
    "nv": ("nv",),
    "bcc": ("bcc",),
    "ak": ("akiec",),
    "bkl": ("bkl", "sk"),
    "df": ("df",),
    "vasc": ("vasc",),
    "scc": ("scc",),
    "unk": (),
}
_ONE_HOT = _ISIC_2019 | _HAM10000
_ID_COLUMNS = ("image_id", "isic_id", "image", "id", "filename", "file")
_LABEL_COLUMNS = ("diagnosis", "label", "dx", "class")


@dataclass
class LabelBook:
    """Everything the label files say.

    Attributes:
        statements: By image id, then by authority.
        words: The word each statement was read from, by image id, then by authority.
        lesions: Lesion id by image id.
        patients: Patient id by image id.
        places: Where each image id first stands: the label file and its row.
        problems: Rows that make no sense.
    """

    statements: dict[str, dict[str, Statement]] = field(default_factory=dict)
    words: dict[str, dict[str, str]] = field(default_factory=dict)
    lesions: dict[str, str] = field(default_factory=dict)
    patients: dict[str, str] = field(default_factory=dict)
    places: dict[str, tuple[str, int]] = field(default_factory=dict)
    problems: list[LabelProblem] = field(default_factory=list)

    @property
    def image_ids(self) -> set[str]:
        """Ids that any label file lists."""
        return set(self.places)

    def add(self, image_id: str, authority: str, word: str, statement: Statement) -> None:
        """Note what an authority says; an empty statement says nothing.

        Raises:
            _RowError: The same authority said something else about the image in an earlier row.
        """
        earlier = self.statements.get(image_id, {}).get(authority)
        if earlier is not None and not set(earlier) & set(statement):
            raise _RowError("malformed row", image_id, f"{image_id} was {earlier[0]} before, here {word}")
        self.words.setdefault(image_id, {})[authority] = word
        if statement:
            self.statements.setdefault(image_id, {})[authority] = statement


RowReader = Callable[[Row, str, LabelBook], None]
"""Fills the book from a row and the image id in it."""


class _RowError(Exception):
    """A row that makes no sense: what kind, the value it is about, and what is wrong."""

    def __init__(self, kind: LabelProblemKind, value: str, message: str) -> None:
        super().__init__(message)
        self.kind, self.value = kind, value


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
    id_column, read_row = _recognise(header, path)
    for number, (_, row) in enumerate(rows, start=2):
        _read_row(row, header, id_column, read_row, book, (path, number))


def _read_row(
    row: dict[str, str],
    header: Sequence[str],
    id_column: str,
    read_row: RowReader,
    book: LabelBook,
    place: tuple[Path, int],
) -> None:
    """Fill the book from one row, or note what is wrong with it."""
    path, number = place
    try:
        if None in row.values() or None in row:
            raise _RowError("malformed row", row.get(id_column) or "", f"expected {len(header)} columns")
        image_id = stem(row[id_column])
        if not image_id:
            raise _RowError("malformed row", "", f"the column {id_column} is empty")
        book.places.setdefault(image_id, (path.name, number))
        for column, ids in (("lesion_id", book.lesions), ("patient_id", book.patients)):
            if value := (row.get(column) or "").strip():
                ids.setdefault(image_id, value)
        read_row(row, image_id, book)
    except _RowError as error:
        book.problems.append(
            LabelProblem(error.kind, path.name, number, error.value, f"{path}, row {number}: {error}")
        )


def stem(text: str) -> str:
    """The id in a cell that may hold a path or a file name; an id may hold dots of its own."""
    path = Path(text.strip())
    return path.stem if path.suffix.lower() in SUFFIXES else path.name


def _recognise(header: Sequence[str], path: Path) -> tuple[str, RowReader]:
    """The id column of a header, and what fills the book from its rows."""
    names = set(header)
    if {"image", *_ISIC_2019} <= names:
        return "image", _read_isic_2019
    if {"image_id", "melanoma", "seborrheic_keratosis"} <= names:
        return "image_id", _read_isic_2017
    if {"lesion_id", "image_id", "dx"} <= names:
        return "image_id", _read_ham10000
    id_column = next((name for name in _ID_COLUMNS if name in names), None)
    label_column = next((name for name in _LABEL_COLUMNS if name in names), None)
    one_hot = {name: statement for name in header if (statement := _one_hot(name)) is not None}
    if id_column and label_column:
        return id_column, _own_table(label_column)
    if id_column and len(one_hot) > 1:
        return id_column, _own_one_hot(one_hot)
    if id_column and names & {"lesion_id", "patient_id"}:
        return id_column, lambda row, image_id, book: None
    raise DataError(
        f"{path}, row 1: the header {', '.join(header[:6]) or '(none)'} is no known label file; "
        f"{_missing(id_column)}; expected HAM10000 metadata, ISIC 2017 or 2019 ground truth or metadata, or "
        "columns `image_id` and `diagnosis`"
    )


def _missing(id_column: str | None) -> str:
    if id_column is None:
        return f"it has no column of image ids ({', '.join(_ID_COLUMNS)})"
    named = ", ".join(_LABEL_COLUMNS)
    return f"beside {id_column} it has no column of diagnoses ({named}, or one per diagnosis)"


def _one_hot(name: str) -> Statement | None:
    """What a mark in a column of this name says, or None when the name is no diagnosis."""
    if name in _ONE_HOT:
        return _ONE_HOT[name]
    diagnosis = find_diagnosis(name)
    return None if diagnosis is None else (diagnosis.code,)


def _marked(text: str) -> bool:
    return text.strip().lower() in ("1", "1.0", "true", "yes")


def _read_isic_2019(row: Row, image_id: str, book: LabelBook) -> None:
    chosen = _the_one(row, _ISIC_2019, image_id)
    book.add(image_id, "ISIC 2019", chosen, _ISIC_2019[chosen])


def _the_one(row: Row, names: Iterable[str], image_id: str) -> str:
    chosen = [name for name in names if _marked(row[name])]
    if len(chosen) != 1:
        message = f"expected exactly one diagnosis marked 1, found {len(chosen)}"
        raise _RowError("malformed row", image_id, message)
    return chosen[0]


def _read_isic_2017(row: Row, image_id: str, book: LabelBook) -> None:
    marks = tuple(_marked(row[name]) for name in ("melanoma", "seborrheic_keratosis"))
    if marks == (True, True):
        message = "expected at most one of melanoma and seborrheic_keratosis, found both"
        raise _RowError("malformed row", image_id, message)
    word, code = ("melanoma", "mel") if marks[0] else ("seborrheic_keratosis", "sk")
    if marks == (False, False):
        word, code = "neither", "nv"
    book.add(image_id, "ISIC 2017", word, (code,))


def _read_ham10000(row: Row, image_id: str, book: LabelBook) -> None:
    word = row["dx"].strip()
    if word not in _HAM10000:
        raise _RowError("unknown diagnosis", word, f"dx {word!r} is none of {', '.join(CODES)}")
    book.add(image_id, "HAM10000", word, _HAM10000[word])


def _own_table(label_column: str) -> RowReader:
    def read(row: Row, image_id: str, book: LabelBook) -> None:
        word = row[label_column].strip()
        if not word:
            return
        diagnosis = find_diagnosis(word)
        if diagnosis is None:
            message = f"{label_column} {word!r} is none of {', '.join(CODES)} nor a full name of one"
            raise _RowError("unknown diagnosis", word, message)
        book.add(image_id, "own table", word, (diagnosis.code,))

    return read


def _own_one_hot(columns: Mapping[str, Statement]) -> RowReader:
    def read(row: Row, image_id: str, book: LabelBook) -> None:
        chosen = _the_one(row, columns, image_id)
        book.add(image_id, "own table", chosen, columns[chosen])

    return read
