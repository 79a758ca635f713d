"""`python -m naevia_train.refusal`: print what a model refuses, kind by kind."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from naevia.cli import run_alone
from naevia.cli.options import ModelOption
from naevia.session import Session
from naevia.shelf import find_model
from naevia_train.files import check_output_file
from naevia_train.labelling.scoring_table import read_labelled_csv
from naevia_train.refusal.collection import all_pictures
from naevia_train.refusal.report import refusal_report


def refusal(
    model: ModelOption = None,
    dermoscopy: Annotated[
        Path | None,
        typer.Option(metavar="CSV", help="Dermoscopy photos; the model's own validation.csv by default."),
    ] = None,
    root: Annotated[
        list[Path] | None, typer.Option(metavar="DIR", help="Where the CSV's paths start from.")
    ] = None,
    every: Annotated[int, typer.Option(min=1, help="Take every N-th dermoscopy photo.")] = 1,
    output: Annotated[Path | None, typer.Option(metavar="JSON", help="Write the table there too.")] = None,
) -> None:
    """Print what a model refuses of pictures without a lesion, of dermoscopy and of drawn lesions."""
    if output is not None:
        check_output_file(output)
    folder = find_model(model)
    files = read_labelled_csv(dermoscopy or folder / "validation.csv", root or []).files
    report = refusal_report(Session.open(folder), all_pictures(files), files[::every])
    for line in report.lines():
        typer.echo(line)
    if output is not None:
        report.write(output)


if __name__ == "__main__":
    sys.exit(run_alone(refusal, sys.argv[1:], name="python -m naevia_train.refusal"))
