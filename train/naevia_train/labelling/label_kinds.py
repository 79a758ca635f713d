"""Kinds of label files, recognised by their header, and what a row of each says.

A diagnosis of an archive may be wider than one of the nine: HAM10000's `akiec` mixes in Bowen's disease, its
`bkl` seborrheic keratosis. A person's own table means the diagnosis that it names, and no other.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from naevia.errors import DataError
from naevia.taxonomy import CODES, find_diagnosis
from naevia_train.labelling.label_book import LabelBook, RowError
from naevia_train.labelling.metadata import FACT_COLUMNS
from naevia_train.labelling.statements import Statement
from naevia_train.labelling.tables import LESION_COLUMNS, PATIENT_COLUMNS

Cells = Mapping[str, str]
RowReader = Callable[[Cells, str, LabelBook], None]
"""Fills the book from a row and the image id in it."""

_HAM10000: dict[str, Statement] = {code: (code,) for code in CODES} | {
    "akiec": ("akiec", "scc"),
    "bkl": ("bkl", "sk"),
}
_ISIC_2018 = ("mel", "nv", "bcc", "akiec", "bkl", "df", "vasc")
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
_ID_COLUMNS = ("image_id", "isic_id", "image", "id", "filename", "file")
_LABEL_COLUMNS = ("diagnosis", "label", "dx", "class")
_MARKS = {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}


class Kind(NamedTuple):
    """How a label file is read.

    Attributes:
        id_column: Where its image ids stand.
        read: Reads the diagnosis of a row.
        unread: Columns of a person's own table that nothing reads.
    """

    id_column: str
    read: RowReader
    unread: tuple[str, ...] = ()


def recognise(header: Sequence[str], path: Path) -> Kind:
    """The kind of a label file.

    Args:
        header: Names of its columns, in lower case.
        path: The file, for the message.

    Raises:
        DataError: It is of no known kind.
    """
    names = set(header)
    if {"image", *_ISIC_2019} <= names:
        return Kind("image", _one_marked("ISIC 2019", _ISIC_2019))
    if {"image", *_ISIC_2018} == names:  # the challenge's images are those of HAM10000
        return Kind("image", _one_marked("HAM10000", {code: _HAM10000[code] for code in _ISIC_2018}))
    if {"image_id", "melanoma", "seborrheic_keratosis"} <= names:
        return Kind("image_id", _read_isic_2017)
    if {"image_id", "dx", "dx_type"} <= names:
        return Kind("image_id", _named("HAM10000", "dx", _HAM10000))
    return _own(header, path)


def _own(header: Sequence[str], path: Path) -> Kind:
    """A person's own table: one column of diagnoses, one for each of them, or lesions and patients alone."""
    id_column, label = (_first(header, columns) for columns in (_ID_COLUMNS, _LABEL_COLUMNS))
    marks = {name: statement for name in header if (statement := _own_mark(name)) is not None}
    groups = [name for columns in (LESION_COLUMNS, PATIENT_COLUMNS) if (name := _first(header, columns))]
    if id_column and label:
        read, used = _named("own table", label, {code: (code,) for code in CODES}), [label]
    elif id_column and len(marks) > 1:
        read, used = _one_marked("own table", marks), [*marks]
    elif id_column and groups:
        read, used = _says_nothing, []
    else:
        raise DataError(
            f"{path}, row 1: the header {', '.join(header[:6]) or '(none)'} is no known label file; "
            f"{_missing(id_column)}; expected HAM10000 metadata, ISIC 2017, 2018 or 2019 ground truth or "
            "metadata, or columns `image_id` and `diagnosis`"
        )
    known = {"", id_column, *used, *groups, *FACT_COLUMNS}
    return Kind(id_column, read, tuple(name for name in header if name not in known))


def _first(header: Sequence[str], wanted: Iterable[str]) -> str:
    return next((name for name in wanted if name in header), "")


def _missing(id_column: str) -> str:
    if not id_column:
        return f"it has no column of image ids ({', '.join(_ID_COLUMNS)})"
    named = ", ".join(_LABEL_COLUMNS)
    return f"beside {id_column} it has no column of diagnoses ({named}, or one per diagnosis)"


def _own_mark(name: str) -> Statement | None:
    """What a mark in a column of this name says, or None when the name is no diagnosis."""
    diagnosis = find_diagnosis(name)
    return (diagnosis.code,) if diagnosis else () if name == "unk" else None


def _says_nothing(row: Cells, image_id: str, book: LabelBook) -> None:
    """A row without a diagnosis."""


def _one_marked(authority: str, columns: Mapping[str, Statement]) -> RowReader:
    def read(row: Cells, image_id: str, book: LabelBook) -> None:
        chosen = [name for name in columns if row[name].strip() and _marked(row[name], image_id)]
        if len(chosen) != 1:
            message = f"expected exactly one diagnosis marked 1, found {len(chosen)}"
            raise RowError("malformed row", image_id, message)
        book.add(image_id, authority, chosen[0], columns[chosen[0]])

    return read


def _marked(text: str, image_id: str) -> bool:
    """Whether a cell is marked: 1 or 0, with any decimals, by comma or point, or a word."""
    mark = _MARKS.get(re.sub(r"[.,]0+$", "", text.strip().lower()))
    if mark is None:
        raise RowError("malformed row", image_id, f"expected a mark of 1 or 0, found {text.strip()!r}")
    return mark


def _named(authority: str, column: str, statements: Mapping[str, Statement]) -> RowReader:
    def read(row: Cells, image_id: str, book: LabelBook) -> None:
        word = row[column].strip()
        if not word:
            return
        diagnosis = find_diagnosis(word)
        if diagnosis is None:
            message = f"{column} {word!r} is none of {', '.join(CODES)} nor a full name of one"
            raise RowError("unknown diagnosis", word, message)
        book.add(image_id, authority, word, statements[diagnosis.code])

    return read


def _read_isic_2017(row: Cells, image_id: str, book: LabelBook) -> None:
    marks = tuple(_marked(row[name], image_id) for name in ("melanoma", "seborrheic_keratosis"))
    if marks == (True, True):
        message = "expected at most one of melanoma and seborrheic_keratosis, found both"
        raise RowError("malformed row", image_id, message)
    word, code = ("melanoma", "mel") if marks[0] else ("seborrheic_keratosis", "sk")
    if marks == (False, False):
        word, code = "neither", "nv"
    book.add(image_id, "ISIC 2017", word, (code,))
