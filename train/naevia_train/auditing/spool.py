"""Findings on disk: as many as there are, one in memory."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable, Iterator
from typing import Generic, TypeVar

from pydantic import TypeAdapter

Finding = TypeVar("Finding")

SPOOL_TABLE = """
CREATE TABLE findings (kind TEXT, place INTEGER, value TEXT, PRIMARY KEY (kind, place)) WITHOUT ROWID;
"""


class Spool(Collection[Finding], Generic[Finding]):
    """Findings of one kind in a database, read from it whenever they are gone through.

    Args:
        database: Holds `SPOOL_TABLE`.
        kind: The record that a finding is.
    """

    def __init__(self, database: sqlite3.Connection, kind: type[Finding]) -> None:
        self._database, self._kind = database, kind.__name__
        self._records = TypeAdapter(kind)
        self._next = 0

    def add(self, finding: Finding, *, place: int | None = None) -> None:
        """Keep a finding.

        Args:
            finding: The record.
            place: Where it stands in the order; nothing is kept where a finding stands already. By default it
                comes last.
        """
        self._database.execute(
            "INSERT OR IGNORE INTO findings VALUES (?,?,?)",
            (self._kind, self._next if place is None else place, self._records.dump_json(finding)),
        )
        self._next += 1

    def extend(self, findings: Iterable[Finding]) -> None:
        """Keep findings, in their order."""
        for finding in findings:
            self.add(finding)

    def __iter__(self) -> Iterator[Finding]:
        rows = self._database.execute(
            "SELECT value FROM findings WHERE kind = ? ORDER BY place", (self._kind,)
        )
        return (self._records.validate_json(value) for (value,) in rows)

    def __len__(self) -> int:
        query = "SELECT COUNT(*) FROM findings WHERE kind = ?"
        return int(self._database.execute(query, (self._kind,)).fetchone()[0])

    def __contains__(self, finding: object) -> bool:
        return any(finding == kept for kept in self)
