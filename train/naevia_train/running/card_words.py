"""What the card says of every model that Naevia trains, whatever its figures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from naevia.taxonomy import CODES, MALIGNANT, TAXONOMY
from naevia_train.labelling.manifest import ManifestRow, count_images, images_of
from naevia_train.labelling.metadata import ImageFacts

INTENDED_USE: Final = (
    "Research and teaching on dermoscopy photos: one lesion in the middle of the frame, taken with a "
    "dermatoscope. "
    "As decision support it may only be studied, with the decision taken without it."
)

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
        first = [rows[files[0]] for files in images_of(rows, split).values()]
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
