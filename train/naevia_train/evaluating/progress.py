"""How far the stress test is: a bar on a terminal, nothing elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TextIO


@contextmanager
def stress_progress(terminal: TextIO) -> Iterator[Callable[[int, int], None]]:
    """Show a bar from the first photo of the stress test on.

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
        task = bar.add_task("stress test: photos", total=None, visible=False)
        yield lambda done, total: bar.update(task, completed=done, total=total, visible=True)
