"""What decides a run's outcome, as `config.json` holds it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, get_args

from naevia.contract import MODEL_FILE, InputSpec, check_model_id
from naevia.errors import UsageError
from naevia.shelf import find_model
from naevia_train.labelling.manifest import VALIDATION
from naevia_train.networks.backbones import check_backbone
from naevia_train.networks.warm_start import find_network
from naevia_train.preparing.leave_out import LeftOut
from naevia_train.recipes import Rebalance, Recipe, find_recipe

CONFIG = "config.json"
FIRST_VERSION = "1.0.0"


@dataclass(frozen=True)
class RunConfig:
    """Everything that decides a run's outcome.

    Attributes:
        folders: Absolute paths of the image folders, in order.
        labels: Absolute paths of the label files, in order.
        recipe: The recipe with every change from the command line.
        seed: Seed of split, weights, draws and augmentation.
        model_id: Name of the model.
        model_version: Version of the model.
        leave_out: Source, or fold of one, that is the test split instead of the declared one, or None.
        validation: Absolute path of the list of validation images, or None.
        start_from: Absolute path of the model folder whose weights are the first ones, or None.
        member: Which of its networks, from 1, where it is an ensemble.
        teachers: Names or absolute folders of finished models that the network learns from.
    """

    folders: tuple[str, ...]
    labels: tuple[str, ...]
    recipe: Recipe
    seed: int
    model_id: str
    model_version: str = FIRST_VERSION
    leave_out: str | None = None
    validation: str | None = None
    start_from: str | None = None
    member: int | None = None
    teachers: tuple[str, ...] = ()

    @classmethod
    def create(
        cls,
        *,
        folders: Sequence[Path],
        labels: Sequence[Path],
        recipe: str,
        seed: int,
        model_id: str,
        model_version: str = FIRST_VERSION,
        epochs: int | None = None,
        rebalance: str | None = None,
        size_px: int | None = None,
        draws: int | None = None,
        batch_size: int | None = None,
        leave_out: str | None = None,
        validation: Path | None = None,
        start_from: str | Path | None = None,
        member: int | None = None,
        backbone: str | None = None,
        weights: str | None = None,
        teachers: Sequence[str] = (),
    ) -> RunConfig:
        """Apply the command line's changes to a named recipe.

        Whether the network takes the colour of the light out of photos is as in the model it starts from.

        Raises:
            UsageError: The recipe, the rebalancing, the backbone, its weights or the validation list do not
                exist, `leave_out` has another form, no model can have that name, or a recipe that goes on
                from a model is given none.
            ModelError: The model to start from or a teacher is not there, or not which network of it is
                meant.
        """
        _check(model_id, rebalance, leave_out, validation, teachers)
        base = find_recipe(recipe)
        changes: dict[str, Any] = {
            "rebalance": rebalance,
            "draws": draws,
            "batch_size": batch_size,
            "network": backbone,
        }
        changes["weights"] = _whole_path(weights)
        changed = replace(base, **{name: value for name, value in changes.items() if value is not None})
        check_backbone(changed.network, changed.weights)
        if changed.kept_start and start_from is None:
            raise UsageError(
                f"the recipe {recipe} goes on from a finished model; name it with --start-from MODEL"
            )
        start = find_model(start_from).resolve() if start_from else None
        if start:
            network = find_network(start / MODEL_FILE, member)
            changed = replace(changed, colour_constancy=network.colour_constancy)
        elif member is not None:
            raise UsageError("--member says which network of --start-from MODEL; give both or neither")
        if size_px is not None:
            changed = changed.with_size(size_px)
        if epochs is not None:
            changed = changed.with_epochs(epochs)
        return cls(
            folders=tuple(str(folder.resolve()) for folder in folders),
            labels=tuple(str(path.resolve()) for path in labels),
            recipe=changed,
            seed=seed,
            model_id=model_id,
            model_version=model_version,
            leave_out=leave_out,
            validation=str(validation.resolve()) if validation else None,
            teachers=tuple(_whole_path(teacher) or teacher for teacher in teachers),
            start_from=str(start) if start else None,
            member=member,
        )

    @property
    def kept_apart(self) -> dict[Path, str]:
        """Lists of images that teachers and first weights were not trained on, and whose each is, in words.

        Raises:
            ModelError: A teacher is not there.
        """
        lists = {find_model(teacher) / VALIDATION: f"its teacher {teacher}" for teacher in self.teachers}
        weights = Path(self.recipe.weights)
        first = Path(self.start_from) if self.start_from else weights.parent if weights.is_file() else None
        return lists | ({first / VALIDATION: "the weights it starts from"} if first else {})

    @property
    def input_spec(self) -> InputSpec:
        """What the network takes at use."""
        return InputSpec(size_px=self.recipe.size_px, resize=self.recipe.resize)

    def to_json(self) -> str:
        """The configuration as `config.json` holds it."""
        return json.dumps(asdict(self), indent=2) + "\n"


def _check(
    model_id: str,
    rebalance: str | None,
    leave_out: str | None,
    validation: Path | None,
    teachers: Sequence[str],
) -> None:
    """Refuse at once what would fail only after the audit, or after training."""
    check_model_id(model_id)
    if rebalance is not None and rebalance not in get_args(Rebalance):
        raise UsageError(
            f"there is no rebalancing {rebalance!r}; choose one of {', '.join(get_args(Rebalance))}"
        )
    if leave_out is not None:
        LeftOut.parse(leave_out)
    if validation is not None and not validation.is_file():
        raise UsageError(f"--validation {validation} is no file; give the validation.csv of an earlier model")
    for teacher in teachers:
        find_model(teacher)


def _whole_path(word: str | None) -> str | None:
    """The absolute path of what exists; any other word as it stands."""
    return str(Path(word).resolve()) if word and Path(word).exists() else word
