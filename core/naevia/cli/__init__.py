"""The `naevia` program.

Little is imported before a request to end the program is heard: its commands are imported when it runs, and
import what they need when they are called. `naevia --help` loads neither OpenCV nor ONNX Runtime. Other parts
of Naevia add their commands through the entry-point group `naevia.commands`.
"""

from __future__ import annotations

import errno
import os
import sys
import traceback
from collections.abc import Callable, Sequence
from contextlib import redirect_stderr
from typing import TYPE_CHECKING

from naevia._quiet import DEBUG_VARIABLE, is_debugging
from naevia.cli._interrupts import interrupts
from naevia.cli._terminal import unfailing
from naevia.errors import NaeviaError, UsageError, first_line
from naevia.printable import printable

if TYPE_CHECKING:
    import typer

_INTERRUPTED = 130


def main() -> None:
    """Run the program with the arguments it was started with."""
    interrupts.end_the_program()
    sys.exit(run(sys.argv[1:]))


def run(arguments: Sequence[str]) -> int:
    """Run the program and say how it went.

    Args:
        arguments: The command line, without the program's name.

    Returns:
        0 all fine, 1 finished but some files failed, 2 wrong use, 3 model refused, 4 stopped before the end,
        130 interrupted.
    """

    def build() -> typer.Typer:
        from naevia.cli._program import build_app

        return build_app()

    return _run(arguments, build, "naevia")


def run_alone(command: Callable[..., None], arguments: Sequence[str], *, name: str) -> int:
    """Run a command that is no part of the program, with the same border around it.

    Args:
        command: A function with typer annotations.
        arguments: Its command line.
        name: How its help calls it.

    Returns:
        As `run`.
    """

    def build() -> typer.Typer:
        from naevia.cli._program import build_alone

        return build_alone(command)

    return _run(arguments, build, name)


def _run(arguments: Sequence[str], build: Callable[[], typer.Typer], name: str) -> int:
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # a terminal that lacks a character must not end the program
            stream.reconfigure(errors="backslashreplace")
    with redirect_stderr(unfailing(sys.stderr)):
        try:
            with interrupts:
                return _flushed(_call(arguments, build, name))
        except KeyboardInterrupt:
            return _complain("interrupted", _INTERRUPTED)


def _call(arguments: Sequence[str], build: Callable[[], typer.Typer], name: str) -> int:
    try:
        if "" in arguments:  # of a variable that is not set; as a path it would be the current folder
            raise UsageError("one of the arguments is empty; give a name for it, or leave it out")
        with interrupts.held():
            app = build()
        app(args=list(arguments), prog_name=name)
    except SystemExit as done:
        if done.code == _INTERRUPTED:  # typer's answer to KeyboardInterrupt
            raise KeyboardInterrupt from done
        if isinstance(done.__context__, BrokenPipeError):  # and to a reader that left early
            return NaeviaError.exit_code
        return done.code if isinstance(done.code, int) else 0
    except Exception as error:  # the outermost border: a person sees one line, whatever happened
        if interrupts.heard:  # what was interrupted may have made another failure of it
            raise KeyboardInterrupt from error
        return _complain(*_words_and_code(error))
    return 0


def _flushed(exit_code: int) -> int:
    """Write what waits for standard output, while somebody can still tell that its disk is full."""
    try:
        if sys.stdout is not None:
            sys.stdout.flush()
    except OSError as error:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # for what Python writes at its end
        if exit_code >= UsageError.exit_code:  # why it ended was told
            return exit_code
        if isinstance(error, BrokenPipeError):
            return NaeviaError.exit_code
        return _complain(*_words_and_code(error))
    return exit_code


def _words_and_code(error: Exception) -> tuple[str, int]:
    if isinstance(error, NaeviaError):
        return printable(str(error)), error.exit_code
    if isinstance(error, OSError) and error.errno == errno.ENOSPC:  # such as standard output's disk
        return (
            f"the output cannot be written: {error.strerror}; make room and give the same command again",
            NaeviaError.exit_code,
        )
    detail = printable(first_line(error))
    return (
        f"unexpected {type(error).__name__}: {detail}; run again with {DEBUG_VARIABLE}=1 for the details",
        NaeviaError.exit_code,
    )


def _complain(message: str, exit_code: int) -> int:
    if is_debugging():
        traceback.print_exc()
    sys.stderr.write(f"naevia: {message}\n")
    return exit_code
