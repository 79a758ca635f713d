"""What the finishing stage measured, gathered for the card, the contract and the screen."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from naevia.contract import OperatingPoint
from naevia_train.measuring.agreement import Agreement
from naevia_train.measuring.figures import Measured
from naevia_train.measuring.interval import Interval
from naevia_train.measuring.operating import PointResult
from naevia_train.measuring.reliability import Gap
from naevia_train.measuring.stress import StressResult
from naevia_train.measuring.subgroups import Subgroup


@dataclass(frozen=True, eq=False)
class SplitResult:
    """How the network did on one split, one file per image.

    Attributes:
        title: The split as a heading.
        measured_on: The images in words, with their number.
        probabilities: Calibrated, shape (n, 9).
        labels: Taxonomy positions, shape (n,).
        lesions: Group of each image; images of one lesion share it.
        measured: Figures with 95 % intervals, resampled by group.
        by_chance: What perfectly calibrated answers would show on these images, for each calibration error,
            by its name.
    """

    title: str
    measured_on: str
    probabilities: NDArray[np.float64]
    labels: NDArray[np.int64]
    lesions: list[str]
    measured: Measured
    by_chance: dict[str, Interval]


@dataclass(frozen=True)
class Training:
    """What training took.

    Attributes:
        seconds: Time spent in epochs.
        epochs: Epochs.
        recipe: Settings of the recipe, and the run's own that differ from nothing, by name.
        sittings: Machine, date and first epoch of each sitting, in words; empty when not known.
        changes: Settings that changed between sittings, in words.
        packages: Versions in the last sitting, by name.
        members: SHA-256 of the models that the network was joined from, by file; empty for a network that was
            trained.
    """

    seconds: float
    epochs: int
    recipe: dict[str, str]
    sittings: list[str]
    changes: list[str]
    packages: dict[str, str]
    members: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Results:
    """Everything measured after fitting.

    Attributes:
        validation: On the validation split.
        test: On the test split, or None when there is none.
        agreement: Between renditions of validation images, by pair of sources.
        stress: The stress test on validation images.
        stress_side_px: Longest shorter side of the photos that the stress test began with, as training keeps
            them.
        subgroups: Parts of the validation images.
        temperature: Fitted on validation.
        error_before: Expected calibration error on validation before the temperature.
        log_loss: On validation, before the temperature and after.
        malignant_gap: How far malignant probabilities of a band lie above what is found on validation; None
            where there are none.
        operating_points: Chosen on validation.
        test_points: The same on the test split; empty when there is none.
        ood_threshold: Highest accepted out-of-distribution score.
        ood_accepted: Share of validation files at or below it.
        ood_accepted_changed: Share of validation images at or below it in views of other cameras.
    """

    validation: SplitResult
    test: SplitResult | None
    agreement: dict[tuple[str, str], Agreement]
    stress: StressResult
    stress_side_px: int
    subgroups: list[Subgroup]
    temperature: float
    error_before: float
    log_loss: tuple[float, float]
    malignant_gap: Gap | None
    operating_points: tuple[OperatingPoint, ...]
    ood_threshold: float
    ood_accepted: float
    ood_accepted_changed: float
    test_points: list[PointResult] = field(default_factory=list)
