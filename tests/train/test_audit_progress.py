"""How far the reading is: told to whoever asks, drawn on a terminal, now and then a line elsewhere."""

from __future__ import annotations

import io
from pathlib import Path

import cv2
import numpy as np
import pytest

from naevia.progress import progress_bar
from naevia_train.auditing.engine import audit_folders

FILES = 600


class Terminal(io.StringIO):
    """Text that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def test_every_file_is_counted_once_and_in_order(tmp_path: Path) -> None:
    folder = tmp_path / "set" / "nevus"
    folder.mkdir(parents=True)
    for number in range(FILES):
        pixels = np.random.default_rng(number).integers(0, 256, (40, 40, 3), np.uint8)
        cv2.imwrite(str(folder / f"{number}.jpg"), pixels)
    (folder / "empty.jpg").touch()
    for _ in ("read", "remembered"):
        told: list[tuple[int, int]] = []
        with audit_folders(
            [tmp_path / "set"],
            cache=tmp_path / "cache",
            progress=lambda done, total, told=told: told.append((done, total)),
        ):
            pass
        assert {total for _, total in told} == {FILES + 1}
        done = [done for done, _ in told]
        assert len(done) > 1
        assert done == sorted(set(done))
        assert done[-1] == FILES + 1


def test_a_terminal_shows_a_bar_to_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "100")
    terminal = Terminal()
    with progress_bar(terminal, "reading files", afterwards="comparing pictures") as progress:
        for done in range(0, 1001, 100):
            progress(done, 1000)
    shown = terminal.getvalue()
    assert "1000/1000" in shown
    assert "comparing pictures" in shown


def test_anything_else_stays_silent_for_the_first_seconds() -> None:
    pipe = io.StringIO()
    with progress_bar(pipe, "reading files") as progress:
        progress(1000, 1000)
    assert pipe.getvalue() == ""
