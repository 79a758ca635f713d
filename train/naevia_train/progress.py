"""How far a long command is: a bar on a terminal, a plain line now and then elsewhere."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TextIO

Progress = Callable[[int, int], None]
"""Told how many are done, and of how many."""

_PLAIN_EVERY_S = 10.0


@contextmanager
def progress_bar(terminal: TextIO, doing: str, *, afterwards: str | None = None) -> Iterator[Progress]:
    """Show a bar from the first call on; where the output goes to a file, a line every ten seconds.

    Args:
        terminal: Where to show it.
        doing: What is counted.
        afterwards: What is said once all are done and the command goes on; the same words if None.
    """
    if not terminal.isatty():
        yield _plain_lines(terminal, doing)
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bars

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Bars(*columns, console=Console(file=terminal), transient=True) as bar:
        task = bar.add_task(doing, total=None, visible=False)

        def show(done: int, total: int) -> None:
            words = afterwards if afterwards and done == total else doing
            bar.update(task, completed=done, total=total, description=words, visible=True)

        yield show


def _plain_lines(stream: TextIO, doing: str) -> Progress:
    last_s = time.monotonic()

    def show(done: int, total: int) -> None:
        nonlocal last_s
        now_s = time.monotonic()
        if now_s - last_s < _PLAIN_EVERY_S:
            return
        last_s = now_s
        with suppress(OSError):  # nobody reads it any more; the work goes on
            stream.write(f"{doing}: {done:,} of {total:,}\n")
            stream.flush()

    return show
