"""Help as people expect it: paragraphs without breaks inside, and switches without a type."""

from __future__ import annotations

import inspect
from typing import Any

from typer.core import TyperCommand, TyperGroup


class Command(TyperCommand):
    """A command whose help is readable."""

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Show the help."""
        _make_readable(self, ctx)
        super().format_help(ctx, formatter)


class Group(TyperGroup):
    """A group of commands whose help is readable."""

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Show the help."""
        _make_readable(self, ctx)
        super().format_help(ctx, formatter)


def _make_readable(command: TyperCommand | TyperGroup, ctx: Any) -> None:
    command.help, command.epilog = _joined(command.help), _joined(command.epilog)
    for param in command.get_params(ctx):
        if getattr(param, "is_flag", False):
            param.metavar = ""


def _joined(text: str | None) -> str:
    """A text whose lines end only where its paragraphs do."""
    return "\n\n".join(" ".join(part.split()) for part in inspect.cleandoc(text or "").split("\n\n"))
