r"""Writing the rows of a scan to a file, as they come.

Formats:

- `csv`: the columns of `naevia.rows.COLUMNS`, RFC 4180 (UTF-8, CR LF), empty where there is nothing.
- `jsonl`: one JSON object per line with the same names, null where there is nothing.
- `isic2018`: a submission for ISIC 2018 Task 3. The challenge knows seven diagnoses: actinic keratosis and
  squamous cell carcinoma add up to its AKIEC, which holds Bowen's disease, and pigmented benign and
  seborrheic keratosis to its BKL. `image` is the file's name without its ending. A file that could not be
  read has no probabilities and is left out; a refused photo is written.

Bytes of a file name that are not UTF-8 are written as `\udcXX`. In `csv` a path gets `./` before it, which is
the same file, where it would be taken for something else: for a formula of a spreadsheet, because it begins
with `=`, `+`, `-`, `@`, tab or CR, or for an empty cell, because it is `NA`, `null` or the like.
"""

from __future__ import annotations

import csv
import io
import json
import os
import stat
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from pathlib import Path, PurePosixPath
from types import TracebackType
from typing import Any, Literal, NamedTuple, Self, TextIO

from naevia.errors import NaeviaError, UsageError
from naevia.files import start_of
from naevia.image import looks_like_an_image
from naevia.rows import COLUMNS, Row

RowFormat = Literal["csv", "jsonl", "isic2018"]

_ISIC2018: dict[str, tuple[str, ...]] = {
    "MEL": ("mel",),
    "NV": ("nv",),
    "BCC": ("bcc",),
    "AKIEC": ("akiec", "scc"),
    "BKL": ("bkl", "sk"),
    "DF": ("df",),
    "VASC": ("vasc",),
}

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
_EMPTY_CELLS = frozenset(
    {
        "#N/A",
        "#N/A N/A",
        "#NA",
        "1.#IND",
        "1.#QNAN",
        "<NA>",
        "N/A",
        "NA",
        "NULL",
        "NaN",
        "None",
        "n/a",
        "nan",
        "null",
    }
)
"""What is read back as nothing. Source: pandas, `read_csv`, `na_values`."""


def format_of(output: Path) -> RowFormat:
    """The format that a file name's ending means.

    Raises:
        UsageError: It means none.
    """
    formats: dict[str, RowFormat] = {".csv": "csv", ".jsonl": "jsonl", ".ndjson": "jsonl"}
    if output.suffix.lower() not in formats:
        raise UsageError(f"{output}: expected a name that ends in .csv or .jsonl; or say which with --format")
    return formats[output.suffix.lower()]


def partial_path(output: Path) -> Path:
    """Where the rows go until the last one is written."""
    return output.with_name(output.name + ".partial")


class RowFile:
    """A file of rows that appears only when it is complete.

    A context manager. Rows go to `partial_path(output)`; leaving the block in good order moves that file to
    `output` and replaces what was there. Leaving it by an exception deletes it and leaves `output` as it was:
    a scan keeps its rows in a `Journal` meanwhile.

    Args:
        output: The file to make; its folder must exist. Where it is a link, the file that it points to.
        format: The format.

    Attributes:
        output: The file, with links followed.
        written: Rows written so far.
        left_out: Rows that the format cannot hold.
        doubled: Rows of a submission whose `image` another row has, too.

    Raises:
        UsageError: The file cannot be made there.
        NaeviaError: It could, and cannot any more: the disk is full or gone.
    """

    def __init__(self, output: Path, format: RowFormat) -> None:
        self.written = 0
        self.left_out = 0
        self.doubled = 0
        self._images: set[str] | None = set() if format == "isic2018" else None
        self._format = _FORMATS[format]
        try:
            self.output = Path(os.path.realpath(output))
            self.partial = partial_path(self.output)
            self._check_place(output)
            self._try_to_make()
        except OSError as error:
            raise UsageError(
                f"{partial_path(output)} cannot be written: {error.strerror}; choose another place"
            ) from error

    def _check_place(self, output: Path) -> None:
        if self.output.is_dir():
            raise UsageError(f"{output} is a folder; name a file in it")
        if self.output.exists() and not self.output.is_file():
            raise UsageError(f"{output} is a device or a pipe, expected a file or a new name")
        if not self.output.parent.is_dir():
            raise UsageError(
                f"{output} cannot be written: there is no folder {self.output.parent}; make it first"
            )
        for path in (self.output, self.partial):
            if looks_like_an_image(start_of(path)):
                raise UsageError(f"{path} is an image, not a table; choose another output")

    def _try_to_make(self) -> None:
        """Make the file that takes the rows, and leave nothing: only trying tells what a place allows."""
        is_new = not os.path.lexists(self.partial)
        if not is_new and not stat.S_ISREG(self.partial.lstat().st_mode):  # a link may lead to a photo
            raise UsageError(f"{self.partial} is a link, a folder, a pipe or a device; choose another place")
        self.partial.open("ab").close()
        if is_new:
            self.partial.unlink()

    def __enter__(self) -> Self:
        try:
            self._file: TextIO = self.partial.open(
                "w", encoding="utf-8", errors="backslashreplace", newline=""
            )
            self._file.write(self._format.header)
        except OSError as error:
            raise self._failed(error) from error
        return self

    def write(self, row: Row) -> None:
        """Write one row; raises as `write_cells`."""
        self.write_cells(row.to_dict())

    def write_cells(self, cells: Mapping[str, Any]) -> None:
        """Write one row that is given as `Row.to_dict` gives it.

        Raises:
            NaeviaError: The disk is full or gone.
        """
        line = self._format.line(cells)
        if line is None:
            self.left_out += 1
            return
        try:
            self._file.write(line)
        except OSError as error:
            raise self._failed(error) from error
        self.written += 1
        if self._images is not None:
            image = _image_of(cells)
            self.doubled += image in self._images
            self._images.add(image)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is not None:
            self._give_up()
            return
        try:
            with self._file:
                self._file.flush()
                os.fsync(self._file.fileno())
            self.partial.replace(self.output)
        except OSError as problem:
            self._give_up()
            raise self._failed(problem) from problem

    def _give_up(self) -> None:
        with suppress(OSError):  # closing tries to write again what failed before
            self._file.close()
        with suppress(OSError):
            self.partial.unlink()

    def _failed(self, error: OSError) -> NaeviaError:
        return NaeviaError(f"{self.output} cannot be written: {error.strerror}; make room and try again")


class _Format(NamedTuple):
    header: str
    line: Callable[[Mapping[str, Any]], str | None]


def _csv_line(cells: Iterable[Any]) -> str:
    text = io.StringIO(newline="")
    csv.writer(text).writerow(cells)
    return text.getvalue()


def _harmless(cells: Mapping[str, Any]) -> Mapping[str, Any]:
    path = cells["path"]
    is_harmful = path.startswith(_FORMULA_STARTS) or path in _EMPTY_CELLS
    return {**cells, "path": f"./{path}"} if is_harmful else cells


def _json_line(cells: Mapping[str, Any]) -> str:
    return json.dumps(cells, ensure_ascii=False, separators=(",", ":")) + "\n"


def _isic2018_line(cells: Mapping[str, Any]) -> str | None:
    if cells["status"] == "error":
        return None
    sums = [min(1.0, sum(cells[f"p_{code}"] for code in codes)) for codes in _ISIC2018.values()]
    return _csv_line([_image_of(cells), *sums])


def _image_of(cells: Mapping[str, Any]) -> str:
    return PurePosixPath(cells["path"]).stem


_FORMATS: dict[RowFormat, _Format] = {
    "csv": _Format(_csv_line(COLUMNS), lambda cells: _csv_line(_harmless(cells).values())),
    "jsonl": _Format("", _json_line),
    "isic2018": _Format(_csv_line(["image", *_ISIC2018]), _isic2018_line),
}
