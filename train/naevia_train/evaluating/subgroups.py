"""Figures of parts of the images: by source, size, sex, age and site."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from naevia_train.evaluating import weighted
from naevia_train.evaluating.diagnosis_set import NINE, DiagnosisSet
from naevia_train.evaluating.intervals import Key, not_certain, resample
from naevia_train.evaluating.metadata import ImageFacts
from naevia_train.evaluating.weighted import Floats
from naevia_train.measure import Interval

FEWEST: Final = 30
"""Images below which a group's figures are not stated."""

FEWEST_OF_A_SIDE: Final = 5
"""Malignant or benign images below which what rests on them is not stated."""

ROUNDS: Final = 500
AGES: Final = ((0, 18), (18, 40), (40, 60), (60, 80), (80, 200))
SIDES_PX: Final = ((0, 200), (200, 300), (300, 600), (600, 1200), (1200, 100_000))
UNKNOWN: Final = "not known"

Grouping = dict[str, list[str]]
"""Group of each image, by what it is grouped by."""


@dataclass(frozen=True)
class Subgroup:
    """Some of the images.

    Attributes:
        by: What they are grouped by, such as `age`.
        name: The group.
        images: Number of images.
        malignant: Number of malignant ones among them.
        figures: `accuracy`, `malignant_auc`, and at the model's threshold `sensitivity` and `specificity`;
            one that rests on too few images is absent, all are where the group is too small.
    """

    by: str
    name: str
    images: int
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
    """Sort images into groups; sex, age and site only where a table knows one of the images.

    Args:
        image_ids: Of each image.
        sources: Of each image.
        sizes_px: Width and height of each image, shape (n, 2).
        facts: By image id.
    """
    groups = {
        "source": list(sources),
        "image size": [_band(side, SIDES_PX, "px") for side in sizes_px.max(axis=1).tolist()],
    }
    if not facts.keys() & set(image_ids):
        return groups
    known = [facts.get(image_id, ImageFacts()) for image_id in image_ids]
    groups["sex"] = [fact.sex or UNKNOWN for fact in known]
    groups["age"] = [UNKNOWN if fact.age is None else _band(fact.age, AGES, "years") for fact in known]
    groups["site"] = [fact.site or UNKNOWN for fact in known]
    return groups


def measure_subgroups(
    probabilities: Floats,
    labels: NDArray[np.int64],
    lesions: Sequence[str],
    grouping: Grouping,
    *,
    threshold: float | None,
    known: DiagnosisSet = NINE,
) -> list[Subgroup]:
    """Figures of every group, the bands in rising order and other groups by their number of images.

    Args:
        probabilities: Shape (n, k).
        labels: Positions in the set, shape (n,).
        lesions: Of each image.
        grouping: From `group_images`.
        threshold: Malignant probability from which the model refers; None when it has none.
        known: The diagnoses.
    """
    found = []
    for by, names in grouping.items():
        members: dict[str, list[int]] = defaultdict(list)
        for index, name in enumerate(names):
            members[name].append(index)
        for name in sorted(members, key=_order(by, {name: len(of) for name, of in members.items()})):
            chosen = np.array(members[name])
            malignant = int(known.malignant[labels[chosen]].sum())
            figures = {}
            if len(chosen) >= FEWEST:
                of = [lesions[index] for index in chosen]
                figures = _figures(probabilities[chosen], labels[chosen], of, threshold, known)
            found.append(Subgroup(by, name, len(chosen), malignant, figures))
    return found


def _figures(
    probabilities: Floats,
    labels: NDArray[np.int64],
    lesions: Sequence[str],
    threshold: float | None,
    known: DiagnosisSet,
) -> dict[str, Interval]:
    scores, malignant = known.malignant_probability(probabilities), known.malignant[labels]
    right = (probabilities.argmax(axis=1) == labels).astype(float)

    def compute(weights: Floats) -> dict[Key, Floats]:
        values = {
            "accuracy": weighted.ratio(weights @ right, weights.sum(axis=1)),
            "malignant_auc": weighted.curve(scores, malignant, weights).area(),
        }
        if threshold is not None:
            referred = scores >= threshold
            for name, hits, of in (
                ("sensitivity", referred & malignant, malignant),
                ("specificity", ~referred & ~malignant, ~malignant),
            ):
                values[name] = weighted.ratio(weights @ hits.astype(float), weights @ of.astype(float))
        return {(name, ""): value for name, value in values.items()}

    found = {name: interval for (name, _), interval in resample(compute, lesions, ROUNDS, 0).items()}
    sides = {"sensitivity": int(malignant.sum()), "specificity": int((~malignant).sum())}
    counts = sides | {"accuracy": len(labels), "malignant_auc": min(sides.values())}
    enough = {name: of for name, of in found.items() if counts[name] >= FEWEST_OF_A_SIDE}
    return {
        name: of if name == "malignant_auc" else not_certain(of, counts[name]) for name, of in enough.items()
    }


def _band(value: float, bands: Sequence[tuple[int, int]], unit: str) -> str:
    low, high = next(band for band in bands if band[0] <= value < band[1])
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
