"""Official labels: which CSV says what, and which of several statements about one image holds.

A statement is a tuple of diagnoses that it allows, the likeliest first: HAM10000's `akiec` mixes actinic
keratosis with Bowen's disease, which other sources file under squamous cell carcinoma; `bkl` mixes in
seborrheic keratosis.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from naevia.errors import DataError
from naevia.taxonomy import CODES, find_diagnosis

Statement = tuple[str, ...]
Row = Mapping[str, str]

AUTHORITIES = ("own table", "ISIC 2019", "HAM10000", "ISIC 2017")
"""From the highest to the lowest: a person's own table beats the archives, later ones beat earlier ones."""

_HAM10000: dict[str, Statement] = {code: (code,) for code in CODES} | {
    "akiec": ("akiec", "scc"),
    "bkl": ("bkl", "sk"),
}
_ISIC_2019: dict[str, Statement] = {
    "MEL": ("mel",),
    "NV": ("nv",),
    "BCC": ("bcc",),
    "AK": ("akiec",),
    "BKL": ("bkl", "sk"),
    "DF": ("df",),
    "VASC": ("vasc",),
    "SCC": ("scc",),
    "UNK": (),
}
_ID_COLUMNS = ("image_id", "isic_id", "image", "id", "filename", "file")
_LABEL_COLUMNS = ("diagnosis", "label", "dx", "class")


@dataclass
class LabelBook:
    """Everything the label files say.

    Attributes:
        statements: By image id, then by authority.
        lesions: Lesion id by image id.
    """

    statements: dict[str, dict[str, Statement]] = field(default_factory=dict)
    lesions: dict[str, str] = field(default_factory=dict)

    @property
    def image_ids(self) -> set[str]:
        """Ids that any label file lists."""
        return set(self.statements) | set(self.lesions)

    def add(self, image_id: str, authority: str, statement: Statement) -> None:
        """Note what an authority says; an empty statement says nothing."""
        if statement:
            self.statements.setdefault(image_id, {})[authority] = statement


@dataclass(frozen=True)
class Resolution:
    """The label that holds for one image.

    Attributes:
        label: Diagnosis code, or None when no label can be trusted.
        official: What the authorities alone say, or None when none knows the image.
        why: The reason, in words.
    """

    label: str | None
    official: str | None
    why: str


def resolve(statements: Mapping[str, Statement], folders: Iterable[str]) -> Resolution:
    """Decide an image's label by authority.

    Official beats folder. Where official statements overlap, the finest diagnosis they share holds; where
    they exclude each other, the higher authority holds. A folder may only refine an official label that
    leaves it open.

    Args:
        statements: By authority.
        folders: Diagnosis codes of the class folders that the image was found in.
    """
    folder_codes = set(folders)
    if not statements:
        return _by_folder(folder_codes)
    allowed: Statement = ()
    used: list[str] = []
    overruled: list[str] = []
    for authority in sorted(statements, key=AUTHORITIES.index):
        common = tuple(code for code in allowed or statements[authority] if code in statements[authority])
        (used if common else overruled).append(authority)
        allowed = common or allowed
    official, why = allowed[0], " and ".join(used)
    if overruled:
        why += f", against {' and '.join(overruled)}"
    if len(allowed) > 1 and len(folder_codes) == 1 and folder_codes <= set(allowed):
        (label,) = folder_codes
        return Resolution(label, official, f"{why}, refined by folder" if label != official else why)
    return Resolution(official, official, why)


def _by_folder(folder_codes: set[str]) -> Resolution:
    if len(folder_codes) == 1:
        (label,) = folder_codes
        return Resolution(label, None, "folder")
    if folder_codes:
        return Resolution(None, None, f"contradictory folders: {', '.join(sorted(folder_codes))}")
    return Resolution(None, None, "no label")


def read_label_files(paths: Iterable[Path]) -> LabelBook:
    """Read label files of any recognised kind into one book.

    Raises:
        DataError: A file cannot be read, has an unknown header, or a row that makes no sense.
    """
    book = LabelBook()
    for path in paths:
        _read_label_file(path, book)
    return book


def _read_label_file(path: Path, book: LabelBook) -> None:
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.DictReader(file)
            header = [name.strip() for name in reader.fieldnames or ()]
            reader.fieldnames = header
            read_row = _recognise(header, path)
            for number, row in enumerate(reader, start=2):
                if None in row.values() or None in row:
                    raise DataError(f"{path}, row {number}: expected {len(header)} columns; correct the row")
                problem = read_row(row, book)
                if problem:
                    raise DataError(f"{path}, row {number}: {problem}; correct the row")
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        reason = getattr(error, "strerror", None) or error
        raise DataError(f"{path} cannot be read as a CSV of labels: {reason}; check the file") from error


def _recognise(header: list[str], path: Path) -> Callable[[Row, LabelBook], str | None]:
    """The row reader for a header: it fills the book, or returns what is wrong with the row."""
    names = set(header)
    if {"image", "MEL", "NV", "SCC"} <= names:
        return _read_isic_2019
    if {"image_id", "melanoma", "seborrheic_keratosis"} <= names:
        return _read_isic_2017
    if {"lesion_id", "image_id", "dx"} <= names:
        return _read_ham10000
    id_column = next((name for name in _ID_COLUMNS if name in names), None)
    label_column = next((name for name in _LABEL_COLUMNS if name in names), None)
    if id_column and (label_column or "lesion_id" in names):
        return _own_table(id_column, label_column)
    raise DataError(
        f"{path}: the header {', '.join(header[:6]) or '(none)'} is no known label file; expected HAM10000 "
        "metadata, ISIC 2017 or 2019 ground truth or metadata, or columns `image_id` and `diagnosis`"
    )


def _read_isic_2019(row: Row, book: LabelBook) -> str | None:
    chosen = [name for name in _ISIC_2019 if row.get(name, "").strip() in ("1", "1.0")]
    if len(chosen) != 1:
        return f"expected exactly one diagnosis marked 1, found {len(chosen)}"
    book.add(row["image"], "ISIC 2019", _ISIC_2019[chosen[0]])
    return None


def _read_isic_2017(row: Row, book: LabelBook) -> str | None:
    marks = tuple(row[name].strip() in ("1", "1.0") for name in ("melanoma", "seborrheic_keratosis"))
    if marks == (True, True):
        return "expected at most one of melanoma and seborrheic_keratosis, found both"
    book.add(row["image_id"], "ISIC 2017", ("mel",) if marks[0] else ("sk",) if marks[1] else ("nv",))
    return None


def _read_ham10000(row: Row, book: LabelBook) -> str | None:
    if row["dx"] not in _HAM10000:
        return f"dx {row['dx']!r} is none of {', '.join(CODES)}"
    book.add(row["image_id"], "HAM10000", _HAM10000[row["dx"]])
    if row["lesion_id"]:
        book.lesions[row["image_id"]] = row["lesion_id"]
    return None


def _own_table(id_column: str, label_column: str | None) -> Callable[[Row, LabelBook], str | None]:
    def read(row: Row, book: LabelBook) -> str | None:
        image_id = Path(row[id_column].strip()).stem
        if not image_id:
            return f"the column {id_column} is empty"
        if lesion := (row.get("lesion_id") or "").strip():
            book.lesions.setdefault(image_id, lesion)
        if label_column and (word := row[label_column].strip()):
            diagnosis = find_diagnosis(word)
            if diagnosis is None:
                return f"{label_column} {word!r} is none of {', '.join(CODES)} nor a full name of one"
            book.add(image_id, "own table", (diagnosis.code,))
        return None

    return read
