"""Journals that were damaged after they were written: one clear line, whatever is wrong with them."""

from __future__ import annotations

import os
import re
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from drawn_photos import Done, read_csv, write_photo

from naevia.journal import Journal, journal_path
from naevia.scan import scan
from naevia.session import Session

Naevia = Callable[..., Done]
MANY = 60


@pytest.fixture
def stopped(session: Session, tmp_path: Path) -> Path:
    """The journal of a scan of `in` to `x.csv` that was stopped before its table was written."""
    (tmp_path / "in").mkdir()
    photo = write_photo(tmp_path / "photo.png")
    for copy in range(MANY):
        os.link(photo, tmp_path / "in" / f"{copy:02}.png")
    with Journal(tmp_path / "x.csv", tmp_path / "in", session) as journal:
        for row in scan(tmp_path / "in", session):
            journal.find(row.path)
            journal.add(row)
    return journal_path(tmp_path / "x.csv")


def overwrite(journal: Path, start: float, end: float) -> None:
    """Fill a part of a file, given by fractions of its length, with what was never in it."""
    whole = bytearray(journal.read_bytes())
    first, last = int(start * len(whole)), int(end * len(whole))
    whole[first:last] = b"\xa5" * (last - first)
    journal.write_bytes(whole)


def rewrite(journal: Path, pattern: bytes, replacement: bytes) -> None:
    """Change every place of the file that is like the pattern, unused ones too, and no length."""
    before = journal.read_bytes()
    after = re.sub(pattern, replacement, before)
    assert after != before and len(after) == len(before)
    journal.write_bytes(after)


def change(journal: Path, statement: str) -> None:
    with sqlite3.connect(journal) as base:
        base.execute(statement)
    base.close()


@pytest.mark.parametrize(
    "damage",
    [
        lambda journal: rewrite(journal, rb'("malignant_probability":0\.9*)[0-8]', rb"\g<1>9"),
        lambda journal: rewrite(journal, b'"recommendation":"re', b'"recommendation":"se'),
        lambda journal: rewrite(journal, rb"20\.png(\d+ \d+)", rb"2p.png\1"),
        lambda journal: overwrite(journal, 0.3, 0.7),
        lambda journal: overwrite(journal, 0.9, 1.0),
        lambda journal: os.truncate(journal, journal.stat().st_size // 2),
        lambda journal: change(journal, "UPDATE rows SET cells = '{' WHERE number = 20"),
        lambda journal: change(journal, "UPDATE rows SET cells = '{}' WHERE number = 20"),
        lambda journal: change(journal, "UPDATE rows SET cells = x'ff' WHERE number = 20"),
        lambda journal: change(journal, "UPDATE rows SET cells = CAST(x'ff' AS TEXT) WHERE number = 20"),
        lambda journal: journal.write_bytes(
            journal.read_bytes().replace(b"CREATE TABLE rows", b"CREATE \xffABLE rows")
        ),
        lambda journal: change(journal, "ALTER TABLE rows RENAME COLUMN cells TO sells"),
        lambda journal: change(journal, "DROP TABLE scan"),
    ],
    ids=[
        "digit",
        "word",
        "path",
        "middle",
        "end",
        "cut",
        "json",
        "no-row",
        "bytes",
        "no-text",
        "schema",
        "column",
        "table",
    ],
)
def test_a_damaged_journal_is_told_in_one_line(
    naevia: Naevia, stopped: Path, tmp_path: Path, damage: Callable[[Path], None]
) -> None:
    damage(stopped)
    done = naevia("scan", tmp_path / "in", "-o", tmp_path / "x.csv")
    assert done.code == 2, done.err
    assert len(done.err.splitlines()) == 1
    assert "--restart to forget it" in done.err
    assert not (tmp_path / "x.csv").exists()
    assert naevia("scan", tmp_path / "in", "-o", tmp_path / "x.csv", "--restart").code == 0
    assert len(read_csv(tmp_path / "x.csv")) == MANY
    assert not stopped.exists()


def test_a_row_whose_state_alone_was_changed_is_told_where_its_file_is_gone(
    naevia: Naevia, stopped: Path, tmp_path: Path
) -> None:
    """A file that is there is judged again."""
    change(stopped, "UPDATE rows SET state = '1 1' WHERE number = 20")
    (tmp_path / "in" / "19.png").unlink()
    done = naevia("scan", tmp_path / "in", "-o", tmp_path / "x.csv")
    assert (done.code, len(done.err.splitlines())) == (2, 1)
    assert "--restart to forget it" in done.err
