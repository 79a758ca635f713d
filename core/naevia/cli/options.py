"""Options that several commands share."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

ModelOption = Annotated[
    str | None,
    typer.Option(
        "--model",
        "-m",
        metavar="MODEL",
        help="Model id or folder; by default the first of NAEVIA_MODELS, or the one that came with Naevia.",
    ),
]

ProviderOption = Annotated[
    Literal["auto", "cpu", "cuda"],
    typer.Option("--provider", help="What computes; auto takes CUDA where it works."),
]
