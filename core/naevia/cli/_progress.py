"""How far a scan is, and what it found."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import Any, Protocol, TextIO

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TaskProgressColumn,
    TimeRemainingColumn,
)
from rich.table import Column, Table
from rich.text import Text

from naevia.taxonomy import TAXONOMY

_PLAIN_EVERY_S = 10.0
_ROOM_FOR_BAR = 110


class _Display(Protocol):
    def update(self, tally: Tally) -> None: ...


class Tally:
    """Counts of what a scan found, shown as it grows."""

    def __init__(self, total: int, display: _Display) -> None:
        self.total = total
        self.kept = 0
        self.status: Counter[str] = Counter()
        self.answers: Counter[tuple[str, str]] = Counter()
        self._display = display
        self._start_s = time.monotonic()

    def count(self, cells: Mapping[str, Any], *, kept: bool = False) -> None:
        """Count one row by its cells.

        Args:
            cells: As `Row.to_dict` gives them.
            kept: Whether an earlier sitting of the scan judged it.
        """
        self.status[cells["status"]] += 1
        self.kept += kept
        if cells["status"] == "ok":
            self.answers[cells["diagnosis"], cells["recommendation"]] += 1
        self._display.update(self)

    @property
    def done(self) -> int:
        """Rows counted."""
        return self.status.total()

    @property
    def monitored(self) -> int:
        """Rows that say `monitor`."""
        return sum(count for (_, word), count in self.answers.items() if word == "monitor")

    @property
    def words(self) -> str:
        """The state in a few words."""
        speed = (self.done - self.kept) / max(time.monotonic() - self._start_s, 1e-6)
        status = self.status
        return (
            f"{status['ok']} ok, {status['refused']} refused, {status['error']} errors, {speed:.1f} files/s"
        )


@contextmanager
def show_progress(terminal: TextIO, total: int) -> Iterator[Tally]:
    """Show a bar on a terminal, and a plain line now and then where the output goes to a file.

    Args:
        terminal: Where to show it; writing there must not fail.
        total: Rows to come.
    """
    if not terminal.isatty():
        yield Tally(total, _PlainLines(terminal))
        return
    console = Console(file=terminal)
    with Progress(*_columns(console.width), console=console) as progress:
        yield Tally(total, _Bar(progress, total))


def _columns(width: int) -> list[ProgressColumn]:
    """What there is room for: the numbers stay whole, the words are cut, and the bar comes last of all."""
    whole = partial(Column, no_wrap=True)
    columns: list[ProgressColumn] = [
        MofNCompleteColumn(table_column=whole()),
        TaskProgressColumn(table_column=whole()),
        TimeRemainingColumn(table_column=whole()),
        _Words(),
    ]
    return columns if width < _ROOM_FOR_BAR else [BarColumn(20), *columns]


class _Words(ProgressColumn):
    def render(self, task: Task) -> Text:
        return Text(task.description, no_wrap=True, overflow="ellipsis")


class _Bar:
    def __init__(self, progress: Progress, total: int) -> None:
        self._progress = progress
        self._task = progress.add_task("", total=total)

    def update(self, tally: Tally) -> None:
        self._progress.update(self._task, completed=tally.done, description=tally.words)


class _PlainLines:
    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._last_s = time.monotonic()

    def update(self, tally: Tally) -> None:
        now_s = time.monotonic()
        if now_s - self._last_s >= _PLAIN_EVERY_S:
            self._last_s = now_s
            self._stream.write(f"{tally.done} of {tally.total}: {tally.words}\n")


def summary_table(tally: Tally) -> Table:
    """How many photos got which diagnosis and recommendation, and how many got none."""
    words = ("refer", "monitor", "cannot tell")
    table = Table(title=tally.words)
    table.add_column("diagnosis")
    for word in (*words, "all"):
        table.add_column(word, justify="right")
    for diagnosis in TAXONOMY:
        counts = [tally.answers[diagnosis.code, word] for word in words]
        name = f"{diagnosis.name} (malignant)" if diagnosis.malignant else diagnosis.name
        table.add_row(name, *map(str, counts), str(sum(counts)))
    table.add_section()
    table.add_row("refused", "", "", "", str(tally.status["refused"]))
    table.add_row("could not be read", "", "", "", str(tally.status["error"]))
    return table
