"""`naevia-desktop`: the window."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from naevia.errors import ModelError, NaeviaError, UsageError, require_extra


def main(argv: Sequence[str] | None = None) -> int:
    """Open the window and stay until it is closed.

    Args:
        argv: The arguments without the program's name; those of the process by default.

    Returns:
        0 all fine, 2 wrong use or no way to open a window, 3 no model could be opened, 130 interrupted.
    """
    arguments = _parser().parse_args(argv)
    try:
        require_extra("app")
        # onnxruntime goes first: on Windows, Qt's libraries would otherwise stand in for its own.
        import onnxruntime  # noqa: F401

        from naevia_app.starting.screen import why_no_window

        problem = why_no_window()
        if problem:
            raise UsageError(problem)
        return _show(arguments)
    except NaeviaError as error:
        return _complain(error)
    except KeyboardInterrupt:
        return 130


def _show(arguments: argparse.Namespace) -> int:
    from naevia_app.starting.application import run

    problem = run(
        [Path(path) for path in arguments.paths],
        model=arguments.model,
        provider=arguments.provider,
        on_refusal=_complain,
    )
    if problem is None:
        return 0
    return problem.exit_code if isinstance(problem, NaeviaError) else ModelError.exit_code


def _complain(error: Exception) -> int:
    """Say it on the terminal, where there is one: a program that is started from an icon may have none.

    A model that cannot be opened is told by the window too.
    """
    with suppress(OSError, ValueError):  # a terminal that was closed
        if sys.stderr is not None:
            sys.stderr.write(f"naevia-desktop: {' '.join(str(error).split())}\n")
            sys.stderr.flush()
    return error.exit_code if isinstance(error, NaeviaError) else NaeviaError.exit_code


def _parser() -> argparse.ArgumentParser:
    from naevia import __version__

    parser = argparse.ArgumentParser(
        prog="naevia-desktop",
        description="Naevia's window: drop photos of skin lesions or a folder of them.",
        epilog="Research use only, not a medical device.",
    )
    parser.add_argument("paths", nargs="*", metavar="PATH", help="photos to open, or a folder to scan")
    parser.add_argument("--model", metavar="M", help="id or folder of a model; the shipped one by default")
    parser.add_argument(
        "--provider",
        choices=("auto", "cpu", "cuda"),
        default="auto",
        help="what computes: CUDA where it works, else the CPU (auto)",
    )
    parser.add_argument("--version", action="version", version=f"naevia {__version__}")
    return parser


if __name__ == "__main__":
    sys.exit(main())
