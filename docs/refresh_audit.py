"""Put what `naevia audit` and its benchmark wrote into the page about it: no figure is typed by hand.

    python benchmarks/audit_scale.py > SCALE.md
    python docs/refresh_audit.py isic9=ISIC9_AUDIT/summary.md pooled=POOLED_AUDIT/summary.md scale=SCALE.md

Each name stands for a pair of marks in `audit.md`: what lies between them is replaced.
"""

from __future__ import annotations

import sys
from pathlib import Path

PAGE = Path(__file__).with_name("audit.md")


def refreshed(page: str, name: str, summary: str) -> str:
    """The page with a summary between the marks of that name.

    Raises:
        ValueError: The page has no such marks.
    """
    start, end = f"<!-- {name}: written by a command -->\n", f"<!-- end of {name} -->\n"
    before, _, rest = page.partition(start)
    _, found, after = rest.partition(end)
    if not found:
        raise ValueError(f"{PAGE} has no marks for {name!r}")
    return f"{before}{start}\n{summary}\n{end}{after}"


def main() -> None:
    """Replace what the arguments name."""
    page = PAGE.read_text(encoding="utf-8")
    for argument in sys.argv[1:]:
        name, _, path = argument.partition("=")
        page = refreshed(page, name, Path(path).read_text(encoding="utf-8"))
    PAGE.write_text(page, encoding="utf-8")


if __name__ == "__main__":
    main()
