"""What is known of a network before it is measured."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from naevia.contract import InputSpec
from naevia_train.labelling.manifest import ManifestRow
from naevia_train.labelling.metadata import ImageFacts, read_metadata
from naevia_train.networks.backbones import KERAS_FILE
from naevia_train.preparing.noted_label_files import label_files_of
from naevia_train.preparing.validation_list import count_doubtful
from naevia_train.running.config import RunConfig


@dataclass(frozen=True)
class Candidate:
    """A finished network: what it is called, and how it is asked.

    Attributes:
        model_id: Name of the model.
        version: Its version.
        recipe: How it was made, in one word.
        input: What the network takes.
        mirrored: Whether its answer is the mean over the photo and its mirror image.
        seed: Seed of everything that is drawn while it is measured.
        facts: Sex, age and site by image id.
        goes_on: Whether it learnt from earlier models, too, as their weights or as a teacher's answers.
        leave_out: The source that training did without and that is the test split, or None.
        doubtful: How many test images an earlier model may have learnt from.
    """

    model_id: str
    version: str
    recipe: str
    input: InputSpec
    mirrored: bool
    seed: int
    facts: Mapping[str, ImageFacts] = field(default_factory=dict)
    goes_on: bool = False
    leave_out: str | None = None
    doubtful: int = 0

    @classmethod
    def of_run(cls, config: RunConfig, rows: Sequence[ManifestRow]) -> Candidate:
        """The network that a training run makes.

        Args:
            config: The run's configuration.
            rows: The manifest as the run uses it.

        Raises:
            DataError: A table that may know facts about the patients, or a list of an earlier model, cannot
                be read.
        """
        folders, labels = ([Path(path) for path in paths] for paths in (config.folders, config.labels))
        return cls(
            model_id=config.model_id,
            version=config.model_version,
            recipe=config.recipe.name,
            input=config.input_spec,
            mirrored=config.recipe.mirrored,
            seed=config.seed,
            facts=read_metadata(label_files_of(folders, labels)),
            goes_on=bool(config.teachers or config.start_from or config.recipe.weights.endswith(KERAS_FILE)),
            leave_out=config.leave_out,
            doubtful=count_doubtful(rows, {kept.parent for kept in config.kept_apart}),
        )
