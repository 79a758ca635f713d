"""`naevia models`: what lies on the model shelves."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from naevia.cli._help import Command, Group

models = typer.Typer(cls=Group, help="The models that can be used.", no_args_is_help=True)

_ModelArgument = Annotated[
    str | None, typer.Argument(metavar="[MODEL]", help="Model id or folder; the default model when left out.")
]


@models.command("list", cls=Command)
def list_command(
    as_json: Annotated[
        bool, typer.Option("--json", help="Print a JSON array with one object per model.")
    ] = False,
) -> None:
    """List the models of every shelf, in the order in which they are searched."""
    from naevia.shelf import list_models

    found = list_models()
    if as_json:
        objects = [
            {
                "id": model.id,
                "version": model.contract.version if model.contract else None,
                "folder": str(model.folder),
                "origin": model.origin,
                "problem": model.problem,
            }
            for model in found
        ]
        typer.echo(json.dumps(objects, indent=2))
        return
    from rich.console import Console

    from naevia.cli._models import shelf_report

    shelf_report(found, Console(highlight=False))


@models.command("show", cls=Command)
def show_command(model: _ModelArgument = None) -> None:
    """Show what a model says of itself: what it was trained on, how well it does, and its licence."""
    from rich.console import Console

    from naevia.cli._models import contract_report
    from naevia.contract import read_contract
    from naevia.shelf import find_model

    folder = find_model(model)
    contract_report(folder, read_contract(folder), Console(highlight=False))


@models.command("verify", cls=Command)
def verify_command(model: _ModelArgument = None) -> None:
    """Check a model: the hash of each listed file, the contract inside, its golden answers on this computer.

    Exits with 3 when anything differs.
    """
    from naevia._quiet import quiet_stderr

    with quiet_stderr():
        from naevia.session import Session
        from naevia.shelf import find_model

        folder = find_model(model)
        session = Session.open(folder)
    typer.echo(
        f"OK: {session.contract.model_id} {session.contract.version} at {folder}: all listed files "
        f"unchanged; golden answers reproduced on {session.provider.name.upper()} within "
        f"{session.golden_difference:.1e} (allowed {session.contract.golden.tolerance:.0e})"
    )
