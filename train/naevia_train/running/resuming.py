"""Which run a folder holds, and whether `--resume` may go on with it."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Mapping
from dataclasses import MISSING, fields, replace
from pathlib import Path
from typing import Any

from naevia.errors import UsageError
from naevia_train.files import check_output
from naevia_train.fitting.checkpoints import read_state
from naevia_train.recipes import Recipe, Stage
from naevia_train.running.config import CONFIG, RunConfig
from naevia_train.running.sittings import flat_settings, without_folders

_MOST_NAMED = 3
_FREE = ("model_id", "model_version", "folders", "labels", "validation")
"""What may change when a run goes on: names, on which nothing that is fitted depends, and where images and
labels lie, because the manifest that they lead to is compared itself."""


def check_folder(config: RunConfig, run: Path, *, resume: bool) -> None:
    """Refuse to mix two runs up in one folder, or a run with anything else.

    Args:
        config: What to train.
        run: The run folder.
        resume: Whether to go on with the run in it, which may have been planned shorter.

    Raises:
        UsageError: The folder lies among the photos, or holds other files, another run, none to go on with,
            or one that is not to be gone on with.
    """
    check_output(run, map(Path, config.folders))
    if resume:
        _check_resumed(config, run)
    elif not (run / CONFIG).exists():
        _check_empty(run)
    elif read_state(run).epochs_done:
        raise UsageError(f"{run} already holds a run; give --resume to go on with it, or another --output")


def _check_empty(run: Path) -> None:
    if run.exists() and (others := sorted(file.name for file in run.iterdir())):
        raise UsageError(
            f"{run} holds other files ({', '.join(others[:_MOST_NAMED])}) and no run; "
            "choose an --output that does not exist yet"
        )


def _check_resumed(config: RunConfig, run: Path) -> None:
    path = run / CONFIG
    if not path.exists():
        raise UsageError(
            f"{run} holds no run to resume ({CONFIG} is missing); leave out --resume to start one"
        )
    try:
        earlier: Any = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UsageError(f"{path} cannot be read ({error}); start again in another --output") from error
    _fill_in(earlier)
    now = json.loads(_as_planned(config, earlier).to_json())
    if different := [name for name in now if name not in _FREE and earlier.get(name) != now[name]]:
        words = [_in_words(name, earlier.get(name), now[name]) for name in different]
        way_out = "another --output" if read_state(run).epochs_done else "leave out --resume to begin anew"
        raise UsageError(
            f"{run} was started with another {' and '.join(words)} (see {CONFIG}); "
            f"give the same, or {way_out}"
        )


def _fill_in(earlier: Any) -> None:
    """Give a run of an earlier version the settings that came later; it was made with their defaults."""
    with contextlib.suppress(KeyError, TypeError):  # no run of ours; the comparison that follows says so
        recipe = earlier["recipe"]
        stages = [(Stage, stage) for stage in recipe["stages"]]
        for kind, known in ((RunConfig, earlier), (Recipe, recipe), *stages):
            defaults = {field.name: field.default for field in fields(kind) if field.default is not MISSING}
            for name, default in json.loads(json.dumps(defaults)).items():
                known.setdefault(name, default)


def _as_planned(config: RunConfig, earlier: Any) -> RunConfig:
    """The configuration with no more epochs than the run was started with.

    A run that was still improving may be made longer, also into stages that it had been too short for;
    nothing else about it may change.
    """
    try:
        before = sum(stage["epochs"] for stage in earlier["recipe"]["stages"])
    except (KeyError, TypeError):
        return config  # no run of ours; the comparison that follows says so
    given = config.recipe.epochs
    if given < before:
        raise UsageError(f"expected {before} epochs or more, received {given}; a run can only be made longer")
    return replace(config, recipe=config.recipe.with_epochs(before))


def _in_words(name: str, before: Any, now: Any) -> str:
    """A setting that differs; of a recipe also what in it differs."""
    if not (isinstance(before, Mapping) and isinstance(now, Mapping)) or before.get("name") != now.get(
        "name"
    ):
        return name
    then, new = flat_settings(before), flat_settings(now)
    changes = [
        f"{part} {without_folders(then.get(part))}, now {without_folders(new.get(part))}"
        for part in {**then, **new}
        if then.get(part) != new.get(part)
    ]
    more = len(changes) - _MOST_NAMED
    return f"{name}: {'; '.join(changes[:_MOST_NAMED])}{f'; and {more} more' if more > 0 else ''}"
