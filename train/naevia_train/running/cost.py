"""What a run's training took, read from its folder."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

from naevia_train.fitting.records import read_history
from naevia_train.running.config import RunConfig
from naevia_train.running.results import Training
from naevia_train.running.sittings import changed_settings, read_sittings, without_folders

_SAID_ELSEWHERE = ("folders", "labels", "recipe", "model_id", "model_version")


def read_training(config: RunConfig, run: Path) -> Training:
    """Read what is known of a finished run.

    Args:
        config: The run's configuration.
        run: The run folder.
    """
    history = read_history(run)
    sittings = read_sittings(run, epochs=len(history))
    return Training(
        seconds=sum(record.seconds for record in history),
        epochs=len(history),
        recipe=_settings(config),
        sittings=[sitting.words for sitting in sittings],
        changes=changed_settings(sittings),
        packages=sittings[-1].packages if sittings else {},
    )


def _settings(config: RunConfig) -> dict[str, str]:
    """The recipe's settings, one stage a line, and the run's own."""
    recipe = asdict(config.recipe)
    stages = recipe.pop("stages")
    found = {name.replace("_", " "): without_folders(value) for name, value in recipe.items()}
    for number, stage in enumerate(stages, start=1):
        words = (f"{name.replace('_', ' ')} {value}" for name, value in stage.items())
        found[f"stage {number}"] = ", ".join(words)
    own = {name: value for name, value in asdict(config).items() if name not in _SAID_ELSEWHERE}
    for name, value in own.items():
        if value:
            found[name.replace("_", " ")] = without_folders(value)
    return found
