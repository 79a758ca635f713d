"""The `naevia` program with all its commands."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

import typer

from naevia.cli._help import Command, Group
from naevia.cli._plugins import add_plugins
from naevia.cli.doctor import doctor
from naevia.cli.models import models
from naevia.cli.predict import predict
from naevia.cli.scan import scan_command

_EPILOG = """\
Exit codes: 0 all fine, 1 finished but some files failed, 2 wrong use, 3 model refused,
4 stopped before the end, 130 interrupted.

Research use only, not a medical device. NAEVIA_DEBUG=1 shows the details of a failure."""


def build_app() -> typer.Typer:
    """The program with its own commands and those of the installed parts."""
    app = typer.Typer(
        name="naevia",
        cls=Group,
        add_completion=False,
        pretty_exceptions_enable=False,
    )
    app.callback(help="An offline skin-lesion workbench.", epilog=_EPILOG, no_args_is_help=True)(_options)
    app.command("predict", cls=Command)(predict)
    app.command("scan", cls=Command)(scan_command)
    app.add_typer(models, name="models")
    app.command("doctor", cls=Command)(doctor)
    add_plugins(app)
    return app


def build_alone(command: Callable[..., None]) -> typer.Typer:
    """A program of one command."""
    app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    app.command(cls=Command)(command)
    return app


def _show_version(wanted: bool) -> None:
    if wanted:
        from naevia._version import __version__

        typer.echo(f"naevia {__version__}")
        raise typer.Exit()


def _options(
    version: Annotated[
        bool,
        typer.Option("--version", help="Show the version and exit.", is_eager=True, callback=_show_version),
    ] = False,
) -> None:
    """Options of the program itself."""
