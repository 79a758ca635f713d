"""Tables and findings in Markdown, for cards and reports."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """What was found out, and what it rests on.

    Attributes:
        title: Its heading.
        verdict: One or two sentences.
        details: Markdown.
    """

    title: str
    verdict: str
    details: str

    def section(self, level: int) -> str:
        """All of it as Markdown, under a heading of that level, 1 to 6."""
        return f"{'#' * level} {self.title}\n\n**{self.verdict}**\n\n{self.details}\n"


def table(head: Sequence[str], rows: Iterable[Iterable[object]], *, numbers_from: int | None = None) -> str:
    """A table, without a line break at its end.

    Args:
        head: Names of the columns.
        rows: Their cells.
        numbers_from: The first of the columns that are set to the right; none by default.
    """
    columns = len(head)
    left = columns if numbers_from is None else numbers_from
    rule = ["---"] * left + ["--:"] * (columns - left)
    return "\n".join([_row(head), f"|{'|'.join(rule)}|", *map(_row, rows)])


def _row(cells: Iterable[object]) -> str:
    escaped = (str(cell).replace("|", "\\|") for cell in cells)
    return f"| {' | '.join(escaped)} |"
