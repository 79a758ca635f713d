"""`naevia audit`. Nothing heavy is imported before the command runs."""

from __future__ import annotations

import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated, Literal

import typer

from naevia.errors import DataError, require_extra


def audit(
    folders: Annotated[
        list[Path],
        typer.Argument(
            metavar="FOLDER...",
            help="Class folders, trees with Train/ and Test/ above them, or flat folders of images.",
        ),
    ],
    output: Annotated[
        Path, typer.Option("--output", metavar="DIR", help="Report, findings and manifest land here.")
    ],
    labels: Annotated[
        list[Path] | None,
        typer.Option("--labels", metavar="CSV", help="Official labels or metadata; repeat for several."),
    ] = None,
    resolve: Annotated[
        Literal["authority", "drop", "keep"],
        typer.Option(
            help="What becomes of a contradiction. authority: the official label holds, and without one the "
            "image is dropped; drop: it is dropped; keep: it stays as it is."
        ),
    ] = "authority",
    strict: Annotated[
        bool, typer.Option("--strict", help="Exit 1 when contradictions or leaks remain in the manifest.")
    ] = False,
    workers: Annotated[int | None, typer.Option(min=1, help="Threads; one per processor by default.")] = None,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the split.")] = 1,
    cache: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="Where readings, with paths and small grey pictures, are kept for the next audit; "
            "$NAEVIA_CACHE/audit by default, or naevia/audit in your cache folder (~/.cache on Linux).",
        ),
    ] = None,
) -> None:
    """Find copies, contradictions, leaks, shortcuts and damage in folders of labelled photos."""
    require_extra("train")
    from naevia.progress import progress_bar
    from naevia_train.auditing.engine import audit_folders
    from naevia_train.auditing.output import write_outputs
    from naevia_train.auditing.report_text import summary_sentence
    from naevia_train.files import check_output

    check_output(output, folders)
    with ExitStack() as stack:
        with progress_bar(sys.stderr, "reading files", afterwards="comparing pictures") as progress:
            result = stack.enter_context(
                audit_folders(
                    folders,
                    labels or [],
                    policy=resolve,
                    seed=seed,
                    workers=workers,
                    cache=cache,
                    progress=progress,
                )
            )
        written = write_outputs(result, output)
        typer.echo(summary_sentence(result.report))
        typer.echo(f"report: {written}")
        if strict and result.report.remaining:
            raise typer.Exit(1)
        if not result.report.used:
            raise DataError(
                f"expected images with a diagnosis, found none among {result.report.images:,}; {written} "
                "says why: name class folders after diagnoses, or give --labels with a table that names them"
            )
