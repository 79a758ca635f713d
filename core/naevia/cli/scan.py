"""`naevia scan`: a folder of any size."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Annotated, Literal, TextIO

import typer

from naevia.cli._options import ModelOption, ProviderOption
from naevia.errors import UsageError

if TYPE_CHECKING:
    from naevia.cli._progress import Tally
    from naevia.session import Session
    from naevia.writers import RowFile


def scan_command(
    folder: Annotated[
        Path,
        typer.Argument(metavar="FOLDER", help="The folder; subfolders belong to it, linked ones do not."),
    ],
    output: Annotated[
        Path,
        typer.Option(
            "--output",
            "-o",
            metavar="FILE",
            help="The table to write. It appears, and replaces an earlier one, only when it is complete; "
            "until then the rows are in FILE.partial.",
        ),
    ],
    format: Annotated[
        Literal["csv", "jsonl", "isic2018"] | None,
        typer.Option(help="By default what the output's name ends in: .csv or .jsonl."),
    ] = None,
    model: ModelOption = None,
    provider: ProviderOption = "auto",
    workers: Annotated[
        int | None,
        typer.Option(min=1, help="Threads that read photos; by default one per processor, at most 8."),
    ] = None,
    batch_size: Annotated[
        int | None,
        typer.Option(min=1, help="Photos per run of the network; by default 1 on CPU, 32 on CUDA."),
    ] = None,
) -> None:
    """Judge every file of a folder: one row per file, also for files that cannot be read.

    Exits with 1 when some files could not be read.
    """
    from naevia._quiet import quiet_stderr
    from naevia.writers import RowFile, format_of

    file = RowFile(output, format or format_of(output))
    with quiet_stderr() as terminal, _termination_interrupts():
        from naevia.scan import count_files
        from naevia.session import Session
        from naevia.shelf import find_model

        total = count_files(folder, skip=(file.output, file.partial))
        if total == 0:
            raise UsageError(f"no files in {folder}; name the folder that holds the photos")
        session = Session.open(find_model(model), provider=provider)
        tally = _run(folder, session, file, terminal, total, workers, batch_size)
    _report(tally, file, session)
    raise typer.Exit(1 if tally.status["error"] else 0)


def _run(
    folder: Path,
    session: Session,
    file: RowFile,
    terminal: TextIO,
    total: int,
    workers: int | None,
    batch_size: int | None,
) -> Tally:
    from naevia.cli._progress import show_progress
    from naevia.scan import scan

    rows = scan(folder, session, workers=workers, batch_size=batch_size, skip=(file.output, file.partial))
    try:
        with closing(rows), file, show_progress(terminal, total) as tally:
            for row in rows:
                file.write(row)
                tally.count(row)
    except KeyboardInterrupt:
        terminal.write(f"naevia: {file.written} of {total} rows are in {file.partial}\n")
        raise
    return tally


def _report(tally: Tally, file: RowFile, session: Session) -> None:
    from rich.console import Console

    from naevia.cli._progress import summary_table
    from naevia.cli._text import RESEARCH_ONLY, printable

    console = Console(highlight=False)
    console.print(summary_table(tally))
    lines = [
        f"{file.written} rows in {printable(str(file.output))}",
        f"model {session.contract.model_id}, {session.provider.name.upper()} ({session.provider.reason})",
        RESEARCH_ONLY,
    ]
    if file.left_out:
        typer.echo(
            f"naevia: {file.left_out} files could not be read and are not in the submission, which has no "
            "place for errors; scan to .csv to see why",
            err=True,
        )
    console.print("\n".join(lines), markup=False, soft_wrap=True)


@contextmanager
def _termination_interrupts() -> Iterator[None]:
    """Let a polite request to end the program end it as Ctrl-C does: nothing lost, and said so."""
    import signal
    import threading

    if threading.current_thread() is not threading.main_thread():  # signals belong to the main thread
        yield
        return

    def interrupt(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
