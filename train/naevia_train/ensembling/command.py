"""`naevia ensemble`. Nothing heavy is imported before the command runs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from naevia.errors import require_extra


def ensemble(
    models: Annotated[
        list[str],
        typer.Argument(
            metavar="MODEL...",
            help="Two finished models or more: folders or names. MODEL:2 takes its second network alone.",
        ),
    ],
    manifest: Annotated[
        Path,
        typer.Option(
            metavar="MANIFEST", help="manifest.csv of an audit of the images that they were trained on."
        ),
    ],
    output: Annotated[
        Path, typer.Option("--output", metavar="RUN", help="The run folder; everything lands in it.")
    ],
    model_id: Annotated[str, typer.Option(metavar="ID", help="Name of the new model.")],
    model_version: Annotated[
        str, typer.Option(metavar="VERSION", help="Version of the model; raise it when a clinic has another.")
    ] = "1.0.0",
) -> None:
    """Join finished models into one that answers with their mean, calibrate it and measure it."""
    require_extra("train")
    from naevia_train.quiet import load_keras

    load_keras()
    from naevia_train.ensembling.members import find_member
    from naevia_train.ensembling.run import ensemble_run

    ensemble_run(
        [find_member(model) for model in models],
        manifest,
        output,
        model_id=model_id,
        model_version=model_version,
        say=typer.echo,
    )
