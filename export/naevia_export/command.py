"""`naevia export-onnx`, also installed as `export-onnx`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from naevia.contract import TOLERANCE
from naevia.errors import require_extra

if TYPE_CHECKING:
    from naevia_export.exporting import Exported


def main() -> None:
    """Run the command as a program of its own."""
    from naevia.cli import run

    sys.exit(run(["export-onnx", *sys.argv[1:]]))


def export_onnx(
    source: Annotated[
        Path, typer.Argument(metavar="RUN|MODEL.keras", help="Run folder of `naevia train`, or a Keras file.")
    ],
    output: Annotated[Path, typer.Option("--output", "-o", metavar="DIR", help="Model folder to make.")],
    images: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER",
            help="Photos to verify on: required for a Keras file; by default those that a run folder brings.",
        ),
    ] = None,
    model_id: Annotated[
        str | None,
        typer.Option(
            metavar="ID", help="Name of the model; by default the run's, or for a Keras file that of DIR."
        ),
    ] = None,
    model_version: Annotated[
        str | None,
        typer.Option(
            metavar="TEXT", help="Version of the model; by default the run's, or 1.0 for a Keras file."
        ),
    ] = None,
    resize: Annotated[
        Literal["squash", "center_square"] | None,
        typer.Option(
            help="For a Keras file: how photos were brought to its square, whole or cut; squash by default."
        ),
    ] = None,
    weights_license: Annotated[
        str | None,
        typer.Option(
            "--license",
            metavar="TEXT",
            help="For a Keras file: licence of the weights; `not stated` by default.",
        ),
    ] = None,
    opset: Annotated[int, typer.Option(help="ONNX operator set, 17 or 18.")] = 17,
    tolerance: Annotated[
        float,
        typer.Option(
            help="Largest difference from Keras allowed, as a share of the larger of 1 and an output's "
            "largest number; it can only be made smaller."
        ),
    ] = TOLERANCE,
    force: Annotated[
        bool, typer.Option("--force", help="Replace a model folder, once the new one is complete.")
    ] = False,
) -> None:
    """Convert a trained network to ONNX and prove that it answers like Keras.

    When ONNX Runtime differs from Keras on a photo, nothing is left behind and the difference is named.
    """
    require_extra("train")
    from rich.console import Console

    from naevia_export.contracts import Labels
    from naevia_export.exporting import Options, export_model

    labels = Labels(model_id=model_id, version=model_version, resize=resize, license=weights_license)
    options = Options(labels=labels, opset=opset, tolerance=tolerance, force=force)
    with Console(stderr=True).status("Starting TensorFlow") as status:
        exported = export_model(
            source,
            output,
            images=images,
            options=options,
            on_step=status.update,
        )
    _show(exported)


def _show(exported: Exported) -> None:
    from rich.console import Console

    from naevia_export.summary import next_command, summary

    console = Console(highlight=False)
    console.print(summary(exported))
    console.print(next_command(exported), soft_wrap=True)  # on one line, so that it can be copied
