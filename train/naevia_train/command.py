"""`naevia train`. Nothing heavy is imported before the command runs."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Literal

import typer

from naevia.errors import require_extra

LabelFiles = Annotated[
    list[Path] | None,
    typer.Option("--labels", metavar="CSV", help="Official labels or metadata; repeat for several."),
]


def train(
    folders: Annotated[
        list[Path],
        typer.Argument(
            metavar="FOLDER...|MANIFEST",
            help="Class folders, trees with Train/ and Test/ above them, or flat folders of images, audited "
            "first; or the manifest.csv of an audit.",
        ),
    ],
    output: Annotated[
        Path, typer.Option("--output", metavar="RUN", help="The run folder; everything lands in it.")
    ],
    recipe: Annotated[
        str,
        typer.Option(
            metavar="NAME",
            help="The small network (seed); EfficientNet-Lite0 (lite0), going on from a finished model "
            "(lite0-tune), or with wider changes of the photos (lite0-wide); EfficientNet-Lite2 with wider "
            "changes (lite2-wide), with marks of clinics, too (lite2-clinics), for a GPU (lite2-long). "
            "docs/training.md lists their settings.",
        ),
    ] = "lite0",
    labels: LabelFiles = None,
    epochs: Annotated[int | None, typer.Option(min=1, help="Epochs instead of the recipe's.")] = None,
    seed: Annotated[int, typer.Option(min=0, help="Seed of split, weights, draws and augmentation.")] = 1,
    rebalance: Annotated[
        Literal["oversample", "class-weight", "sqrt"] | None,
        typer.Option(
            help="Equal draws, weights in the loss, or draws by softened frequency, instead of the recipe's."
        ),
    ] = None,
    size: Annotated[
        int | None,
        typer.Option(min=32, max=1024, help="Width and height in pixels instead of the recipe's."),
    ] = None,
    draws: Annotated[
        int | None, typer.Option(min=1, help="Images per epoch instead of the recipe's.")
    ] = None,
    batch_size: Annotated[
        int | None, typer.Option(min=1, help="Images per step instead of the recipe's.")
    ] = None,
    model_version: Annotated[
        str, typer.Option(metavar="VERSION", help="Version of the model; raise it when a clinic has another.")
    ] = "1.0.0",
    model_id: Annotated[
        str | None, typer.Option(metavar="ID", help="Name of the model; that of RUN by default.")
    ] = None,
    leave_out: Annotated[
        str | None,
        typer.Option(
            metavar="SOURCE[:FOLD/FOLDS]",
            help="Train without this source, or without one fold of it, and test on it.",
        ),
    ] = None,
    backbone: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="Network instead of the recipe's: seed, lite0, lite1, lite2 or any of keras.applications.",
        ),
    ] = None,
    weights: Annotated[
        str | None,
        typer.Option(
            metavar="imagenet|FILE|none",
            help="First weights instead of the recipe's: ImageNet's (lite0 to lite2, installed with the "
            "program), a .keras or .h5 file, or fresh ones.",
        ),
    ] = None,
    teacher: Annotated[
        list[str] | None,
        typer.Option(
            metavar="MODEL", help="Also learn what this finished model answers; repeat for several."
        ),
    ] = None,
    validation: Annotated[
        Path | None,
        typer.Option(
            metavar="CSV",
            help="Validate on the images of this validation.csv, to compare with the model it came with.",
        ),
    ] = None,
    start_from: Annotated[
        str | None,
        typer.Option(metavar="MODEL", help="Start from this finished model's weights instead of ImageNet's."),
    ] = None,
    member: Annotated[
        int | None,
        typer.Option(
            min=1, help="Which network of it, from 1, where the model to start from is an ensemble."
        ),
    ] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on where this run stopped.")] = False,
    fit_only: Annotated[
        bool,
        typer.Option(
            "--fit-only",
            help="Stop when the network is fitted; --resume, on another machine perhaps, measures it.",
        ),
    ] = False,
    devices: Annotated[
        str,
        typer.Option(
            metavar="N|all", help="Devices to train on together; TF_CONFIG adds other machines' to them."
        ),
    ] = "1",
    tensorboard: Annotated[
        bool, typer.Option("--tensorboard", help="Write logs for TensorBoard into the run folder.")
    ] = False,
    verbose: Annotated[
        int, typer.Option(min=0, max=2, help="Keras progress: 1 bars, 2 one line per epoch, 0 none.")
    ] = 1,
) -> None:
    """Train a network on folders of labelled photos, calibrate it, measure it and write its card."""
    require_extra("jax" if os.environ.get("KERAS_BACKEND") == "jax" else "train")
    from naevia_train.quiet import load_keras

    load_keras()
    from naevia.shelf import id_of_folder
    from naevia_train.fitting.devices import find_devices
    from naevia_train.fitting.live import check_logs
    from naevia_train.running.config import RunConfig
    from naevia_train.running.run import train_run

    found = find_devices(devices)
    check_logs(wanted=tensorboard)
    config = RunConfig.create(
        folders=folders,
        labels=labels or [],
        recipe=recipe,
        seed=seed,
        model_id=model_id or id_of_folder(output),
        model_version=model_version,
        epochs=epochs,
        rebalance=rebalance,
        size_px=size,
        draws=draws,
        batch_size=batch_size,
        leave_out=leave_out,
        validation=validation,
        start_from=start_from,
        member=member,
        backbone=backbone,
        weights=weights,
        teachers=teacher or [],
    )
    train_run(
        config,
        output,
        resume=resume,
        keras_verbose=verbose,
        say=typer.echo,
        devices=found,
        tensorboard=tensorboard,
        fit_only=fit_only,
    )
