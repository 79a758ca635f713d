"""What a model answered to labelled images, as the clinic runs it."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from naevia.ahead import ahead
from naevia.contract import Contract, InputSpec
from naevia.errors import DataError
from naevia.progress import Progress
from naevia.session import Prepared, Session, prepare_file
from naevia.taxonomy import CODES
from naevia_train.labelling.diagnosis_set import NINE, DiagnosisSet
from naevia_train.labelling.grouping import first_of_each
from naevia_train.labelling.scoring_table import LabelledFile
from naevia_train.measuring.agreement import Agreement, rendition_agreement
from naevia_train.measuring.figures import Measured, measure_all
from naevia_train.measuring.lesions import of_lesions
from naevia_train.measuring.operating import refers
from naevia_train.measuring.probabilities import softmax

_PHOTOS_AHEAD = 32


@dataclass(frozen=True, eq=False)
class Evaluation:
    """What a model answered and how good that is.

    Attributes:
        known: The diagnoses that labels and probabilities are of.
        files: The files that could be read.
        raw: Probabilities of the nine diagnoses, shape (n, 9), of `files`.
        temperature: What the model divides its logits by.
        prevalence: Share of each of the nine among the images that it was calibrated on, shape (9,); None
            where its contract does not say.
        refused: Which of `files` the model refused; they count in the figures all the same.
        sizes_px: Width and height of `files`, shape (n, 2).
        sha256: Hash of each of `files`.
        unread: Reason by name of each file that could not be read.
    """

    known: DiagnosisSet
    files: list[LabelledFile]
    raw: NDArray[np.float32]
    temperature: float
    prevalence: NDArray[np.float64] | None
    refused: NDArray[np.bool_]
    sizes_px: NDArray[np.int64]
    sha256: list[str]
    unread: dict[str, str]

    @cached_property
    def every_probability(self) -> NDArray[np.float64]:
        """Probabilities of the known diagnoses, shape (n, k), of all files."""
        return self.known.sum_up(self.raw)

    @cached_property
    def first(self) -> NDArray[np.int64]:
        """Positions of the first file of each image; the figures are measured on those."""
        return first_of_each(file.image_id for file in self.files)

    @property
    def images(self) -> list[LabelledFile]:
        """The first file of each image."""
        return [self.files[index] for index in self.first]

    @property
    def probabilities(self) -> NDArray[np.float64]:
        """Probabilities of the known diagnoses, shape (images, k)."""
        return self.every_probability[self.first]

    @property
    def uncalibrated(self) -> NDArray[np.float64]:
        """Probabilities without the model's temperature, shape (images, k)."""
        logits = np.log(np.maximum(self.raw[self.first], 1e-12)) * self.temperature
        return self.known.sum_up(softmax(logits))

    @property
    def every_referral_score(self) -> NDArray[np.floating]:
        """What the model's thresholds are compared with, of all files: the malignant probability of the nine.

        Whatever the set knows, the clinic's recommendation rests on this.
        """
        return NINE.malignant_probability(self.raw)

    @property
    def curve_is_of_referrals(self) -> bool:
        """Whether the set's malignant probability is the one that the model's thresholds are of."""
        own = self.known.malignant_probability(self.every_probability)
        return bool(np.allclose(own, self.every_referral_score, atol=1e-6))

    @cached_property
    def every_label(self) -> NDArray[np.int64]:
        """Position of the true diagnosis per file."""
        return np.array([self.known.codes.index(file.diagnosis) for file in self.files], np.int64)

    @property
    def labels(self) -> NDArray[np.int64]:
        """Position of the true diagnosis per image."""
        return self.every_label[self.first]

    @property
    def lesions(self) -> list[str]:
        """What each image is resampled with: its patient, or else its lesion, where that is known."""
        return [file.group for file in self.images]

    @property
    def resampled(self) -> str:
        """What is resampled as a whole, in a word."""
        return "patient" if any(file.patient for file in self.images) else "lesion"

    @property
    def without_lesion_id(self) -> int:
        """Number of images whose lesion is not known; each counts as a lesion of its own."""
        return sum(not file.lesion for file in self.images)

    @property
    def of_lesions(self) -> str:
        """Of how many lesions, or where patients are known of how many of them, the images are, in words."""
        if self.resampled == "patient":
            unknown, patients = sum(not file.patient for file in self.images), len(set(self.lesions))
            rest = f" ({unknown:,} images have no patient id)" if unknown else ""
            return f"of {patients:,} patient{'' if patients == 1 else 's'}{rest}"
        return of_lesions(len(self.first), len(set(self.lesions)), self.without_lesion_id)

    @cached_property
    def measured(self) -> Measured:
        """Every figure with its interval, one file per image, resampled by lesion."""
        prevalence = None if self.prevalence is None else self.known.sum_up(self.prevalence[None])[0]
        return measure_all(
            self.probabilities, self.labels, self.lesions, known=self.known, prevalence=prevalence
        )

    def agreement(self, threshold: float | None) -> dict[tuple[str, str], Agreement]:
        """Of the answers to renditions of one image, by pair of sources; see `refers` for the threshold."""
        return rendition_agreement(
            [file.image_id for file in self.files],
            [file.source for file in self.files],
            self.every_probability.argmax(axis=1),
            lesions=[file.group for file in self.files],
            malignant=self.known.malignant[self.every_label],
            referred=refers(self.every_referral_score, threshold),
        )


def evaluate_files(
    session: Session,
    files: Sequence[LabelledFile],
    spec: InputSpec,
    known: DiagnosisSet,
    *,
    progress: Progress = lambda done, total: None,
) -> Evaluation:
    """Run a model over labelled files.

    Args:
        session: The open model.
        files: What to answer.
        spec: How photos are prepared; the contract's own unless another resize policy is tried.
        known: The diagnoses that labels are of.
        progress: Told how many files are done, and of how many.

    Raises:
        DataError: No file can be read.
    """
    kept, probabilities, refused, sizes, hashes, unread = [], [], [], [], [], {}

    def read(file: LabelledFile) -> Prepared | str:
        return prepare_file(file.path, spec)

    with closing(ahead(files, read, workers=os.cpu_count() or 1, most=_PHOTOS_AHEAD)) as outcomes:
        for done, (file, prepared) in enumerate(outcomes):
            progress(done, len(files))
            if isinstance(prepared, str):
                unread[file.name] = prepared
                continue
            answer = session.predict_prepared([prepared])[0]
            kept.append(file)
            probabilities.append(answer.probabilities)
            refused.append(answer.status == "refused")
            sizes.append((answer.width_px, answer.height_px))
            hashes.append(answer.image_sha256)
    progress(len(files), len(files))
    if not kept:
        raise DataError(
            f"none of the {len(files)} images can be read, the first: {next(iter(unread.values()), '')}"
        )
    return Evaluation(
        known=known,
        files=kept,
        raw=np.stack(probabilities),
        temperature=session.contract.temperature,
        prevalence=_prevalence(session.contract),
        refused=np.array(refused),
        sizes_px=np.array(sizes, np.int64),
        sha256=hashes,
        unread=unread,
    )


def _prevalence(contract: Contract) -> NDArray[np.float64] | None:
    """Shares of the diagnoses among a model's validation images, on which its temperature was fitted."""
    counted = contract.evidence.diagnoses if contract.evidence else {}
    images = np.array([counted[code].images if code in counted else 0 for code in CODES], np.float64)
    return images / images.sum() if images.any() else None
