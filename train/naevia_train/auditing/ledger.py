"""The audit's notes about every file, on disk, so that memory does not grow with the number of files."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter, itemgetter
from pathlib import Path
from types import TracebackType
from typing import Literal, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from naevia_train.auditing.findings import CopyKind
from naevia_train.auditing.spool import SPOOL_TABLE, Spool
from naevia_train.labelling.collect import FoundFile

Finding = TypeVar("Finding")

_TABLES = """
CREATE TABLE found (
    number INTEGER PRIMARY KEY, name TEXT, source TEXT, image_id TEXT,
    folder_word TEXT, folder_label TEXT, declared TEXT
);
CREATE TABLE files (
    number INTEGER PRIMARY KEY, sha256 TEXT, format TEXT, width_px INTEGER, height_px INTEGER, pixels BLOB,
    phash TEXT, contrast REAL, picture INTEGER, repeated INTEGER DEFAULT 0
);
CREATE INDEX by_picture ON files (picture, number);
CREATE TABLE unreadable (number INTEGER PRIMARY KEY, sha256 TEXT, problem TEXT, message TEXT);
CREATE TABLE links (
    first INTEGER, second INTEGER, kind TEXT, turned TEXT, hash_bits INTEGER, similarity REAL
);
CREATE INDEX by_first ON links (first);
CREATE TABLE members (kind TEXT, key TEXT, picture INTEGER, held_out INTEGER);
CREATE INDEX by_key ON members (kind, key);
"""
_FOUND = ("name", "source", "image_id", "folder_word", "folder_label", "declared")
_FOUND_FIELDS = attrgetter(*_FOUND)
_FILE = ("sha256", "format", "width_px", "height_px", "pixels", "phash")
_FILE_FIELDS = attrgetter(*_FILE)
_FILES = f"""
SELECT picture, number, repeated, {", ".join(_FILE)}, {", ".join(_FOUND)}
FROM files JOIN found USING (number)
"""  # noqa: S608
_REPEATS = {
    "bytes": ("sha256", "files"),
    "pixels": ("pixels", "files WHERE NOT repeated"),
    "id": ("image_id", "files JOIN found USING (number)"),
}
_CHUNK = 500


@dataclass(frozen=True, slots=True)
class SurveyedFile:
    """A readable file, without its bulk.

    Attributes:
        number: Its place among all files found, from 0 on.
        found: The file.
        sha256: Hash of its bytes.
        format: What it really is, such as `JPEG`.
        width_px: Width, upright.
        height_px: Height, upright.
        pixels: Hash of the decoded photo.
        phash: Perceptual hash, 16 hexadecimal digits.
        repeated: Whether an earlier file has the same bytes or pixels.
    """

    number: int
    found: FoundFile
    sha256: str
    format: str
    width_px: int
    height_px: int
    pixels: bytes
    phash: str
    repeated: bool


@dataclass(frozen=True, slots=True)
class UnreadableFile:
    """A file that is no usable image, and why."""

    found: FoundFile
    sha256: str
    problem: str
    message: str


class Link(NamedTuple):
    """Why two files, by number, are held for one picture; see `CopyLink`."""

    first: int
    second: int
    kind: CopyKind
    turned: str
    hash_bits: int
    similarity: float


class Look(NamedTuple):
    """What tells whether a file can be compared with another, and how."""

    sha256: str
    phash: str
    contrast: float


class Ledger:
    """Files, links between them and findings, in a database of its own that vanishes when it is closed.

    Files are known by number, in the order they were found; a picture is known by its first file's number.

    Args:
        root: The data root.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._database = sqlite3.connect("", isolation_level=None)  # no name: a temporary file
        self._database.executescript(f"PRAGMA journal_mode = OFF; {_TABLES} {SPOOL_TABLE}")

    def __enter__(self) -> Ledger:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._database.close()

    def add_found(self, files: Iterable[FoundFile]) -> None:
        """Note the files to be read, in order."""
        self._database.executemany(
            "INSERT INTO found VALUES (?,?,?,?,?,?,?)",
            ((number, *_FOUND_FIELDS(file)) for number, file in enumerate(files)),
        )

    def add_readable(self, file: SurveyedFile, contrast: float) -> None:
        """Note what a readable file says; until it is linked with others, it is a picture of its own."""
        self._database.execute(
            "INSERT INTO files VALUES (?,?,?,?,?,?,?,?,?,0)",
            (file.number, *_FILE_FIELDS(file), contrast, file.number),
        )

    def add_unreadable(self, number: int, sha256: str, problem: str, message: str) -> None:
        """Note what is wrong with a file."""
        self._database.execute("INSERT INTO unreadable VALUES (?,?,?,?)", (number, sha256, problem, message))

    def count(self, what: Literal["found", "files", "unreadable"]) -> int:
        """Number of files found, of the readable ones, or of the others."""
        return int(self._database.execute(f"SELECT COUNT(*) FROM {what}").fetchone()[0])  # noqa: S608

    def found(self, start: int, stop: int) -> list[FoundFile]:
        """The files found with numbers from `start` to `stop` - 1."""
        query = f"SELECT {', '.join(_FOUND)} FROM found WHERE number >= ? AND number < ?"  # noqa: S608
        rows = self._database.execute(query, (start, stop))
        return [FoundFile(self._root, *row) for row in rows]

    def declared(self) -> tuple[str, ...]:
        """The splits that folders of files are named after, in order."""
        query = "SELECT DISTINCT declared FROM found WHERE declared IS NOT NULL ORDER BY 1"
        return tuple(name for (name,) in self._database.execute(query))

    def image_id(self, number: int) -> str:
        """The id of a file's image."""
        query = "SELECT image_id FROM found WHERE number = ?"
        return str(self._database.execute(query, (number,)).fetchone()[0])

    def files(self) -> Iterator[SurveyedFile]:
        """The readable files, in order."""
        return map(self._file, self._database.execute(f"{_FILES} ORDER BY number"))

    def unreadable(self) -> Iterator[UnreadableFile]:
        """The other files, in order."""
        rows = self._database.execute("SELECT * FROM unreadable ORDER BY number")
        return (UnreadableFile(self.found(row[0], row[0] + 1)[0], *row[1:]) for row in rows)

    def pictures(self) -> Iterator[tuple[SurveyedFile, ...]]:
        """The files of each picture, in the order of their first files."""
        rows = self._database.execute(f"{_FILES} ORDER BY picture, number")
        return (tuple(map(self._file, members)) for _, members in groupby(rows, key=itemgetter(0)))

    def picture(self, number: int) -> tuple[SurveyedFile, ...]:
        """The files of one picture, in order."""
        rows = self._database.execute(f"{_FILES} WHERE picture = ? ORDER BY number", (number,))
        return tuple(map(self._file, rows))

    def _file(self, row: Sequence[object]) -> SurveyedFile:
        _, number, repeated, *said = row
        found = FoundFile(self._root, *said[len(_FILE) :])
        return SurveyedFile(number, found, *said[: len(_FILE)], bool(repeated))

    def repeats(self, kind: Literal["bytes", "pixels", "id"]) -> list[tuple[int, int]]:
        """Each file that repeats an earlier one, after the first such file, by number.

        Files that repeat another's bytes are not looked at for their pixels.
        """
        column, files = _REPEATS[kind]
        firsts = f"SELECT number, MIN(number) OVER (PARTITION BY {column}) AS first FROM {files}"  # noqa: S608
        query = f"SELECT first, number FROM ({firsts}) WHERE first < number ORDER BY number"  # noqa: S608
        return self._database.execute(query).fetchall()

    def look(self, number: int) -> Look:
        """What a file looks like."""
        query = "SELECT sha256, phash, contrast FROM files WHERE number = ?"
        return Look(*self._database.execute(query, (number,)).fetchone())

    def comparable(self, contrast: float) -> NDArray[np.int64]:
        """Numbers of the files that repeat no other and have more contrast."""
        query = "SELECT number FROM files WHERE NOT repeated AND contrast > ? ORDER BY number"
        rows = self._database.execute(query, (contrast,))
        return np.fromiter((number for (number,) in rows), np.int64)

    def sha256s(self, numbers: NDArray[np.int64]) -> Iterator[str]:
        """The hashes of the bytes of files, in the order asked for; `numbers` has shape (n,)."""
        for start in range(0, len(numbers), _CHUNK):
            chunk = numbers[start : start + _CHUNK].tolist()
            marks = ",".join("?" * len(chunk))
            query = f"SELECT number, sha256 FROM files WHERE number IN ({marks})"  # noqa: S608
            found = dict(self._database.execute(query, chunk).fetchall())
            yield from (found[number] for number in chunk)

    def add_links(self, links: Iterable[Link]) -> None:
        """Note links; the second of two files with the same bytes or pixels repeats the first."""
        for link in links:
            self._database.execute("INSERT INTO links VALUES (?,?,?,?,?,?)", link)
            if link.kind in ("bytes", "pixels"):
                self._database.execute("UPDATE files SET repeated = 1 WHERE number = ?", (link.second,))

    def links(self, kind: CopyKind) -> Iterator[Link]:
        """The links of a kind, in the order they were found."""
        rows = self._database.execute("SELECT * FROM links WHERE kind = ? ORDER BY rowid", (kind,))
        return map(Link._make, rows)

    def links_within(self, picture: int) -> list[Link]:
        """The links between the files of a picture, in the order they were found."""
        rows = self._database.execute(
            "SELECT links.* FROM files JOIN links ON first = number WHERE picture = ? ORDER BY links.rowid",
            (picture,),
        )
        return list(map(Link._make, rows))

    def linked(self) -> list[int]:
        """Numbers of the files that are linked with others, ascending."""
        rows = self._database.execute("SELECT first FROM links UNION SELECT second FROM links ORDER BY 1")
        return [number for (number,) in rows]

    def join(self, pictures: Iterable[tuple[int, int]]) -> None:
        """Note files, by number, that belong to the picture of an earlier file."""
        self._database.executemany("UPDATE files SET picture = ?1 WHERE number = ?2", pictures)

    def add_member(self, kind: str, key: str, picture: int, *, held_out: bool) -> None:
        """Note the lesion or patient of a picture, and whether a file of it was declared held out."""
        self._database.execute("INSERT INTO members VALUES (?,?,?,?)", (kind, key, picture, held_out))

    def held_out_keys(self, kind: str) -> list[str]:
        """Lesions or patients of pictures with a held-out file, in the order they were noted."""
        rows = self._database.execute(
            "SELECT key FROM members WHERE kind = ? GROUP BY key HAVING MAX(held_out) ORDER BY MIN(rowid)",
            (kind,),
        )
        return [key for (key,) in rows]

    def members(self, kind: str, key: str) -> list[int]:
        """The pictures of a lesion or patient, in order."""
        query = "SELECT picture FROM members WHERE kind = ? AND key = ? ORDER BY rowid"
        return [picture for (picture,) in self._database.execute(query, (kind, key))]

    def spool(self, kind: type[Finding]) -> Spool[Finding]:
        """The findings of a kind."""
        return Spool(self._database, kind)
