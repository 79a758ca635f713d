"""Everything that one evaluation found, as every report takes it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from naevia.contract import Contract
from naevia_train.evaluating.evaluation import Evaluation
from naevia_train.labelling.scoring_table import NotScored
from naevia_train.measuring.agreement import Agreement
from naevia_train.measuring.operating import PointResult
from naevia_train.measuring.stress import StressResult
from naevia_train.measuring.subgroups import Subgroup


@dataclass(frozen=True, eq=False)
class Scored:
    """An evaluation with what was asked for beside it.

    Attributes:
        contract: The model's contract.
        evaluation: Answers and figures.
        points: The model's thresholds on these images.
        subgroups: Figures by source, size and, where it is known, sex, age and site.
        stress: The stress test, or None when it was not asked for.
        target: What was scored, as the person named it.
        left_out: What was not scored.
        listed: Number of images among the model's own validation images; None where it brings no list.
        tested: Number of images among its test images, likewise.
    """

    contract: Contract
    evaluation: Evaluation
    points: list[PointResult]
    subgroups: list[Subgroup]
    stress: StressResult | None
    target: str
    left_out: NotScored
    listed: int | None
    tested: int | None

    @property
    def model_id(self) -> str:
        """Name of the model."""
        return self.contract.model_id

    @cached_property
    def agreement(self) -> dict[tuple[str, str], Agreement]:
        """Of the answers to renditions of one image, by pair of sources."""
        point = self.contract.operating_point
        return self.evaluation.agreement(point.threshold if point else None)
