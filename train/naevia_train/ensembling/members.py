"""The members of an ensemble beside it, on the same images, prepared in the same way."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from naevia import find_model
from naevia.contract import MODEL_FILE, Contract
from naevia.errors import UsageError
from naevia.session import Session
from naevia_train.ensembling.restored import restore
from naevia_train.fitting.answers import network_of
from naevia_train.labelling.diagnosis_set import NINE
from naevia_train.markdown import Finding, table
from naevia_train.measuring.bootstrap import ROUNDS, Key, resample
from naevia_train.measuring.figures import NAMES, figures, measure_all
from naevia_train.measuring.interval import Interval
from naevia_train.measuring.probabilities import softmax
from naevia_train.measuring.weighted import Floats
from naevia_train.networks.exported import read_exported
from naevia_train.running.results import SplitResult

if TYPE_CHECKING:
    import keras

COMPARED = ("macro_auc", "melanoma_auc", "malignant_auc", "balanced_accuracy", "accuracy")


@dataclass(frozen=True)
class Member:
    """A finished model, or one network of it, that is joined with others.

    Attributes:
        folder: Its model folder.
        contract: Its contract.
        number: Which of its networks, from 1; None joins all of them.
        temperature: What the networks' mean logits are divided by.
    """

    folder: Path
    contract: Contract
    number: int | None
    temperature: float

    @classmethod
    def open(cls, folder: Path, number: int | None = None) -> Member:
        """Read a model folder's contract, and check its files.

        Args:
            folder: The model folder.
            number: Which of its networks, from 1; None for all. In an ensemble each was calibrated before it
                was joined, so that one alone has the temperature 1; the biases of all were joined into one,
                so that it has their mean for its own.

        Raises:
            ModelError: The model is damaged.
            UsageError: It has not so many networks.
        """
        contract = Session.open(folder, provider="cpu").contract
        if number is None:
            return cls(folder, contract, None, contract.temperature)
        count = len(read_exported(folder / MODEL_FILE))
        if not 1 <= number <= count:
            raise UsageError(
                f"{folder}:{number}: the model holds {count} network{'s' * (count > 1)}, expected a number "
                f"from 1 to {count}"
            )
        return cls(folder, contract, number, 1.0 if count > 1 else contract.temperature)

    @property
    def model(self) -> str:
        """What its model is called, with its version."""
        return f"{self.contract.model_id} {self.contract.version}"

    @property
    def name(self) -> str:
        """What it is called."""
        return f"{self.model}, network {self.number}" if self.number else self.model

    @cached_property
    def networks(self) -> list[keras.Model]:
        """Its networks, or the chosen one; see `restore`.

        Raises:
            ModelError: They cannot be restored.
        """
        found = restore(self.folder, self.contract)
        return found if self.number is None else [found[self.number - 1]]

    def answer(self, pixels: NDArray[np.uint8]) -> NDArray[np.float64]:
        """Its calibrated probabilities, shape (n, 9), for prepared pixels, (n, size, size, 3) uint8."""
        mirrored = self.contract.mirrored
        logits = [network_of(network, mirrored=mirrored)(pixels)[0] for network in self.networks]
        return softmax(np.mean(logits, axis=0), self.temperature)


def find_member(given: str) -> tuple[Path, int | None]:
    """What a person names: a model's folder or name, `:` and a number after it for one of its networks.

    Returns:
        The model folder, and which of its networks, from 1; None for all.

    Raises:
        ModelError: There is no such model.
    """
    chosen = re.fullmatch(r"(.+):(\d+)", given)
    if chosen and not Path(given).exists():
        return find_model(chosen[1]), int(chosen[2])
    return find_model(given), None


def members_finding(members: Sequence[tuple[str, Floats]], joint: str, kept: SplitResult) -> Finding:
    """The members beside the ensemble; whether they are overfitted is on their own cards.

    Args:
        members: Name and calibrated probabilities of each, shape (n, 9), for the images of `kept`.
        joint: Name of the ensemble.
        kept: How the ensemble did on validation.
    """
    measured = [(name, measure_all(given, kept.labels, kept.lesions).overall) for name, given in members]
    measured.append((joint, kept.measured.overall))
    measured += [(f"{joint} minus {name}", _gain(kept, given)) for name, given in members]
    rows = [(name, *(found.get(figure, "-") for figure in COMPARED)) for name, found in measured]
    lines = [
        "Whether a member is over- or underfitted is on its own card. On the same validation images, "
        "prepared in the same way:",
        "",
        table(("model", *(NAMES[name] for name in COMPARED)), rows),
        "",
        "The last lines are differences on the same resampled lesions: one whose interval holds 0 may be "
        "chance.",
    ]
    return Finding("The members", "An ensemble is joined, not fitted.", "\n".join(lines))


def _gain(joint: SplitResult, given: Floats) -> dict[str, Interval]:
    """What the ensemble's figures are more than those of one member's probabilities."""

    def compute(weights: Floats) -> dict[Key, Floats]:
        ours, theirs = (
            figures(probabilities, joint.labels, weights, NINE)
            for probabilities in (joint.probabilities, given)
        )
        return {(name, ""): ours[name, ""] - theirs[name, ""] for name in COMPARED}

    return {name: interval for (name, _), interval in resample(compute, joint.lesions, ROUNDS, 0).items()}
