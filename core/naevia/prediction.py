"""The one record that leaves the session; every surface shows it and adds nothing."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from naevia.contract import OperatingPoint
from naevia.preprocess import Region
from naevia.quality import Quality
from naevia.taxonomy import CODES, MALIGNANT, TAXONOMY, Diagnosis

Recommendation = Literal["refer", "monitor", "cannot tell"]
Status = Literal["ok", "refused"]


@dataclass(frozen=True, eq=False)
class Prediction:
    """A model's answer to one photo, with everything needed to trace it.

    `status` is to be read first. Where it is `refused`, the recommendation is `cannot tell`; the
    probabilities and the diagnosis are then still the network's, and mean nothing.

    Attributes:
        probabilities: In taxonomy order, shape (9,), float32, sums to 1.
        status: `refused` when the photo is too poor to judge or unlike anything the model has learnt from,
            `ok` otherwise.
        refusal: Why it was refused, one sentence; empty otherwise.
        recommendation: `refer` or `monitor` by the operating point; `cannot tell` when the photo was
            refused or the model has no operating point.
        caution: What must be known beside the recommendation, one sentence; empty otherwise.
        operating_point: The threshold behind the recommendation, or None.
        is_calibrated: Whether the probabilities were calibrated, on the model's own validation images.
        quality: What was measured on the photo.
        ood_score: How unlike the dermoscopy of the training it is, higher is stranger, on the scale that the
            contract states; None when the model has none.
        model_id: Which model answered.
        model_version: Its version.
        model_sha256: Hash of its ONNX file.
        provider: What computed it, `cuda` or `cpu`.
        provider_reason: Why that provider.
        naevia_version: Which Naevia answered.
        image_sha256: Hash of the photo's file.
        width_px: Width of the upright photo.
        height_px: Height of the upright photo.
        region: The part of the photo that reached the network.
        activation_maps: Evidence per place and diagnosis, shape (rows, columns, 9), float32.
        embedding: Features of the photo, shape (features,), float32.
    """

    probabilities: NDArray[np.float32]
    status: Status
    refusal: str
    recommendation: Recommendation
    caution: str
    operating_point: OperatingPoint | None
    is_calibrated: bool
    quality: Quality
    ood_score: float | None
    model_id: str
    model_version: str
    model_sha256: str
    provider: str
    provider_reason: str
    naevia_version: str
    image_sha256: str
    width_px: int
    height_px: int
    region: Region
    activation_maps: NDArray[np.float32] = field(repr=False)
    embedding: NDArray[np.float32] = field(repr=False)

    @property
    def diagnosis(self) -> Diagnosis:
        """The most probable diagnosis."""
        return TAXONOMY[int(self.probabilities.argmax())]

    @property
    def probability(self) -> float:
        """Probability of the most probable diagnosis."""
        return float(self.probabilities.max())

    @property
    def malignant_probability(self) -> float:
        """Summed probability of the malignant and pre-malignant diagnoses."""
        return malignant_probability(self.probabilities)

    @property
    def heat_diagnosis(self) -> Diagnosis:
        """Whose evidence a heat map shows unless another is chosen.

        What speaks for the recommendation: where that is `refer`, the most probable malignant diagnosis;
        otherwise the most probable one.
        """
        if self.recommendation != "refer":
            return self.diagnosis
        return next(diagnosis for diagnosis, _ in self.ranking if diagnosis.malignant)

    @property
    def is_whole(self) -> bool:
        """Whether all of the photo was examined."""
        return self.region[2:] == (self.width_px, self.height_px)

    @property
    def ranking(self) -> tuple[tuple[Diagnosis, float], ...]:
        """All diagnoses with their probabilities, most probable first."""
        order = np.argsort(-self.probabilities, kind="stable")
        return tuple((TAXONOMY[int(i)], float(self.probabilities[i])) for i in order)

    def to_dict(self) -> dict[str, Any]:
        """The record as JSON types, `status` first, without the arrays of the heat map and the embedding."""
        point = self.operating_point
        return {
            "status": self.status,
            "refusal": self.refusal,
            "diagnosis": self.diagnosis.code,
            "probability": self.probability,
            "probabilities": dict(zip(CODES, map(float, self.probabilities), strict=True)),
            "malignant_probability": self.malignant_probability,
            "recommendation": self.recommendation,
            "caution": self.caution,
            "operating_point": point.model_dump(mode="json") if point else None,
            "is_calibrated": self.is_calibrated,
            "quality": self.quality.words,
            "ood_score": self.ood_score,
            "model_id": self.model_id,
            "model_version": self.model_version,
            "model_sha256": self.model_sha256,
            "provider": self.provider,
            "provider_reason": self.provider_reason,
            "naevia_version": self.naevia_version,
            "image_sha256": self.image_sha256,
            "width_px": self.width_px,
            "height_px": self.height_px,
            "region": self.region._asdict(),
        }


def malignant_probability(probabilities: NDArray[np.float32]) -> float:
    """Summed probability of the malignant and pre-malignant diagnoses, 0 to 1.

    Args:
        probabilities: Shape (9,), taxonomy order.
    """
    return float(min(1.0, probabilities[np.array(MALIGNANT)].sum(dtype=np.float64)))
