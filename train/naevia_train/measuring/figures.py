"""Every figure of an evaluation with a 95 % interval by bootstrap over lesions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from naevia_train.labelling.diagnosis_set import NINE, DiagnosisSet
from naevia_train.measuring import weighted
from naevia_train.measuring.bootstrap import ROUNDS, Key, count_groups, not_certain, resample
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
    said, true = known.malignant_probability(probabilities), known.malignant[labels]
    found["malignant_calibration_error"] = weighted.calibration_gap(said, true, weights)
    found["mean_malignant_probability"] = weighted.ratio(weights @ said, weights.sum(axis=1))
    found["malignant_share"] = weighted.ratio(weights @ true.astype(float), weights.sum(axis=1))
    malignant = weighted.curve(said, true, weights)
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
    "malignant_calibration_error": "calibration error of the malignant probability",
    "mean_malignant_probability": "mean malignant probability",
    "malignant_share": "share of malignant or pre-malignant images",
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
    rests_on, several = _rests_on(probabilities.argmax(axis=1), labels, groups, known), len(set(groups)) > 1
    found = {
        key: not_certain(interval, rests_on[key]) if key in rests_on else interval
        for key, interval in found.items()
        if key in rests_on or several
    }
    counts = np.bincount(labels, minlength=len(known.codes))
    images = {code: int(count) for code, count in zip(known.codes, counts, strict=True) if count}
    by_diagnosis: dict[str, dict[str, Interval]] = {code: {} for code in images}
    for (name, code), interval in found.items():
        if code in images:
            by_diagnosis[code][name] = interval
    return Measured({name: i for (name, code), i in found.items() if not code}, by_diagnosis, images)


def _rests_on(answers: Labels, labels: Labels, groups: Sequence[str], known: DiagnosisSet) -> dict[Key, int]:
    """Number of groups that each figure rests on which is a share, or a mean of shares."""
    count = partial(count_groups, groups)
    found: dict[Key, int] = {}
    for position, code in enumerate(known.codes):
        has, given = labels == position, answers == position
        for name, chosen in (("recall", has), ("precision", given), ("f1", has | given)):
            found[name, code] = count(chosen)
        found["auc", code] = min(count(has), count(~has))
    malignant, melanoma = known.malignant[labels], labels == known.find("mel")
    rarest = min(count(labels == position) for position in np.unique(labels))
    found["accuracy", ""] = found["malignant_share", ""] = len(set(groups))
    found["malignant_auc", ""] = min(count(malignant), count(~malignant))
    found["melanoma_auc", ""] = min(count(melanoma), count(~melanoma))
    for name in ("macro_auc", "balanced_accuracy", "balanced_accuracy_at_equal_prevalence"):
        found[name, ""] = rarest
    for wanted in SPECIFICITIES:
        found[f"sensitivity_at_{100 * wanted:.0f}_specificity", ""] = count(malignant)
    for wanted in SENSITIVITIES:
        found[f"specificity_at_{100 * wanted:.0f}_sensitivity", ""] = count(~malignant)
    return found
