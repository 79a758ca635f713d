"""Every figure of an evaluation with a 95 % interval by bootstrap over lesions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from naevia_train.labelling.diagnosis_set import NINE, DiagnosisSet
from naevia_train.measuring import weighted
from naevia_train.measuring.bootstrap import ROUNDS, Key, count_groups, not_certain, resample, smaller_side
from naevia_train.measuring.interval import Interval
from naevia_train.measuring.weighted import Floats, Labels

SENSITIVITIES, SPECIFICITIES = (0.90, 0.95), (0.90,)
"""Where the malignant ROC curve is read: specificity at these sensitivities, and the reverse."""


@dataclass(frozen=True)
class Measured:
    """Figures with their intervals; one that cannot be computed on these images is absent.

    Attributes:
        overall: By name.
        by_diagnosis: By code of each diagnosis that occurs, then by name.
        images: Images by code of each diagnosis that occurs.
    """

    overall: dict[str, Interval]
    by_diagnosis: dict[str, dict[str, Interval]]
    images: dict[str, int]


def figures(
    probabilities: Floats,
    labels: Labels,
    weights: Floats,
    known: DiagnosisSet,
    prevalence: Floats | None = None,
) -> dict[Key, Floats]:
    """Every figure of weighted images.

    Args:
        probabilities: Shape (n, k).
        labels: Positions in the set, shape (n,).
        weights: Shape (rounds, n).
        known: The diagnoses.
        prevalence: See `measure_all`.

    Returns:
        Shape (rounds,) by key, NaN where a figure cannot be computed.
    """
    table = weighted.confusion(probabilities.argmax(axis=1), labels, weights, len(known.codes))
    by_name = {
        "recall": weighted.recall(table),
        "precision": weighted.precision(table),
        "f1": weighted.f1(table),
        "auc": np.stack(
            [
                weighted.curve(probabilities[:, position], labels == position, weights).area()
                for position in range(len(known.codes))
            ],
            axis=1,
        ),
    }
    found = _of_all(probabilities, labels, weights, known, by_name, prevalence)
    for name, values in by_name.items():
        found |= {(name, code): values[:, position] for position, code in enumerate(known.codes)}
    return found


def _of_all(
    probabilities: Floats,
    labels: Labels,
    weights: Floats,
    known: DiagnosisSet,
    by_name: dict[str, Floats],
    prevalence: Floats | None,
) -> dict[Key, Floats]:
    right = (probabilities.argmax(axis=1) == labels).astype(float)
    found = {
        "macro_auc": weighted.mean_of_present(by_name["auc"]),
        "accuracy": weighted.ratio(weights @ right, weights.sum(axis=1)),
        "balanced_accuracy": weighted.mean_of_present(by_name["recall"]),
        "calibration_error": weighted.calibration_error(probabilities, labels, weights),
        "brier_score": weighted.brier_score(probabilities, labels, weights),
    }
    if prevalence is not None:
        answers = at_equal_prevalence(probabilities, prevalence).argmax(axis=1)
        table = weighted.confusion(answers, labels, weights, len(known.codes))
        found["balanced_accuracy_at_equal_prevalence"] = weighted.mean_of_present(weighted.recall(table))
    melanoma = known.find("mel")
    if melanoma is not None and known.entries[melanoma].codes == ("mel",):
        found["melanoma_auc"] = by_name["auc"][:, melanoma]
    malignant = weighted.curve(known.malignant_probability(probabilities), known.malignant[labels], weights)
    found["malignant_auc"] = malignant.area()
    for wanted in SPECIFICITIES:
        found[f"sensitivity_at_{100 * wanted:.0f}_specificity"] = malignant.sensitivity_at(wanted)
    for wanted in SENSITIVITIES:
        found[f"specificity_at_{100 * wanted:.0f}_sensitivity"] = malignant.specificity_at(wanted)
    return {(name, ""): found[name] for name in NAMES if name in found}


def at_equal_prevalence(probabilities: Floats, prevalence: Floats) -> Floats:
    """What the answers would be, had every diagnosis been equally frequent beforehand.

    Each probability is divided by how frequent its diagnosis was; a diagnosis that was never there gets none.
    Source: Saerens, Latinne and Decaestecker, "Adjusting the outputs of a classifier to new a priori
    probabilities" (2002).

    Args:
        probabilities: Shape (n, k).
        prevalence: See `measure_all`.

    Returns:
        Odds, shape (n, k), 0 or more; the highest of a row is the answer.
    """
    return np.divide(probabilities, prevalence, out=np.zeros(probabilities.shape), where=prevalence > 0)


NAMES = {
    "macro_auc": "macro AUC (one diagnosis against the rest, mean)",
    "melanoma_auc": "melanoma AUC",
    "malignant_auc": "malignant or pre-malignant AUC",
    "accuracy": "accuracy",
    "balanced_accuracy": "balanced accuracy (mean recall)",
    "balanced_accuracy_at_equal_prevalence": "balanced accuracy, diagnoses taken as equally frequent",
    "sensitivity_at_90_specificity": "malignant sensitivity at 90 % specificity",
    "specificity_at_90_sensitivity": "specificity at 90 % malignant sensitivity",
    "specificity_at_95_sensitivity": "specificity at 95 % malignant sensitivity",
    "calibration_error": "expected calibration error",
    "brier_score": "Brier score",
}
"""The figures of all images together, in the order of every table, with their names for people."""


def measure_all(
    probabilities: Floats,
    labels: Labels,
    groups: Sequence[str],
    *,
    known: DiagnosisSet = NINE,
    prevalence: Floats | None = None,
    rounds: int = ROUNDS,
    seed: int = 0,
) -> Measured:
    """Every figure with a 95 % percentile interval, resampling whole groups (lesions) with replacement.

    A figure whose resamples are all alike gets a Wilson interval over the groups that it rests on, see
    `not_certain`; where that is a single group, the figures that are no shares are absent.

    Args:
        probabilities: Shape (n, k).
        labels: Positions in the set, shape (n,).
        groups: Lesion of each image; images of one lesion are not independent.
        known: The diagnoses.
        prevalence: Share of each diagnosis among the images that the probabilities were calibrated on, shape
            (k,); None where it is not known.
        rounds: Resamples.
        seed: Seed of the resampling.
    """
    found = resample(
        lambda weights: figures(probabilities, labels, weights, known, prevalence), groups, rounds, seed
    )
    counts = np.bincount(labels, minlength=len(known.codes))
    images = {code: int(count) for code, count in zip(known.codes, counts, strict=True) if count}
    by_diagnosis: dict[str, dict[str, Interval]] = {code: {} for code in images}
    for (name, code), interval in found.items():
        if code in images:
            by_diagnosis[code][name] = interval
    answers, rarest = probabilities.argmax(axis=1), len(groups)
    for code, of in by_diagnosis.items():
        has, given = (known.codes.index(code) == of_each for of_each in (labels, answers))
        rarest = min(rarest, count_groups(groups, has))
        rests_on = {
            "recall": count_groups(groups, has),
            "precision": count_groups(groups, given),
            "f1": count_groups(groups, has | given),
            "auc": smaller_side(groups, has),
        }
        of |= {name: not_certain(interval, rests_on[name]) for name, interval in of.items()}
    overall = {name: interval for (name, code), interval in found.items() if not code}
    return Measured(_not_certain(overall, groups, labels, known, rarest), by_diagnosis, images)


def _not_certain(
    overall: dict[str, Interval], groups: Sequence[str], labels: Labels, known: DiagnosisSet, rarest: int
) -> dict[str, Interval]:
    """See `measure_all`; `rarest` is the number of groups of the rarest diagnosis."""
    malignant, every = known.malignant[labels], len(set(groups))
    rests_on = {
        "accuracy": every,
        "malignant_auc": smaller_side(groups, malignant),
        "melanoma_auc": smaller_side(groups, labels == known.find("mel")),
        **{
            f"sensitivity_at_{100 * at:.0f}_specificity": count_groups(groups, malignant)
            for at in SPECIFICITIES
        },
        **{
            f"specificity_at_{100 * at:.0f}_sensitivity": count_groups(groups, ~malignant)
            for at in SENSITIVITIES
        },
        **dict.fromkeys(("macro_auc", "balanced_accuracy", "balanced_accuracy_at_equal_prevalence"), rarest),
    }
    return {
        name: not_certain(interval, rests_on[name]) if name in rests_on else interval
        for name, interval in overall.items()
        if name in rests_on or every > 1
    }
