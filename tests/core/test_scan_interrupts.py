"""Requests to end a scan, by Ctrl-C or SIGTERM, at moments at which they must not do what they like."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from drawn_photos import Done, write_photo

from naevia.cli._interrupts import Interrupts
from naevia.journal import Journal
from naevia.rows import Row

Naevia = Callable[..., Done]
POSIX_ONLY = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signals")


def _hear_interrupts() -> None:
    """A shell that starts the tests in the background tells them, and all they start, to ignore Ctrl-C."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@POSIX_ONLY
def test_an_interrupt_between_a_row_and_its_count_waits_for_both(
    photos: Path, tmp_path: Path, naevia: Naevia, monkeypatch: pytest.MonkeyPatch
) -> None:
    add = Journal.add

    def add_and_interrupt(journal: Journal, row: Row) -> None:
        add(journal, row)
        if journal.count() == 2:
            os.kill(os.getpid(), signal.SIGTERM)

    monkeypatch.setattr(Journal, "add", add_and_interrupt)
    done = naevia("scan", photos, "-o", tmp_path / "x.csv")
    assert "naevia: 2 of" in done.err
    assert done.code == 130


@POSIX_ONLY
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("broken", ["sqlite3", "rich.progress"])
def test_an_interrupt_while_libraries_are_loaded_is_one(
    tiny_model: Path, tmp_path: Path, number: signal.Signals, broken: str
) -> None:
    """A library that is interrupted while it is loaded says whatever it likes."""
    (tmp_path / "in").mkdir()
    write_photo(tmp_path / "in" / "photo.png")
    code = (
        "import importlib.abc, os, sys\n"
        "class Interrupting(importlib.abc.MetaPathFinder):\n"
        "    def find_spec(self, name, path, target=None):\n"
        f"        if name == {broken!r}:\n"
        "            try:\n"
        f"                os.kill(os.getpid(), {int(number)})\n"
        "            except KeyboardInterrupt:\n"
        "                raise ImportError('initialization failed')\n"
        "sys.meta_path.insert(0, Interrupting())\n"
        "from naevia.cli import main\n"
        "main()\n"
    )
    command = [sys.executable, "-c", code, "scan", "in", "-o", "x.csv", "--model", tiny_model]
    done = subprocess.run(
        command, cwd=tmp_path, capture_output=True, text=True, check=False, preexec_fn=_hear_interrupts
    )
    assert (done.returncode, done.stderr.splitlines()[-1]) == (130, "naevia: interrupted")


@POSIX_ONLY
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_another_request_does_not_disturb_how_the_first_ends(
    tiny_model: Path, photos: Path, tmp_path: Path, number: signal.Signals
) -> None:
    """It comes while the rows are counted for the last words, before those, and when the program is over."""
    code = (
        "import atexit, os, traceback\n"
        "from naevia.cli import main\n"
        "from naevia.journal import Journal\n"
        "def interrupt(*arguments):\n"
        f"    os.kill(os.getpid(), {int(number)})\n"
        "def count(journal, count=Journal.count):\n"
        "    interrupt()\n"
        "    return count(journal)\n"
        "def add(journal, row, add=Journal.add):\n"
        "    add(journal, row)\n"
        "    Journal.count = count\n"
        "    interrupt()\n"
        "Journal.add = add\n"
        "traceback.print_exc = interrupt\n"  # asked for by NAEVIA_DEBUG, and the last before the last words
        "atexit.register(interrupt)\n"
        "main()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, "scan", photos, "-o", tmp_path / "x.csv", "--model", tiny_model],
        env=os.environ | {"NAEVIA_DEBUG": "1"},
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=_hear_interrupts,
    )
    assert done.returncode == 130, done.stderr
    known, ending = done.stderr.splitlines()
    assert "naevia: 1 of 13 rows are in" in known
    assert ending == "naevia: interrupted"


@POSIX_ONLY
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_within_evaluated_text_ends_with_130_too(
    photos: Path, tmp_path: Path, number: signal.Signals
) -> None:
    """Libraries evaluate text, and Python remembers what left it where it runs a module."""
    (tmp_path / "started.py").write_text(
        "import naevia.scan\n"
        f"interrupt = 'import os; os.kill(os.getpid(), {int(number)})'\n"
        "naevia.scan.count_files = lambda *arguments, **options: exec(interrupt)\n"
        "from naevia.cli import main\n"
        "main()\n",
        encoding="utf-8",
    )
    done = subprocess.run(
        [sys.executable, "-m", "started", "scan", photos, "-o", tmp_path / "x.csv"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=_hear_interrupts,
    )
    assert (done.returncode, done.stderr) == (130, "naevia: interrupted\n")


@POSIX_ONLY
def test_a_request_that_a_library_lost_can_be_repeated_after_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    now_s = 100.0
    monkeypatch.setattr(time, "monotonic", lambda: now_s)
    with Interrupts():
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGTERM)
        os.kill(os.getpid(), signal.SIGTERM)  # too soon
        now_s += 10
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGTERM)


@POSIX_ONLY
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_after_the_last_row_changes_nothing(
    naevia: Naevia, tmp_path: Path, number: signal.Signals, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "in").mkdir()
    write_photo(tmp_path / "in" / "photo.png")
    remove = Journal.remove

    def remove_and_interrupt(journal: Journal) -> None:
        remove(journal)
        os.kill(os.getpid(), number)

    monkeypatch.setattr(Journal, "remove", remove_and_interrupt)
    before = signal.signal(number, signal.SIG_DFL)
    try:
        done = naevia("scan", tmp_path / "in", "-o", tmp_path / "x.csv")
    finally:
        signal.signal(number, before)
    assert (done.code, done.err) == (0, "")
    assert f"1 rows in {tmp_path / 'x.csv'}" in done.out
