"""`naevia scan`: a folder of any size."""

from __future__ import annotations

import sys
from collections.abc import Generator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, TextIO

import typer

from naevia.cli._interrupts import interrupts
from naevia.cli._terminal import unfailing
from naevia.cli.options import ModelOption, ProviderOption
from naevia.printable import printable

if TYPE_CHECKING:
    from naevia.cli._tally import Tally
    from naevia.journal import Journal
    from naevia.rows import Row
    from naevia.session import Session
    from naevia.table_scan import TableScan
    from naevia.writers import RowFile


_MISSING = "were taken away before the scan came to them, and have no row"
_GONE = "are no longer there, judged before the scan was stopped; scan again for a table without them"


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
            "until then the rows are in FILE.journal, and the same command goes on where a scan stopped.",
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
    restart: Annotated[
        bool,
        typer.Option("--restart", help="Forget what an earlier scan left in FILE.journal, damaged or not."),
    ] = False,
) -> None:
    """Judge every file of a folder: one row per file, also for files that cannot be read.

    A scan that was stopped or killed goes on when the same command is given again; files that could not be
    read, or have changed since, are tried again. Rows of files that were deleted or renamed since stay in the
    table, and the summary says how many.

    Exits with 1 when the table is complete but some files could not be read, and with 4 when the scan stopped
    before its end, as on a full disk or when the folder is no longer there: the same command goes on then.
    """
    from naevia._quiet import quiet_stderr

    with quiet_stderr() as terminal:
        with interrupts.held():  # a library that is interrupted while it is loaded is broken afterwards
            from naevia.journal import Journal
            from naevia.session import Session
            from naevia.shelf import find_model
            from naevia.table_scan import TableScan

        table = TableScan(folder, output, format)
        with interrupts.held():
            session = Session.open(find_model(model), provider=provider)
        with Journal(table.output, folder, session, restart=restart) as journal:
            rows = table.rows(journal, session, workers=workers, batch_size=batch_size)
            tally = _run(table, rows, journal, unfailing(terminal))
    _report(tally, table.file, session)
    raise typer.Exit(1 if tally.status["error"] else 0)


def _run(table: TableScan, rows: Generator[Row], journal: Journal, terminal: TextIO) -> Tally:
    with interrupts.held():
        from naevia.cli._tally import show_progress
        from naevia.rows import KeptRow

    try:
        with show_progress(terminal, table.total) as tally:
            with closing(rows):
                for row in rows:
                    with interrupts.held():
                        journal.add(row)
                        tally.count(row.to_dict(), kept=isinstance(row, KeptRow))
            table.write(journal, interrupts.finish)
    except KeyboardInterrupt:
        known = f"{journal.count()} of {table.total} rows are in {journal.path}"
        terminal.write(f"naevia: {known}; give the same command again to go on\n")
        raise
    return tally


def _report(tally: Tally, file: RowFile, session: Session) -> None:
    from rich.console import Console

    from naevia.cli._tally import summary_table
    from naevia.words import RESEARCH_ONLY, in_part_words, table_words

    console = Console(file=unfailing(sys.stdout), highlight=False)
    console.print(summary_table(tally))
    if tally.in_part:
        console.print(in_part_words(tally.in_part), markup=False)
    point = session.contract.operating_point
    if tally.monitored and point is not None:
        console.print(table_words(point), markup=False)
    gone = file.written + file.left_out - tally.done
    missing = tally.total - tally.done
    lines = [
        f"{file.written} rows in {printable(str(file.output))}",
        *([f"{gone} of them are of files that {_GONE}"] if gone else []),
        *([f"{missing} of the {tally.total} files of the beginning {_MISSING}"] if missing > 0 else []),
        f"model {session.contract.model_id}, {session.provider.name.upper()} ({session.provider.reason})",
        RESEARCH_ONLY,
    ]
    if file.left_out:
        typer.echo(
            f"naevia: {file.left_out} files could not be read and are not in the submission, which has no "
            "place for errors; scan to .csv to see why",
            err=True,
        )
    if file.doubled:
        typer.echo(
            f"naevia: {file.doubled} rows of the submission have the image of another one, because files in "
            "several folders share a name; the challenge takes each once",
            err=True,
        )
    console.print("\n".join(lines), markup=False, soft_wrap=True)
