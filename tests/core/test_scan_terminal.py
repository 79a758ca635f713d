"""Scans on a terminal: one that is closed under them, and narrow ones."""

from __future__ import annotations

import io
import os
import re
import signal
import struct
import subprocess
import sys
import time
from pathlib import Path

import pytest
from drawn_photos import read_csv, write_photo

from naevia.cli._tally import show_progress
from naevia.journal import journal_path

fcntl, pty, termios = (pytest.importorskip(module) for module in ("fcntl", "pty", "termios"))
MANY = 300


@pytest.fixture
def many(tmp_path: Path) -> Path:
    """A folder that takes a while."""
    folder = tmp_path / "in"
    folder.mkdir()
    photo = write_photo(tmp_path / "photo.png")
    for copy in range(MANY):
        os.link(photo, folder / f"{copy:04}.png")
    return folder


def _of_its_own() -> None:
    """Take the standard input for the terminal, and live on when it is closed."""
    os.setsid()
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)


def start_on_a_terminal(columns: int, *arguments: object) -> tuple[subprocess.Popen[bytes], int]:
    """Start the program on a new terminal; returns it and the end of the terminal that a person sees."""
    seen, end = pty.openpty()
    fcntl.ioctl(end, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    command = [sys.executable, "-m", "naevia", *map(str, arguments)]
    program = subprocess.Popen(command, stdin=end, stdout=end, stderr=end, preexec_fn=_of_its_own)
    os.close(end)
    return program, seen


def test_a_scan_whose_terminal_is_closed_ends_as_ever(tiny_model: Path, many: Path, tmp_path: Path) -> None:
    output = tmp_path / "x.csv"
    scan, seen = start_on_a_terminal(80, "scan", many, "-o", output, "--model", tiny_model)
    deadline_s = time.monotonic() + 60
    while b"ok" not in os.read(seen, 65536) and time.monotonic() < deadline_s:
        pass
    assert not output.exists()
    os.close(seen)
    assert scan.wait(timeout=60) == 0
    assert len(read_csv(output)) == MANY
    assert not journal_path(output).exists()


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize("columns", [36, 80, 120])
def test_the_numbers_of_a_long_scan_are_whole_on_every_terminal(
    columns: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    monkeypatch.setenv("TERM", "xterm")
    terminal = Terminal()
    with show_progress(terminal, total=100_000) as tally:
        tally.status.update(ok=55_000, refused=200)
        tally.count({"status": "error", "caution": None})
    shown = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", terminal.getvalue())
    line = [line for line in re.split(r"[\r\n]+", shown) if line.strip()][-1]
    assert "55201/100000  55%" in line
    assert len(line.rstrip()) <= columns
    assert ("errors" in line) == (columns >= 80)
