"""How far a long command is: a bar on a terminal, a plain line now and then elsewhere."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import TextIO

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    ProgressColumn,
    Task,
    TaskProgressColumn,
    TimeRemainingColumn,
)
from rich.progress import Progress as Bars
from rich.table import Column
from rich.text import Text

Progress = Callable[[int, int], None]
"""Told how many are done, and of how many."""

_PLAIN_EVERY_S = 10.0
_ROOM_FOR_BAR = 110


@contextmanager
def progress_bar(
    terminal: TextIO, doing: str | Callable[[], str], *, afterwards: str | None = None
) -> Iterator[Progress]:
    """Show a bar from the first call on; where the output goes to a file, a line every ten seconds.

    Args:
        terminal: Where to show it; writing there must not fail.
        doing: What is counted, or a function that says how it stands.
        afterwards: What is said once all are done and the command goes on; the same words if None.
    """

    def words(done: int, total: int) -> str:
        if afterwards and done == total:
            return afterwards
        return doing if isinstance(doing, str) else doing()

    if not terminal.isatty():
        yield _plain_lines(terminal, words)
        return
    console = Console(file=terminal)
    with Bars(*_columns(console.width), console=console, transient=True) as bars:
        task = bars.add_task("", total=None, visible=False)

        def show(done: int, total: int) -> None:
            bars.update(task, completed=done, total=total, description=words(done, total), visible=True)

        yield show


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


def _plain_lines(stream: TextIO, words: Callable[[int, int], str]) -> Progress:
    last_s = time.monotonic()

    def show(done: int, total: int) -> None:
        nonlocal last_s
        now_s = time.monotonic()
        if now_s - last_s >= _PLAIN_EVERY_S:
            last_s = now_s
            stream.write(f"{done:,} of {total:,}: {words(done, total)}\n")

    return show
