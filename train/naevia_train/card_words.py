"""What is said of every model that Naevia trains, whatever its figures."""

from __future__ import annotations

from typing import Final

from naevia.taxonomy import TAXONOMY

INTENDED_USE: Final = (
    "Research and teaching on dermoscopy photos: one lesion in the middle of the frame, taken with a "
    "dermatoscope. "
    "As decision support it may only be studied, with the decision taken without it."
)

NOT_FOR: Final = (
    "Diagnosis or treatment of a patient, and any decision that no physician takes.",
    "Photos that are not dermoscopy (smartphone, clinical overview), nails, mucosa, open wounds, tattoos, "
    "several "
    "lesions in one frame.",
    "Diagnoses other than the nine, for which the network has no answer: it knows "
    f"{', '.join(diagnosis.name for diagnosis in TAXONOMY)}.",
)

NOT_TESTED: Final = (
    "Skin of Fitzpatrick types V and VI: the sources hold hardly any, and none of them states the skin type.",
    "Children: the sources hold few photos of them, and hardly a malignant one among those.",
    "Nails, palms, soles and mucosa as such.",
    "Smartphone and clinical photos.",
    "Dermatoscopes and clinics that are not among the sources. Validation shares its cameras with "
    "training, and "
    "other cameras are known to cost accuracy; expect less than the figures above.",
    "Use by physicians, and any effect on patients.",
)
