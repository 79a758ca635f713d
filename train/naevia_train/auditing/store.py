"""The cache: what was read from files before, by path, size and time of change, in one SQLite file."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from naevia_train.auditing.facts import FACTS_VERSION, Facts, Reading
from naevia_train.auditing.phash import THUMBNAIL_PX

CACHE_VARIABLE = "NAEVIA_CACHE"

Stamp = tuple[str, int, int]
"""A file's absolute path, size in bytes and time of change in nanoseconds."""

_TABLES = """
CREATE TABLE IF NOT EXISTS version (version TEXT PRIMARY KEY);
CREATE TABLE IF NOT EXISTS files (
    path TEXT PRIMARY KEY, size INTEGER, changed_ns INTEGER, sha256 TEXT
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS facts (
    sha256 TEXT PRIMARY KEY, format TEXT, width_px INTEGER, height_px INTEGER,
    pixels BLOB, hashes BLOB, thumbnail BLOB, features BLOB
);
CREATE TABLE IF NOT EXISTS results (key TEXT PRIMARY KEY, value BLOB) WITHOUT ROWID;
"""
_CHUNK = 500


def default_cache() -> Path:
    """Where facts are kept when nobody says otherwise: `NAEVIA_CACHE`, or the user's own cache folder."""
    import platformdirs

    return Path(os.environ.get(CACHE_VARIABLE) or platformdirs.user_cache_dir("naevia")) / "audit"


class FactStore:
    """Readings on disk. A store that is damaged or of another version is started afresh; it is only a cache.

    It holds small pictures of patients' photos and their paths, so only its owner can read it.

    Args:
        folder: The folder that holds it; it is made when missing.

    Raises:
        OSError: The folder or the file cannot be made, or belongs to somebody else.
        sqlite3.OperationalError: The file cannot be used.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._path = folder / "facts.sqlite"
        if all(path.name.startswith(self._path.name) for path in folder.iterdir()):
            folder.chmod(0o700)  # a folder that holds other files is its owner's to open
        try:
            self._database = self._open()
        except sqlite3.OperationalError:
            raise
        except sqlite3.DatabaseError:  # not a database, or a damaged one
            self._path.unlink(missing_ok=True)
            self._database = self._open()

    def __enter__(self) -> FactStore:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._database.close()

    def known(self, stamps: Sequence[Stamp]) -> Iterator[Reading | None]:
        """For each file its reading (facts left out), or None where it is unknown or changed."""
        for start in range(0, len(stamps), _CHUNK):
            chunk = stamps[start : start + _CHUNK]
            marks = ",".join("?" * len(chunk))
            rows = self._database.execute(
                f"SELECT path, size, changed_ns, sha256 FROM files WHERE path IN ({marks})",  # noqa: S608
                [path for path, _, _ in chunk],
            )
            found = {row[:3]: Reading(row[3], None) for row in rows}
            yield from map(found.get, chunk)

    def facts(self, hashes: Sequence[str]) -> Iterator[Facts]:
        """The facts of readable files, in the order asked for.

        Args:
            hashes: SHA-256 of files that the store knows.
        """
        for start in range(0, len(hashes), _CHUNK):
            chunk = hashes[start : start + _CHUNK]
            marks = ",".join("?" * len(chunk))
            rows = self._database.execute(f"SELECT * FROM facts WHERE sha256 IN ({marks})", list(chunk))  # noqa: S608
            found = {row[0]: _facts(row[1:]) for row in rows}
            yield from (found[sha256] for sha256 in chunk)

    def window_hashes(self, hashes: Sequence[str]) -> NDArray[np.uint64]:
        """Perceptual hashes of the windows of readable files, in the order asked for, shape (n, 25)."""
        return self._blobs("hashes", hashes).view(np.uint64)

    def thumbnails(self, hashes: Sequence[str]) -> NDArray[np.uint8]:
        """Thumbnails of readable files, in the order asked for, shape (n, 64, 64)."""
        return self._blobs("thumbnail", hashes).reshape(-1, THUMBNAIL_PX, THUMBNAIL_PX)

    def _blobs(self, column: str, hashes: Sequence[str]) -> NDArray[np.uint8]:
        """What a column holds, one row of bytes for each file; all are of one length."""
        rows = []
        for start in range(0, len(hashes), _CHUNK):
            chunk = hashes[start : start + _CHUNK]
            query = f"SELECT sha256, {column} FROM facts WHERE sha256 IN ({','.join('?' * len(chunk))})"  # noqa: S608
            found = dict(self._database.execute(query, list(chunk)).fetchall())
            rows += [np.frombuffer(found[sha256], np.uint8) for sha256 in chunk]
        return np.stack(rows)

    def add(self, readings: Iterable[tuple[Stamp, Reading]]) -> None:
        """Keep readings of readable files."""
        with self._database:
            for stamp, reading in readings:
                self._database.execute(
                    "INSERT OR REPLACE INTO files VALUES (?,?,?,?)", (*stamp, reading.sha256)
                )
                self._database.execute(
                    "INSERT OR REPLACE INTO facts VALUES (?,?,?,?,?,?,?,?)",
                    (reading.sha256, *_columns(reading.facts)),
                )

    def remembered(self, rests_on: Iterable[str], compute: Callable[[], object]) -> Any:
        """What was worked out before from the same things, or else is worked out and kept now.

        Args:
            rests_on: Everything that the result depends on, the version of its making first.
            compute: Works it out, as JSON holds it.
        """
        hashed = hashlib.sha256()
        for part in rests_on:
            hashed.update(f"{part}\n".encode())
        key = hashed.hexdigest()
        row = self._database.execute("SELECT value FROM results WHERE key = ?", (key,)).fetchone()
        value = row[0] if row else json.dumps(compute()).encode()
        if not row:
            with self._database:
                self._database.execute("INSERT OR REPLACE INTO results VALUES (?,?)", (key, value))
        return json.loads(value)

    def _open(self) -> sqlite3.Connection:
        self._path.touch(mode=0o600)  # or SQLite would make it, and the files beside it, for everybody
        for path in self._path.parent.glob(f"{self._path.name}*"):
            with contextlib.suppress(FileNotFoundError):  # another audit has just ended
                path.chmod(0o600)
        database = sqlite3.connect(self._path, timeout=60)
        try:
            database.execute("PRAGMA journal_mode=WAL")
            database.execute("PRAGMA synchronous=OFF")
            database.executescript(_TABLES)
            if database.execute("SELECT version FROM version").fetchall() != [(FACTS_VERSION,)]:
                tables = ("version", "files", "facts", "results")
                dropped = "".join(f"DROP TABLE {table};" for table in tables)
                database.executescript(f"BEGIN IMMEDIATE; {dropped} {_TABLES} COMMIT;")
                with database:
                    database.execute("INSERT INTO version VALUES (?)", (FACTS_VERSION,))
        except sqlite3.DatabaseError:
            with contextlib.suppress(sqlite3.Error):
                database.close()
            raise
        return database


def _columns(facts: Facts) -> tuple[object, ...]:
    return (
        facts.format,
        facts.width_px,
        facts.height_px,
        facts.pixels,
        facts.hashes.tobytes(),
        facts.thumbnail.tobytes(),
        facts.features.tobytes(),
    )


def _facts(row: Sequence[object]) -> Facts:
    kind, width_px, height_px, pixels, hashes, thumbnail, features = row
    return Facts(
        format=str(kind),
        width_px=int(width_px),
        height_px=int(height_px),
        pixels=bytes(pixels),
        hashes=np.frombuffer(hashes, np.uint64),
        thumbnail=np.frombuffer(thumbnail, np.uint8).reshape(THUMBNAIL_PX, THUMBNAIL_PX),
        features=np.frombuffer(features, np.float32),
    )
