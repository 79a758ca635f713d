"""The `naevia` program.

Commands of this package are imported when the program starts, and import what they need when they are
called: `naevia --help` loads neither OpenCV nor ONNX Runtime. Other parts of Naevia add their commands
through the entry-point group `naevia.commands`.
"""

from __future__ import annotations

import sys
import traceback
from collections.abc import Sequence
from contextlib import redirect_stderr
from typing import Annotated

import typer

from naevia._quiet import DEBUG_VARIABLE, is_debugging
from naevia.cli._plugins import add_plugins
from naevia.cli._terminal import unfailing
from naevia.cli.doctor import doctor
from naevia.cli.models import models
from naevia.cli.predict import predict
from naevia.cli.scan import scan_command
from naevia.errors import NaeviaError

_EPILOG = """\
Exit codes: 0 all fine, 1 finished but some files failed, 2 wrong use, 3 model refused,
4 stopped before the end, 130 interrupted.

Research use only, not a medical device. NAEVIA_DEBUG=1 shows the details of a failure."""


def main() -> None:
    """Run the program with the arguments it was started with."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: Sequence[str]) -> int:
    """Run the program and say how it went.

    Args:
        arguments: The command line, without the program's name.

    Returns:
        0 all fine, 1 finished but some files failed, 2 wrong use, 3 model refused, 4 stopped before the end,
        130 interrupted.
    """
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # a terminal that lacks a character must not end the program
            stream.reconfigure(errors="backslashreplace")
    with redirect_stderr(unfailing(sys.stderr)):
        return _run(arguments)


def _run(arguments: Sequence[str]) -> int:
    try:
        build_app()(args=list(arguments), prog_name="naevia")
    except SystemExit as done:
        if isinstance(done.__context__, BrokenPipeError):  # typer's answer to a reader that left early
            return NaeviaError.exit_code
        return done.code if isinstance(done.code, int) else 0
    except KeyboardInterrupt:
        return _complain("interrupted", 130)
    except NaeviaError as error:
        return _complain(str(error), error.exit_code)
    except Exception as error:  # noqa: BLE001  the outermost border: a person sees one line, whatever happened
        detail = str(error).splitlines()[0][:200] if str(error) else "no further details"
        return _complain(
            f"unexpected {type(error).__name__}: {detail}; run again with {DEBUG_VARIABLE}=1 for the details",
            NaeviaError.exit_code,
        )
    return 0


def build_app() -> typer.Typer:
    """The program with its own commands and those of the installed parts."""
    app = typer.Typer(
        name="naevia",
        add_completion=False,
        pretty_exceptions_enable=False,
    )
    app.callback(help="An offline skin-lesion workbench.", epilog=_EPILOG, no_args_is_help=True)(_options)
    app.command("predict")(predict)
    app.command("scan")(scan_command)
    app.add_typer(models, name="models")
    app.command("doctor")(doctor)
    add_plugins(app)
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


def _complain(message: str, exit_code: int) -> int:
    from naevia.cli._text import printable

    if is_debugging():
        traceback.print_exc()
    typer.echo(f"naevia: {printable(message)}", err=True)
    return exit_code
