"""Pieces of HTML that every section of the report uses."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from heapq import nsmallest
from html import escape
from itertools import islice
from typing import Any, TypeVar

from naevia_train.auditing.findings import FileRef
from naevia_train.auditing.report_text import MALIGNANT_CODES, counted, name_of
from naevia_train.auditing.report_thumbnails import Thumbnails

SHOWN_WITH_PICTURES = 12
"""Findings of one kind that are shown with pictures; the page stays small and quick to write."""

SHOWN_AS_TEXT = 2000
"""Further findings of one kind that are listed as text; the JSON always holds all."""

MOST_PICTURES = 3
"""Pictures in one card; a photo with more files shows the first ones."""

Item = TypeVar("Item")


def chip(code: str) -> str:
    """A diagnosis, marked when it is malignant."""
    if not code:
        return '<span class="chip none">no class folder</span>'
    kind = "malignant" if code in MALIGNANT_CODES else "benign"
    return f'<span class="chip {kind}">{escape(name_of(code))}</span>'


def flows(counts: Sequence[tuple[str, int]]) -> str:
    """Counted things as bars, the most frequent first; labels are HTML."""
    most = max((number for _, number in counts), default=1)
    rows = "".join(
        f'<li><span class="what">{label}</span><span class="bar"><i'
        f' style="width:{100 * number / most:.1f}%"></i>'
        f"</span><b>{number:,}</b></li>"
        for label, number in counts
    )
    return f'<ul class="flows">{rows}</ul>'


def picture(thumbnails: Thumbnails, file: FileRef, *, note: str = "") -> str:
    """One file as a picture with the folder that it stands in; `note` is HTML."""
    place = f'<span class="split">{escape(file.declared)}</span>' if file.declared else ""
    label = chip(file.folder_label) if file.folder_label else ""
    return (
        f"<figure>{thumbnails.show(file.path)}<figcaption>{place}{label}{note}"
        f'<span class="path">{escape(file.path)}</span></figcaption></figure>'
    )


def findings(
    items: Iterable[Item],
    number: int,
    *,
    noun: str,
    card: Callable[[Item], str],
    line: Callable[[Item], str],
    order: Callable[[Item], Any] | None = None,
) -> str:
    """The first findings as cards with pictures, the others as lines that open on a click.

    Args:
        items: The findings.
        number: How many there are.
        noun: What one is.
        card: Draws one with pictures.
        line: Writes one in a line.
        order: What they are sorted by; as they come if None.
    """
    most = SHOWN_WITH_PICTURES + SHOWN_AS_TEXT
    shown = nsmallest(most, items, key=order) if order else list(islice(items, most))
    cards = "".join(f"<article>{card(item)}</article>" for item in shown[:SHOWN_WITH_PICTURES])
    rest = shown[SHOWN_WITH_PICTURES:]
    if not rest:
        return f'<div class="cards">{cards}</div>'
    left_out = number - len(shown)
    more = f"<p>and {left_out:,} more, all in audit.json</p>" if left_out else ""
    lines = "".join(f"<li>{line(item)}</li>" for item in rest)
    further = counted(number - SHOWN_WITH_PICTURES, f"further {noun}")
    return (
        f'<div class="cards">{cards}</div><details><summary>{further}'
        f'</summary><ol class="lines" start="{SHOWN_WITH_PICTURES + 1}">{lines}</ol>{more}</details>'
    )


def nothing(text: str) -> str:
    """A line that says that nothing was found."""
    return f'<p class="nothing">{escape(text)}</p>'


def not_checked(why: str) -> str:
    """A line that says why nothing could be found."""
    return f'<p class="nothing unchecked">{escape(f"Not checked: {why}.")}</p>'
