"""What a scan found so far."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TextIO

from rich.table import Table

from naevia.progress import Progress, progress_bar
from naevia.taxonomy import TAXONOMY


class Tally:
    """Counts of what a scan found, shown as it grows."""

    show: Progress

    def __init__(self, total: int) -> None:
        self.total = total
        self.kept = 0
        self.in_part = 0
        self.status: Counter[str] = Counter()
        self.answers: Counter[tuple[str, str]] = Counter()
        self._start_s = time.monotonic()

    def count(self, cells: Mapping[str, Any], *, kept: bool = False) -> None:
        """Count one row by its cells.

        Args:
            cells: As `Row.to_dict` gives them.
            kept: Whether an earlier sitting of the scan judged it.
        """
        self.status[cells["status"]] += 1
        self.kept += kept
        self.in_part += cells["caution"] is not None
        if cells["status"] == "ok":
            self.answers[cells["diagnosis"], cells["recommendation"]] += 1
        self.show(self.done, self.total)

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
    """Show how far a scan is while the context is open.

    Args:
        terminal: Where to show it.
        total: Rows to come.
    """
    tally = Tally(total)
    with progress_bar(terminal, lambda: tally.words) as tally.show:
        tally.show(0, total)
        yield tally


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
