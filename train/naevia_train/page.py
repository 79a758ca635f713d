"""HTML pages that need no other file and no network: what the reports of audits and evaluations share."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from importlib import resources


def page(title: str, body: str, *, package: str) -> str:
    """A whole page.

    Args:
        title: Plain text.
        body: HTML.
        package: Package whose `report.css` adds to the look that all pages share.
    """
    parts = (("naevia_train", "page.css"), (package, "report.css"))
    style = "".join(resources.files(of).joinpath(name).read_text(encoding="utf-8") for of, name in parts)
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{style}</style></head><body>{body}</body></html>\n"
    )


def section(anchor: str, title: str, lead: str, *body: str) -> str:
    """A section with a heading and one sentence that says what it shows; `lead` and `body` are HTML."""
    return (
        f'<section id="{anchor}"><h2>{escape(title)}</h2><p class="lead">{lead}</p>{"".join(body)}</section>'
    )


def table(head: Sequence[str], rows: Iterable[Sequence[str]], *, numbers_from: int = 1) -> str:
    """A table; head and cells are HTML, columns from `numbers_from` are set as numbers."""

    def cells(values: Sequence[str], tag: str) -> str:
        return "".join(
            f"<{tag}{' class=number' if index >= numbers_from else ''}>{value}</{tag}>"
            for index, value in enumerate(values)
        )

    body = "".join(f"<tr>{cells(row, 'td')}</tr>" for row in rows)
    top = f"<thead><tr>{cells(head, 'th')}</tr></thead>"
    return f'<div class="scroll"><table>{top}<tbody>{body}</tbody></table></div>'


def tiles(shown: Iterable[tuple[str, str, str, bool]]) -> str:
    """Figures that lead to their sections.

    Args:
        shown: Of each the anchor of its section, the figure, its name, and whether it is bad news.
    """
    links = "".join(
        f'<a href="#{anchor}" class="{"alarm" if alarm else "calm"}"><b>{figure}</b>{escape(words)}</a>'
        for anchor, figure, words, alarm in shown
    )
    return f'<nav class="tiles">{links}</nav>'


def facts(named: Iterable[tuple[str, str]]) -> str:
    """Names and what is to be said of them, both plain text."""
    rows = "".join(f"<dt>{escape(name)}</dt><dd>{escape(text)}</dd>" for name, text in named)
    return f"<dl>{rows}</dl>"
