"""How far the reading is: a bar on a terminal, nothing elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

from naevia_train.auditing.survey import Progress


@contextmanager
def reading_progress(terminal: TextIO) -> Iterator[Progress]:
    """Show a bar while files are read; after the last one it says that pictures are compared.

    Args:
        terminal: Where to show it.
    """
    if not terminal.isatty():
        yield lambda done, total: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(file=terminal), transient=True) as bar:
        task = bar.add_task("reading files", total=None)

        def show(done: int, total: int) -> None:
            words = "comparing pictures" if done == total else "reading files"
            bar.update(task, completed=done, total=total, description=words)

        yield show
