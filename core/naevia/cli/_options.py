"""Options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer


def given_path(text: str) -> Path:
    """A path that was given; an empty one, as of a variable that is not set, would be the current folder."""
    if not text:
        raise typer.BadParameter("expected a name, received none")
    return Path(text)


ModelOption = Annotated[
    str | None,
    typer.Option(
        "--model",
        "-m",
        metavar="MODEL",
        help="Model id or folder; the model that came with Naevia by default.",
    ),
]

ProviderOption = Annotated[
    Literal["auto", "cpu", "cuda"],
    typer.Option("--provider", help="What computes; auto takes CUDA where it works."),
]
