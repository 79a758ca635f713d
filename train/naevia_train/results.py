"""What the finishing stage measured, gathered for the card, the contract and the screen."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from naevia.contract import OperatingPoint
from naevia_train.evaluating.intervals import Measured
from naevia_train.measure import Interval


@dataclass(frozen=True, eq=False)
class SplitResult:
    """How the network did on one split, one file per image.

    Attributes:
        name: `validation` or `test`.
        probabilities: Calibrated, shape (n, 9).
        labels: Taxonomy positions, shape (n,).
        lesions: Number of groups.
        measured: Figures with 95 % intervals, resampled by group.
    """

    name: str
    probabilities: NDArray[np.float64]
    labels: NDArray[np.int64]
    lesions: int
    measured: Measured

    @property
    def measured_on(self) -> str:
        """The images in words."""
        if self.name == "test":
            return f"{len(self.labels)} images of the declared test folder, audited, one file each"
        return (
            f"{len(self.labels)} validation images of {self.lesions} lesions that never entered training, "
            "one file each"
        )


@dataclass(frozen=True, eq=False)
class Results:
    """Everything measured after fitting.

    Attributes:
        validation: On the validation split.
        test: On the declared test split, or None when there is none.
        agreement: Same top answer between renditions of validation images, with their number, by pair of
            sources.
        temperature: Fitted on validation.
        error_before: Expected calibration error on validation before the temperature.
        operating_points: Chosen on validation.
        ood_threshold: Highest accepted out-of-distribution score.
        ood_accepted: Share of validation files at or below it.
    """

    validation: SplitResult
    test: SplitResult | None
    agreement: dict[tuple[str, str], tuple[Interval, int]]
    temperature: float
    error_before: float
    operating_points: tuple[OperatingPoint, ...]
    ood_threshold: float
    ood_accepted: float
