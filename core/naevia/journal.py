"""The journal of a scan: each row as soon as it is there, so that a scan that was stopped or killed goes on.

A SQLite file beside the output. A row is in it once `Journal.add` returns, whatever then happens to the
program; losing power may cost the last few. It belongs to one folder, model, provider and version of Naevia,
because rows of two are not one table. Source: SQLite, "Write-Ahead Logging".
"""

from __future__ import annotations

import hashlib
import json
import os
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from naevia._version import __version__
from naevia.contract import sha256_of
from naevia.errors import NaeviaError, UsageError
from naevia.rows import COLUMNS, KeptRow, Row
from naevia.session import Session

_MAGIC = b"SQLite format 3\0"
_APPLICATION_ID = 0x4E616576  # "Naev"
_HEAD_BYTES = 72  # it ends with the application id; source: SQLite, "Database File Format", 1.3
_SCHEMA = """
CREATE TABLE IF NOT EXISTS scan (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS rows (
    number INTEGER PRIMARY KEY,
    path BLOB NOT NULL UNIQUE,
    state TEXT NOT NULL,
    cells TEXT NOT NULL,
    seal TEXT NOT NULL
);
"""
_ADD = """
INSERT INTO rows (path, state, cells, seal) VALUES (?, ?, ?, ?)
ON CONFLICT (path) DO UPDATE SET state = excluded.state, cells = excluded.cells, seal = excluded.seal
"""
_RETRY = "UPDATE rows SET state = '' WHERE json_extract(cells, '$.status') = 'error'"
"""What could not be read is owed again: it may be readable now, or no longer be there."""
_FIND = "SELECT path, state, cells, seal FROM rows WHERE path = ?"
_ALL = "SELECT path, state, cells, seal FROM rows WHERE state != '' ORDER BY number"
_UNKNOWN = "?"
_IN_USE = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
_UNWRITABLE = {
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_NOMEM,
    sqlite3.SQLITE_PERM,
    sqlite3.SQLITE_PROTOCOL,
    sqlite3.SQLITE_READONLY,
}


class JournalError(UsageError):
    """A journal that cannot be gone on with as it is; to restart forgets it.

    Args:
        problem: What is wrong with it.
        remedy: What to do about it on the command line.
    """

    def __init__(self, problem: str, remedy: str) -> None:
        super().__init__(f"{problem}; {remedy}")
        self.problem = problem


class _DamagedError(JournalError):
    pass


def journal_path(output: Path) -> Path:
    """Where the rows lie until the last one is there."""
    return output.with_name(output.name + ".journal")


def journal_files(output: Path) -> tuple[Path, ...]:
    """Every file that the journal of an output may consist of."""
    path = journal_path(output)
    return (path, *(path.with_name(path.name + ending) for ending in ("-wal", "-shm", "-journal")))


def output_of(journal: Path) -> Path:
    """Which output a journal is of; a path that is no journal's stays as it is."""
    return journal.with_name(journal.name.removesuffix(".journal"))


def begun_outputs(folder: Path, place: Path) -> list[Path]:
    """The outputs in a place that earlier scans of a folder began and that are not there yet, by name.

    Args:
        folder: The folder that was scanned.
        place: The folder in which journals are looked for. What is none, cannot be read or is held by a scan
            that is running is passed over.
    """
    wanted = os.fsencode(folder.resolve()).hex()
    journals = (path for path in place.glob("*.journal") if path.is_file())
    return sorted(output_of(path) for path in journals if _scanned(path.absolute()) == wanted)


def _scanned(journal: Path) -> str | None:
    """The folder that a journal says it is of, as it writes it; None for what is no journal.

    All through SQLite: to open and close the file would let go of the lock of a scan in this very program.
    """
    with suppress(sqlite3.Error, UnicodeDecodeError):
        # Looked at first in a way that changes nothing: it may be somebody else's file.
        with closing(sqlite3.connect(f"{journal.as_uri()}?immutable=1", uri=True)) as base:
            (application,) = base.execute("PRAGMA application_id").fetchone()
        if application == _APPLICATION_ID:
            with closing(sqlite3.connect(journal, timeout=0)) as base:
                base.execute("PRAGMA locking_mode = EXCLUSIVE")
                (folder,) = base.execute("SELECT value FROM scan WHERE name = 'folder'").fetchone() or (None,)
                return folder
    return None


class Journal:
    """The rows of one scan that are already known; a context manager that one program at a time can hold.

    Leaving the block keeps the file; `remove` deletes it once the table is written. Whatever is asked of a
    journal raises JournalError where the file is damaged, and NaeviaError where it cannot be written.

    Args:
        output: The table that the scan makes; its folder must exist.
        folder: The folder that is scanned.
        session: The open model.
        restart: Forget what an earlier scan left, damaged or not.

    Attributes:
        path: The file.

    Raises:
        JournalError: It is of another scan or damaged.
        UsageError: Another scan holds it, the file is no journal, or none can be made there.
        NaeviaError: The disk is full.
    """

    def __init__(self, output: Path, folder: Path, session: Session, *, restart: bool = False) -> None:
        self.path = journal_path(output.absolute())
        self._output, self._root, self._restart = output, folder.resolve(), restart
        self._scan = {
            "folder": os.fsencode(self._root).hex(),
            "model": session.model_sha256,
            "provider": session.provider.name,
            "naevia": __version__,
        }
        self._waiting: dict[str, str] = {}

    def __enter__(self) -> Self:
        self._check_ours()
        self._connect()
        try:
            if self._restart:
                self._forget()
                self._connect()
            with self._told(opening=True):
                self._open()
        except BaseException:
            self._base.close()
            raise
        return self

    def _check_ours(self) -> None:
        """Refuse somebody else's file before SQLite changes a byte of it."""
        if self.path.exists() and not self.path.is_file():
            raise UsageError(
                f"{self.path} is a folder, a pipe or a device, expected a file or none; choose another output"
            )
        head = b""
        try:
            if self.path.is_file():
                with self.path.open("rb") as file:
                    head = file.read(_HEAD_BYTES)
        except OSError as error:
            raise UsageError(f"{self.path} cannot be read: {error.strerror}; choose another place") from error
        if head and not (head.startswith(_MAGIC) and head.endswith(_APPLICATION_ID.to_bytes(4, "big"))):
            raise UsageError(
                f"{self.path} is no journal of a scan; delete it to begin anew, or choose another output"
            )

    def _connect(self) -> None:
        with self._told(opening=True):
            self._base = sqlite3.connect(self.path, timeout=0, isolation_level=None)

    def _forget(self) -> None:
        """Delete what an earlier scan left, unless that scan is still running."""
        with suppress(_DamagedError), self._told(opening=True):
            self._base.execute("PRAGMA locking_mode = EXCLUSIVE")
            self._base.execute("BEGIN EXCLUSIVE")
        self.remove()

    def _open(self) -> None:
        self._base.execute("PRAGMA locking_mode = EXCLUSIVE")
        self._base.execute(f"PRAGMA application_id = {_APPLICATION_ID}")
        self._base.execute("PRAGMA journal_mode = WAL")
        self._base.execute("PRAGMA synchronous = NORMAL")
        self._base.execute("BEGIN EXCLUSIVE")
        for statement in _SCHEMA.split(";"):
            self._base.execute(statement)
        if self._restart or self.count() == 0:
            self._base.execute("DELETE FROM rows")
            self._base.execute("DELETE FROM scan")
            self._base.executemany("INSERT INTO scan VALUES (?, ?)", self._scan.items())
        earlier = dict(self._base.execute("SELECT name, value FROM scan"))
        self._base.execute("COMMIT")
        if different := [name for name, value in self._scan.items() if earlier.get(name) != value]:
            raise JournalError(
                f"{self.path} holds {self.count()} rows of a scan with another {' and '.join(different)}",
                "give the same to go on with it, --restart to forget it, or another --output",
            )
        self._base.execute(_RETRY)

    @contextmanager
    def _told(self, *, opening: bool = False) -> Iterator[None]:
        """Say in Naevia's own errors what SQLite has to say."""
        try:
            yield
        except UnicodeDecodeError as error:  # SQLite's own words had damaged ones in them
            raise self._damaged(error.reason) from error
        except sqlite3.Error as error:
            code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_CORRUPT) & 0xFF
            if code in _IN_USE:
                raise UsageError(
                    f"another scan is writing {self._output}; let it end, or choose another output"
                ) from error
            if code not in _UNWRITABLE:
                raise self._damaged(str(error)) from error
            if opening and code != sqlite3.SQLITE_FULL:
                raise UsageError(f"{self.path} cannot be written: {error}; choose another place") from error
            raise NaeviaError(
                f"{self.path} cannot be written: {error}; make room and scan to the same file again, it goes "
                "on where it stopped"
            ) from error

    def _damaged(self, detail: str) -> _DamagedError:
        return _DamagedError(
            f"{self.path} is damaged ({detail[:80]})", "give --restart to forget it and begin anew"
        )

    def _cells(self, path: bytes, state: str, text: str, seal: str) -> dict[str, Any]:
        """What a row holds; SQLite itself does not notice that a bit of it has changed."""
        with suppress(AttributeError, TypeError, ValueError):
            cells = json.loads(text)
            if seal == _seal(path, state, text) and tuple(cells) == COLUMNS:
                return dict(cells)
        raise self._damaged("what should be a row is none")

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # What was added is safe; a full disk may keep the rest from being tidied.
        with suppress(sqlite3.Error):
            self._base.close()

    def find(self, path: str) -> KeptRow | None:
        """A file's row; None where it has none, was not readable then, or has changed since.

        A file that looks unchanged is read and hashed: files of one size and time that have swapped their
        names must not swap their answers. One that cannot be read any more keeps the answer that it got, as
        one that is gone does.

        Args:
            path: Relative to the folder, as `Row.path`.
        """
        state = _state(self._root / path)
        with self._told():
            found = self._base.execute(_FIND, (os.fsencode(path),)).fetchone()
        if found and found[1] and state in (found[1], _UNKNOWN):
            cells = self._cells(*found)
            if cells["image_sha256"] and _hash(self._root / path) in (cells["image_sha256"], _UNKNOWN):
                return KeptRow.of(path, cells)
        self._waiting[path] = state
        return None

    def add(self, row: Row) -> None:
        """Keep one row; it replaces an earlier one of the same file. One that `find` gave is kept already."""
        if isinstance(row, KeptRow):
            return
        cells = json.dumps(row.to_dict(), separators=(",", ":"))
        state = self._waiting.pop(row.path, _UNKNOWN)
        with self._told():
            path = os.fsencode(row.path)
            self._base.execute(_ADD, (path, state, cells, _seal(path, state, cells)))

    def count(self) -> int:
        """Number of rows, without those that are owed again."""
        with self._told():
            return int(self._base.execute("SELECT COUNT(*) FROM rows WHERE state != ''").fetchone()[0])

    def rows(self) -> Iterator[Mapping[str, Any]]:
        """The cells of every row, by column, in the order in which files were first found.

        Files that were judged and are gone since keep their rows.
        """
        with self._told():
            for found in self._base.execute(_ALL):
                yield self._cells(*found)

    def remove(self) -> None:
        """Delete the file; the rows are elsewhere now, and one that cannot be deleted does no harm."""
        with suppress(sqlite3.Error):
            self._base.close()
        for path in journal_files(output_of(self.path)):
            with suppress(OSError):
                path.unlink()


def _seal(path: bytes, state: str, cells: str) -> str:
    """A hash of a row, by which it is told from one that was damaged."""
    return hashlib.sha256(b"\0".join((path, state.encode(), cells.encode()))).hexdigest()


def _state(path: Path) -> str:
    """What tells at little cost that a file has changed."""
    try:
        found = path.stat()
    except OSError:
        return _UNKNOWN
    return f"{found.st_size} {found.st_mtime_ns}"


def _hash(path: Path) -> str:
    try:
        return sha256_of(path)
    except OSError:
        return _UNKNOWN
