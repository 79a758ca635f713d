"""What the card says of every model that Naevia trains, whatever its figures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from naevia.taxonomy import CODES, MALIGNANT, TAXONOMY
from naevia_train.labelling.manifest import ManifestRow, count_images, first_files
from naevia_train.labelling.metadata import ImageFacts
from naevia_train.measuring.bootstrap import ROUNDS
from naevia_train.measuring.calibrate import FEW_LESIONS
from naevia_train.measuring.interval import Interval
from naevia_train.measuring.reliability import BAND, Gap

INTENDED_USE: Final = (
    "Research and teaching on dermoscopy photos: one lesion in the middle of the frame, taken with a "
    "dermatoscope. "
    "As decision support it may only be studied, with the decision taken without it."
)

CALIBRATION_ERRORS: Final = (
    "Chance alone makes a calibration error, and resampling adds to it, so that its interval may begin at "
    f"its value. What perfectly calibrated answers would show on the same images was drawn {ROUNDS:,} times: "
    "the table has the mean and the middle 95 %."
)
"""How the calibration errors of the tables are to be read."""

SPREAD: Final = (
    "The intervals are the spread (95 %) of what such a threshold gives on other sets of about a third as "
    "many lesions: it was chosen anew on resampled lesions and measured on those not drawn. They are wider "
    "than the uncertainty of the shares themselves; a diagnosis that every one of those thresholds refers "
    "whole has Wilson's interval over its lesions."
)
"""What the intervals of an operating point are on the images that chose it."""

CHOSEN_ON_VALIDATION: Final = (
    "Temperature, thresholds, the limit of refusal and the epoch that was kept were chosen on the validation "
    "images, so every validation figure is optimistic by that much. What is done to a photo before the "
    "network sees it (framing, surround, light and contrast), the method of calibration and the limits of "
    "quality came with Naevia, which chose them on validation images of HAM10000 and the ISIC archive; where "
    "such are among these validation images, the figures are optimistic by that, too."
)
"""What of a model, and of Naevia, was chosen on images like those that it is measured on."""

ADULT: Final = 18
"""Years from which a person is no child."""


def learnt_codes(rows: Sequence[ManifestRow]) -> tuple[str, ...]:
    """Diagnoses that a training image shows, in taxonomy order.

    Args:
        rows: The manifest.
    """
    shown = {code for counts in count_images(rows, "train").values() for code in counts}
    return tuple(code for code in CODES if code in shown)


def not_for(learnt: Sequence[str], *, goes_on: bool) -> tuple[str, ...]:
    """What a model is not for.

    Args:
        learnt: Codes of the diagnoses that its training images show.
        goes_on: Whether it also learnt from earlier models, as their weights or as a teacher's answers.
    """
    never = never_learnt(learnt, goes_on=goes_on)
    return (
        "Diagnosis or treatment of a patient, and any decision that no physician takes.",
        "Photos that are not dermoscopy (smartphone, clinical overview), nails, mucosa, open wounds, "
        "tattoos, several lesions in one frame.",
        "Diagnoses other than those it learnt, for which the network has no answer; "
        f"it learnt {_names(learnt)}.",
        *([never] if never else []),
    )


def never_learnt(learnt: Sequence[str], *, goes_on: bool) -> str:
    """What to expect of diagnoses that no training image shows; empty where there are none.

    Args:
        learnt: Codes of the diagnoses that training images show.
        goes_on: Whether the model also learnt from earlier models.
    """
    never = [code for code in CODES if code not in learnt]
    if not never:
        return ""
    if goes_on:
        worth = (
            "What the network says of them comes from earlier models alone, and its probability may be "
            "worthless."
        )
    else:
        worth = (
            "The network gives them a probability all the same, which is worthless, and a lesion that is "
            "one gets the name of another."
        )
    return f"Diagnoses never learnt, because no training image shows them: {_names(never)}. {worth}"


def malignant_gap_sentence(gap: Gap | None) -> str:
    """That malignant probabilities are too high or too low; empty where that may be chance.

    Args:
        gap: What was measured on validation.
    """
    if gap is None or gap.lesions < FEW_LESIONS or gap.too_high.low <= 0 <= gap.too_high.high:
        return ""
    ends = sorted((abs(gap.too_high.low), abs(gap.too_high.high)))
    off = Interval(abs(gap.too_high.value), *ends)
    return (
        f"**Malignant probabilities between {BAND[0]} and {BAND[1]} are on average {off} too "
        f"{'high' if gap.too_high.value > 0 else 'low'} on validation, in {gap.images:,} images of "
        f"{gap.lesions:,} lesions.**"
    )


def not_tested(
    rows: Sequence[ManifestRow], measured: Mapping[str, int], facts: Mapping[str, ImageFacts]
) -> tuple[str, ...]:
    """What nobody measured, in words that hold for any images.

    Args:
        rows: The manifest.
        measured: Validation images by code.
        facts: Sex, age and site by image id.
    """
    unseen = [code for code in learnt_codes(rows) if not measured.get(code)]
    diagnoses = (f"Diagnoses that no validation image shows: {_names(unseen)}.",) if unseen else ()
    return (
        *diagnoses,
        "Skin types: no label tells Naevia of them, so how many photos show Fitzpatrick types V and VI, if "
        "any, is not known.",
        f"Children: {_children(rows, facts)}",
        "Nails, palms, soles and mucosa as such, beyond what a site above measures.",
        "Smartphone and clinical photos as such: no label tells Naevia which photos are.",
        "Dermatoscopes and clinics that are not among the sources. Other cameras than those of training are "
        "known to cost accuracy, and validation mostly shares its cameras with training; expect less than "
        "the validation figures.",
        "Use by physicians, and any effect on patients.",
    )


def _names(codes: Sequence[str]) -> str:
    return ", ".join(diagnosis.name for diagnosis in TAXONOMY if diagnosis.code in codes)


def _children(rows: Sequence[ManifestRow], facts: Mapping[str, ImageFacts]) -> str:
    counted = []
    for split, words in (("train", "training"), ("validation", "validation")):
        first = first_files(rows, split)
        ages = [(row, facts[row.image_id].age) for row in first if row.image_id in facts]
        known = [(row, age) for row, age in ages if age is not None]
        young = [row for row, age in known if age < ADULT]
        malignant = sum(MALIGNANT[CODES.index(row.label)] for row in young)
        if known:
            counted.append(
                f"{words} images whose age is known: {len(known):,}, under {ADULT} years: {len(young):,}, "
                f"malignant ones among those: {malignant:,}"
            )
    if not counted:
        return "not measured by themselves, the age is known of no image."
    return f"{'; '.join(counted)}. The answer is worth no more than those."
