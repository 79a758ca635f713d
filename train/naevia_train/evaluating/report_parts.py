"""Pieces of HTML that the sections of the report share."""

from __future__ import annotations

import base64
from html import escape
from pathlib import Path

from naevia_train.measuring.interval import Interval


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


def of_hundred(refused: float, wrong: float) -> tuple[int, int, int]:
    """How many of a hundred images are treated right, refused, and treated wrong; they add up.

    Args:
        refused: Share that is refused.
        wrong: Share that is treated wrong; no miss rounds to none.
    """
    wrongs = max(round(100 * wrong), int(wrong > 0))
    refusals = min(round(100 * refused), 100 - wrongs)
    return 100 - wrongs - refusals, refusals, wrongs


def dots(**counts: int) -> str:
    """A dot for each of a hundred images, by the class that draws it; a sentence beside them says it too."""
    drawn = "".join(f'<i class="{kind}"></i>' * count for kind, count in counts.items())
    return f'<div class="dots" aria-hidden="true">{drawn}</div>'
