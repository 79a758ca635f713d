"""`naevia doctor`: what works here, and why the rest does not."""

from __future__ import annotations

import typer

_MARKS = {"ok": "ok", "note": "note", "problem": "PROBLEM"}
_STYLES = {"ok": "green", "note": "yellow", "problem": "bold red"}


def doctor() -> None:
    """Say what Naevia finds on this computer: versions, providers, models, and why CUDA is not used.

    Exits with 3 when a model that was found, or the default one, cannot be used.
    """
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from naevia._quiet import quiet_stderr
    from naevia.printable import printable

    with quiet_stderr():
        from naevia.doctor import examine

        findings = list(examine())
    table = Table.grid(padding=(0, 2))
    for finding in findings:
        mark = Text(_MARKS[finding.state], style=_STYLES[finding.state])
        table.add_row(finding.topic, mark, Text(printable(finding.text), overflow="fold"))
    Console(highlight=False).print(table)
    raise typer.Exit(3 if any(finding.state == "problem" for finding in findings) else 0)
