"""One training run, top to bottom: configure, audit, fit, finish."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, get_args

import numpy as np

from naevia.contract import InputSpec
from naevia.errors import DataError, UsageError
from naevia_train.audit import AuditedData, audit
from naevia_train.audit_report import audit_summary, write_audit
from naevia_train.collect import find_files
from naevia_train.dataset import PreparedImages, prepared_images, training_images
from naevia_train.files import write_text
from naevia_train.labels import read_label_files
from naevia_train.manifest import write_manifest
from naevia_train.recipes import Rebalance, Recipe, find_recipe

CONFIG = "config.json"
Say = Callable[[str], None]


@dataclass(frozen=True)
class RunConfig:
    """Everything that decides a run's outcome.

    Attributes:
        folders: Absolute paths of the image folders, in order.
        labels: Absolute paths of the label files, in order.
        recipe: The recipe with every change from the command line.
        seed: Seed of split, weights, draws and augmentation.
        model_id: Name of the model.
    """

    folders: tuple[str, ...]
    labels: tuple[str, ...]
    recipe: Recipe
    seed: int
    model_id: str

    @classmethod
    def create(
        cls,
        *,
        folders: Sequence[Path],
        labels: Sequence[Path],
        recipe: str,
        seed: int,
        model_id: str | None = None,
        epochs: int | None = None,
        rebalance: str | None = None,
        size_px: int | None = None,
        draws: int | None = None,
        batch_size: int | None = None,
    ) -> RunConfig:
        """Apply the command line's changes to a named recipe.

        Raises:
            UsageError: The recipe or the rebalancing does not exist.
        """
        if rebalance is not None and rebalance not in get_args(Rebalance):
            raise UsageError(
                f"there is no rebalancing {rebalance!r}; choose one of {', '.join(get_args(Rebalance))}"
            )
        base = find_recipe(recipe)
        changes = {"rebalance": rebalance, "size_px": size_px, "draws": draws, "batch_size": batch_size}
        changed = replace(base, **{name: value for name, value in changes.items() if value is not None})
        if epochs is not None:
            changed = replace(changed, epochs=epochs, head_epochs=min(base.head_epochs, epochs - 1))
        return cls(
            folders=tuple(str(folder.resolve()) for folder in folders),
            labels=tuple(str(path.resolve()) for path in labels),
            recipe=changed,
            seed=seed,
            model_id=model_id or f"naevia-{changed.name}",
        )

    @property
    def input_spec(self) -> InputSpec:
        """What the network takes: the whole frame, squashed."""
        return InputSpec(size_px=self.recipe.size_px, resize="squash")

    def to_json(self) -> str:
        """The configuration as `config.json` holds it."""
        return json.dumps(asdict(self), indent=2) + "\n"


def train_run(config: RunConfig, run: Path, *, resume: bool, progress: int, say: Say) -> None:
    """Carry a run out, or go on with it.

    Args:
        config: What to train.
        run: The run folder.
        resume: Go on with the run in that folder; its configuration must be the same.
        progress: Keras's `verbose`.
        say: Prints one line.

    Raises:
        UsageError: The folder holds another run.
        DataError: The images or labels cannot be used.
    """
    _claim_folder(config, run, resume=resume)
    data = _audited(config, run, say)
    train, validation = training_images(data), prepared_images(data, "validation", config.input_spec)
    if len(set(train.labels.tolist())) < 2 or len(set(validation.labels.tolist())) < 2:
        raise DataError(
            "training and validation need images of at least two diagnoses each; give more images"
        )
    _fit(config, run, data, validation, progress=progress, say=say)
    from naevia_train.finish import finish

    finish(config, run, data, say)


def _fit(
    config: RunConfig, run: Path, data: AuditedData, validation: PreparedImages, *, progress: int, say: Say
) -> None:
    from naevia_train.fit import fit

    workers = os.cpu_count() or 1
    probe = _probe(data, config)
    fit(
        training_images(data), probe, validation, config.recipe, run,
        seed=config.seed, workers=min(workers, 8), progress=progress, say=say,
    )  # fmt: skip


def _claim_folder(config: RunConfig, run: Path, *, resume: bool) -> None:
    path = run / CONFIG
    if not path.exists():
        if resume:
            raise UsageError(
                f"{run} holds no run to resume ({CONFIG} is missing); leave out --resume to start one"
            )
        run.mkdir(parents=True, exist_ok=True)
        write_text(path, config.to_json())
        return
    if not resume:
        raise UsageError(f"{run} already holds a run; give --resume to go on with it, or another --output")
    try:
        earlier: Any = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UsageError(f"{path} cannot be read ({error}); start again in another --output") from error
    now = json.loads(config.to_json())
    if different := [name for name in now if earlier.get(name) != now[name]]:
        raise UsageError(
            f"{run} was started with another {' and '.join(different)} (see {CONFIG}); give the same, or another --output"
        )


def _audited(config: RunConfig, run: Path, say: Say) -> AuditedData:
    book = read_label_files([Path(path) for path in config.labels])
    files = find_files([Path(folder) for folder in config.folders], book.image_ids)
    say(f"{len(files)} image files in {len(config.folders)} folders, {len(book.statements)} official labels")
    data = audit(
        files, book, seed=config.seed, limit_px=2 * config.recipe.size_px, workers=os.cpu_count() or 1
    )
    write_manifest(data.rows, run)
    write_audit(data, run)
    for line in audit_summary(data):
        say(line)
    return data


def _probe(data: AuditedData, config: RunConfig) -> PreparedImages:
    """Training images, the first file of each, to be measured like validation ones."""
    from naevia_train.fit import PROBE_IMAGES

    images = prepared_images(data, "train", config.input_spec)
    chosen = np.random.default_rng(config.seed).permutation(len(images.rows))[:PROBE_IMAGES]
    return PreparedImages(
        [images.rows[index] for index in chosen], images.pixels[chosen], images.labels[chosen]
    )
