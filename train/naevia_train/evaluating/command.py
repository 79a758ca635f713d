"""`naevia evaluate`. Nothing heavy is imported before the command runs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from naevia.errors import UsageError, require_extra

EVALUATE_MODULES = ("scipy", "matplotlib", "seaborn")


def evaluate(
    targets: Annotated[
        list[Path],
        typer.Argument(
            metavar="FOLDER|CSV...", help="A run's validation.csv or manifest.csv, or class folders."
        ),
    ],
    model: Annotated[str | None, typer.Option("--model", "-m", help="Model folder or id.")] = None,
    root: Annotated[
        list[Path] | None,
        typer.Option(metavar="DATA", help="Folder that the CSV's paths start from; NAEVIA_DATA by default."),
    ] = None,
    labels: Annotated[
        list[Path] | None,
        typer.Option("--labels", metavar="CSV", help="Official labels or metadata; repeat for several."),
    ] = None,
    split: Annotated[str, typer.Option(help="Which rows of a manifest count.")] = "validation",
    output: Annotated[
        Path | None,
        typer.Option("--output", metavar="DIR", help="Write report, predictions and figure here."),
    ] = None,
    resize: Annotated[
        Literal["squash", "center_square"] | None,
        typer.Option(help="Try another resize policy than the model's own."),
    ] = None,
) -> None:
    """Score an ONNX model on labelled images: AUC, accuracy, recall, calibration, and renditions."""
    require_extra("train", *EVALUATE_MODULES)
    from naevia import Session, find_model
    from naevia_train.evaluating.evaluation import run_evaluation
    from naevia_train.labelled import find_labelled_files, read_labelled_csv

    tables = [target for target in targets if target.suffix.lower() == ".csv"]
    if tables and (len(targets) > 1 or labels):
        raise UsageError(
            "expected either one CSV of labelled images, or folders with --labels; give one of them"
        )
    if tables:
        files = read_labelled_csv(tables[0], root or [], split=split)
    else:
        files = find_labelled_files(targets, labels or [])
    session = Session.open(find_model(model))
    result = run_evaluation(session, files, resize=resize, output=output, say=typer.echo)
    if result.unread:
        raise typer.Exit(1)
