"""How far a long command is: a bar on a terminal, nothing elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TextIO

Progress = Callable[[int, int], None]
"""Told how many are done, and of how many."""


@contextmanager
def progress_bar(terminal: TextIO, doing: str, *, afterwards: str | None = None) -> Iterator[Progress]:
    """Show a bar from the first call on.

    Args:
        terminal: Where to show it.
        doing: What is counted.
        afterwards: What is said once all are done and the command goes on; the same words if None.
    """
    if not terminal.isatty():
        yield lambda done, total: None
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
