"""Figures of parts of the images: by source, size, sex, age and site."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from naevia_train.labelling.diagnosis_set import NINE, DiagnosisSet
from naevia_train.labelling.grouping import first_of_each
from naevia_train.labelling.metadata import ImageFacts
from naevia_train.measuring import weighted
from naevia_train.measuring.bootstrap import Key, count_groups, not_certain, resample
from naevia_train.measuring.interval import Interval
from naevia_train.measuring.operating import refers, share
from naevia_train.measuring.weighted import Floats

FEWEST: Final = 30
"""Images below which a group's figures are not stated."""

FEWEST_OF_A_SIDE: Final = 5
"""Malignant or benign images below which what rests on them is not stated."""

ROUNDS: Final = 500
AGES: Final = ((0, 18), (18, 40), (40, 60), (60, 80), (80, 200))
SIDES_PX: Final = ((0, 200), (200, 300), (300, 600), (600, 1200), (1200, 100_000))
UNKNOWN: Final = "not known"

Grouping = dict[str, dict[str, NDArray[np.int64]]]
"""Positions of the files of each group, one file per image, by what they are grouped by."""


@dataclass(frozen=True)
class Subgroup:
    """Some of the images.

    Attributes:
        by: What they are grouped by, such as `age`.
        name: The group.
        images: Number of images.
        lesions: Number of lesions that they show.
        malignant: Number of malignant images among them.
        figures: `accuracy`, `malignant_auc`, and at the model's threshold `sensitivity` and `specificity`;
            one that rests on too few images is absent, all are where the group is too small.
    """

    by: str
    name: str
    images: int
    lesions: int
    malignant: int
    figures: dict[str, Interval]

    @property
    def too_small(self) -> str:
        """Why figures are missing, in words; empty where none is."""
        if self.images < FEWEST:
            return f"fewer than {FEWEST} images"
        for count, words in ((self.malignant, "malignant"), (self.images - self.malignant, "benign")):
            if count < FEWEST_OF_A_SIDE:
                return f"fewer than {FEWEST_OF_A_SIDE} {words} images" if count else f"no {words} image"
        return ""


def group_images(
    image_ids: Sequence[str],
    sources: Sequence[str],
    sizes_px: NDArray[np.int64],
    facts: Mapping[str, ImageFacts],
) -> Grouping:
    """Sort files into groups; sex, age and site only where a table knows one of the images.

    An image counts once in every source that has a file of it, by that source's first one, and once in
    everything else, by its first file of all.

    Args:
        image_ids: Of each file.
        sources: Of each file.
        sizes_px: Width and height of each file, shape (n, 2).
        facts: By image id.
    """
    first = first_of_each(image_ids).tolist()
    of_source = first_of_each(zip(image_ids, sources, strict=True)).tolist()
    groups = {
        "source": _positions({index: sources[index] for index in of_source}),
        "image size": _positions({i: _band(int(sizes_px[i].max()), SIDES_PX, "px") for i in first}),
    }
    if not facts.keys() & set(image_ids):
        return groups
    known = {index: facts.get(image_ids[index], ImageFacts()) for index in first}
    groups["sex"] = _positions({i: fact.sex or UNKNOWN for i, fact in known.items()})
    groups["age"] = _positions(
        {i: UNKNOWN if fact.age is None else _band(fact.age, AGES, "years") for i, fact in known.items()}
    )
    groups["site"] = _positions({i: fact.site or UNKNOWN for i, fact in known.items()})
    return groups


def _positions(names: Mapping[int, str]) -> dict[str, NDArray[np.int64]]:
    members: dict[str, list[int]] = defaultdict(list)
    for index, name in names.items():
        members[name].append(index)
    return {name: np.array(of, np.int64) for name, of in members.items()}


def measure_subgroups(
    probabilities: Floats,
    labels: NDArray[np.int64],
    lesions: Sequence[str],
    grouping: Grouping,
    *,
    referral_scores: Floats,
    threshold: float | None,
    known: DiagnosisSet = NINE,
) -> list[Subgroup]:
    """Figures of every group, the bands in rising order and other groups by their number of images.

    Args:
        probabilities: Of each file, shape (n, k).
        labels: Positions in the set, shape (n,).
        lesions: Of each file.
        grouping: From `group_images`.
        referral_scores: Malignant probability of the nine diagnoses, shape (n,): what the threshold is of.
        threshold: Malignant probability from which the model refers; None when it has none.
        known: The diagnoses.
    """
    found = []
    for by, members in grouping.items():
        for name in sorted(members, key=_order(by, {name: len(of) for name, of in members.items()})):
            chosen = members[name]
            malignant = int(known.malignant[labels[chosen]].sum())
            of, figures = [lesions[index] for index in chosen], {}
            if len(chosen) >= FEWEST:
                referred = None if threshold is None else refers(referral_scores[chosen], threshold)
                figures = _figures(probabilities[chosen], labels[chosen], of, referred, known)
            found.append(Subgroup(by, name, len(chosen), len(set(of)), malignant, figures))
    return found


def _figures(
    probabilities: Floats,
    labels: NDArray[np.int64],
    lesions: Sequence[str],
    referred: NDArray[np.bool_] | None,
    known: DiagnosisSet,
) -> dict[str, Interval]:
    scores, malignant = known.malignant_probability(probabilities), known.malignant[labels]
    right = (probabilities.argmax(axis=1) == labels).astype(float)

    def compute(weights: Floats) -> dict[Key, Floats]:
        values = {
            "accuracy": weighted.ratio(weights @ right, weights.sum(axis=1)),
            "malignant_auc": weighted.curve(scores, malignant, weights).area(),
        }
        if referred is not None:
            values["sensitivity"] = share(referred, malignant, weights)
            values["specificity"] = share(~referred, ~malignant, weights)
        return {(name, ""): value for name, value in values.items()}

    found = {name: interval for (name, _), interval in resample(compute, lesions, ROUNDS, 0).items()}
    rests_on = {"accuracy": np.ones(len(labels), bool), "sensitivity": malignant, "specificity": ~malignant}
    images = {name: int(chosen.sum()) for name, chosen in rests_on.items()}
    images["malignant_auc"] = min(images["sensitivity"], images["specificity"])
    counts = {name: count_groups(lesions, chosen) for name, chosen in rests_on.items()}
    counts["malignant_auc"] = min(counts["sensitivity"], counts["specificity"])
    return {
        name: not_certain(of, counts[name]) for name, of in found.items() if images[name] >= FEWEST_OF_A_SIDE
    }


def _band(value: float, bands: Sequence[tuple[int, int]], unit: str) -> str:
    low, high = next((band for band in bands if band[0] <= value < band[1]), (None, None))
    if low is None or high is None:
        return UNKNOWN
    if (low, high) == bands[-1]:
        return f"{low:,} {unit} and more"
    return f"under {high:,} {unit}" if low == 0 else f"{low:,} to {high - 1:,} {unit}"


def _order(by: str, counts: Mapping[str, int]) -> Callable[[str], tuple[bool, int, str]]:
    """Bands by where they start, other groups by their number of images; the unknown come last."""

    def key(name: str) -> tuple[bool, int, str]:
        if by not in ("age", "image size"):
            return name == UNKNOWN, -counts[name], name
        first = name.replace(",", "").split()[0]
        return name == UNKNOWN, int(first) if first.isdigit() else -1, name

    return key
