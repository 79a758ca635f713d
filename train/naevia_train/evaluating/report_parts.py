"""Pieces of HTML that the sections of the report share."""

from __future__ import annotations

import base64
from html import escape
from pathlib import Path

from naevia_train.measure import Interval


def picture(svg: Path, words: str, *, narrow: bool = False) -> str:
    """An SVG file inside the page, apart from its styles and names."""
    data = base64.b64encode(svg.read_bytes()).decode("ascii")
    kind = "picture narrow" if narrow else "picture"
    return (
        f'<figure class="{kind}"><img alt="{escape(words)}" src="data:image/svg+xml;base64,{data}"></figure>'
    )


def figure_cell(interval: Interval | None, missing: str = "·") -> str:
    """A figure with its interval below it."""
    if interval is None:
        return f"<small>{escape(missing)}</small>"
    return f'{interval.value:.3f}<small class="interval">{interval.low:.3f} to {interval.high:.3f}</small>'


def in_words(interval: Interval) -> str:
    """A figure with its interval, for a sentence in brackets."""
    return f"{interval.value:.3f}, {interval.low:.3f} to {interval.high:.3f}"


def of_hundred(share: float, hit: str, miss: str) -> str:
    """A hundred dots, as many of the first kind as the share says."""
    hits = round(100 * share)
    dots = "".join(f'<i class="{hit if number < hits else miss}"></i>' for number in range(100))
    return f'<div class="dots" role="img" aria-label="{hits} of 100">{dots}</div>'
