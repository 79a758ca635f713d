"""What a card says, as records: everything that a model's contract knows besides how to run it.

All of it is written by the training run that made the model; nothing in the clinic computes with it.
"""

from __future__ import annotations

from pydantic import Field

from naevia._records import Estimate, Fraction, Record


class DiagnosisEvidence(Record):
    """How a diagnosis did on the validation images.

    Attributes:
        images: Images with this diagnosis.
        recall: Share of them that got it.
        precision: Share of the images that got it that have it; None when none got it.
        f1: Harmonic mean of the two.
        auc: Area under the ROC curve, this diagnosis against the rest.
    """

    images: int
    recall: Estimate | None = None
    precision: Estimate | None = None
    f1: Estimate | None = None
    auc: Estimate | None = None


class VariantEvidence(Record):
    """How answers survive another rendition of the photo, or several renditions together.

    Attributes:
        group: What is varied.
        name: The variant.
        counted: Whether it counts in the figures that are held against the bars.
        same_answer: Share of answers whose likeliest diagnosis stays.
        median_change: Median of the absolute change of malignant probability.
        large_change: Its 95th percentile.
        recall_change: Recall on the variant minus recall on the photo, by diagnosis code.
        to_monitor: Share of answers that say `monitor` of malignant photos which are referred as they are;
            None where there is none, or it was not counted.
    """

    group: str
    name: str
    counted: bool
    same_answer: Estimate
    median_change: Fraction
    large_change: Fraction
    recall_change: dict[str, float]
    to_monitor: Estimate | None = None


class StressEvidence(Record):
    """The stress test.

    Attributes:
        images: Number of photos.
        of: Number of images that they were drawn from.
        seed: Seed of the sample.
        overall: All counted variants together.
        mixtures: Variants that change everything at once, together.
        variants: Each variant.
        referred: Number of malignant photos that are referred as they are; None where not counted.
    """

    images: int
    of: int
    seed: int
    overall: VariantEvidence
    mixtures: VariantEvidence | None = None
    variants: tuple[VariantEvidence, ...] = ()
    referred: int | None = None


class SubgroupEvidence(Record):
    """Some of the validation images.

    Attributes:
        by: What they are grouped by, such as `age`.
        name: The group.
        images: Number of images.
        malignant: Number of malignant ones among them.
        lesions: Number of lesions that the images show; None where not counted.
        figures: Figures by name; none where the group is too small.
        note: Why figures are missing; empty where none is.
    """

    by: str
    name: str
    images: int
    malignant: int
    lesions: int | None = None
    figures: dict[str, Estimate] = Field(default_factory=dict)
    note: str = ""


class SourceEvidence(Record):
    """Images by what labels them.

    Attributes:
        label: The authority, or `folder`.
        licence: Licence of its images.
        images: Images in training and validation.
    """

    label: str
    licence: str
    images: int


class CostEvidence(Record):
    """What training took.

    Attributes:
        seconds: Time spent in epochs.
        epochs: Epochs.
        sittings: Machine, date and first epoch of each sitting, in words; empty when not known.
        changes: Settings that changed between sittings, in words.
    """

    seconds: float
    epochs: int
    sittings: tuple[str, ...] = ()
    changes: tuple[str, ...] = ()


class Evidence(Record):
    """What a person must know before trusting the model.

    Attributes:
        intended_use: What it is for.
        not_for: What it is not for.
        not_tested: What nobody measured.
        sources: Images by what labels them.
        audit: What the audit removed or relabelled, in images.
        diagnoses: Validation figures by diagnosis code.
        calibration_error_before: Expected calibration error on validation before the temperature.
        log_loss_before: Mean negative log probability of the true diagnosis on validation before the
            temperature.
        log_loss: The same after it, 0 or more.
        stress: The stress test on validation images.
        subgroups: Parts of the validation images.
        cost: What training took.
        files: SHA-256 of files of the run, by name.
    """

    intended_use: str
    not_for: tuple[str, ...]
    not_tested: tuple[str, ...]
    sources: tuple[SourceEvidence, ...] = ()
    audit: dict[str, int] = Field(default_factory=dict)
    diagnoses: dict[str, DiagnosisEvidence] = Field(default_factory=dict)
    calibration_error_before: Fraction | None = None
    log_loss_before: float | None = None
    log_loss: float | None = None
    stress: StressEvidence | None = None
    subgroups: tuple[SubgroupEvidence, ...] = ()
    cost: CostEvidence | None = None
    files: dict[str, str] = Field(default_factory=dict)
