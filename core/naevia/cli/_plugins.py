"""Commands that other parts of Naevia bring."""

from __future__ import annotations

from importlib.metadata import EntryPoint, entry_points
from typing import Any

import typer

from naevia.cli._help import Command
from naevia.errors import UsageError, first_line

GROUP = "naevia.commands"


def add_plugins(app: typer.Typer) -> None:
    """Add the command of every entry point in the group.

    One that cannot be loaded still appears, and says what is wrong when it is called; it never keeps the
    other commands from working.
    """
    for entry in sorted(entry_points(group=GROUP), key=lambda entry: entry.name):
        try:
            command = entry.load()
        except Exception as error:  # noqa: BLE001  another package's import may fail in any way
            _add_broken(app, entry, error)
        else:
            app.command(entry.name, cls=Command)(command)


def _add_broken(app: typer.Typer, entry: EntryPoint, error: Exception) -> None:
    accept_anything: dict[str, Any] = {"allow_extra_args": True, "ignore_unknown_options": True}

    def broken() -> None:
        raise UsageError(
            f"the command {entry.name} cannot be loaded from {entry.value} "
            f"({type(error).__name__}: {first_line(error)}); install Naevia again"
        ) from error

    app.command(entry.name, help="Not available: it cannot be loaded.", context_settings=accept_anything)(
        broken
    )
