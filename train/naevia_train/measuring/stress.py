"""Whether an answer survives another rendition of the same photo.

The engine takes any function from the network's pixels to probabilities, so that a network in training and
an exported file are tested in the same way.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray

from naevia.ahead import ahead
from naevia.contract import InputSpec
from naevia.preprocess import prepare
from naevia_train.labelling.diagnosis_set import NINE, DiagnosisSet
from naevia_train.measuring.bootstrap import mean_by_group
from naevia_train.measuring.interval import Interval
from naevia_train.measuring.operating import refers
from naevia_train.measuring.variants import MIXED, MIXTURE_NAMES, Pixels, Variant, fixed_variants, mixtures

Predict = Callable[[Pixels], NDArray[np.floating]]
"""From prepared pixels, (n, size, size, 3) uint8, to probabilities, (n, k)."""

SAMPLE: Final = 200
SEED: Final = 0
SAME_ANSWER, MEDIAN_CHANGE, LARGE_CHANGE = 0.93, 0.03, 0.15
"""The bars: share of same top answers; median and 95th percentile of the change of malignant probability."""

_PHOTOS_AHEAD = 4


@dataclass(frozen=True)
class StressPhoto:
    """A labelled photo that can be read.

    Attributes:
        read: Gives the decoded photo, uint8 RGB.
        label: Position of its diagnosis in the set.
        lesion: Its lesion; photos of one lesion are not independent.
    """

    read: Callable[[], Pixels]
    label: int
    lesion: str


@dataclass(frozen=True)
class Stability:
    """How well answers survive.

    Attributes:
        same_answer: Share of answers whose likeliest diagnosis stays, its interval by lesion.
        median_change: Median of the absolute change of malignant probability.
        large_change: Its 95th percentile.
        to_monitor: Share of answers that say `monitor` of malignant photos which are referred as they are,
            its interval by lesion; None where no such photo is, or the model has no threshold.
    """

    same_answer: Interval
    median_change: float
    large_change: float
    to_monitor: Interval | None

    @property
    def missed(self) -> tuple[str, ...]:
        """Names of the figures that miss their bars by their own value."""
        met = {
            "same_answer": self.same_answer.value >= SAME_ANSWER,
            "median_change": self.median_change <= MEDIAN_CHANGE,
            "large_change": self.large_change <= LARGE_CHANGE,
        }
        return tuple(name for name, is_met in met.items() if not is_met)

    @property
    def passes(self) -> bool:
        """Whether no bar is missed, the first by the whole interval: a few photos prove nothing."""
        return not self.missed and self.same_answer.low >= SAME_ANSWER


@dataclass(frozen=True)
class StressRow:
    """One variant, or several together.

    Attributes:
        group: What is varied.
        name: The variant.
        counted: Whether it counts in the figures that are held against the bars.
        stability: How well answers survive it.
        recall_change: By code of each diagnosis that occurs: recall on the variant minus recall before.
    """

    group: str
    name: str
    counted: bool
    stability: Stability
    recall_change: dict[str, float]


@dataclass(frozen=True, eq=False)
class StressResult:
    """What a network answered to photos and to their variants.

    Attributes:
        known: The diagnoses.
        variants: Group, name and whether it is counted, of each variant.
        before: Probabilities of the photos as they are, shape (n, k).
        after: Probabilities of the variants, shape (variants, n, k).
        labels: True positions, shape (n,).
        lesions: Lesion of each photo.
        of: Number of images that the photos were drawn from.
        seed: Seed of that sample and of the mixtures.
        threshold: Malignant probability from which the model refers; None when it has none, or when it is of
            other diagnoses than the malignant ones of the set.
    """

    known: DiagnosisSet
    variants: tuple[tuple[str, str, bool], ...]
    before: NDArray[np.floating]
    after: NDArray[np.floating]
    labels: NDArray[np.int64]
    lesions: tuple[str, ...]
    of: int
    seed: int
    threshold: float | None = None

    @property
    def images(self) -> int:
        """Number of photos."""
        return len(self.labels)

    @cached_property
    def counts(self) -> dict[str, int]:
        """Photos by code of each diagnosis that occurs."""
        numbers = np.bincount(self.labels, minlength=len(self.known.codes))
        return {code: int(n) for code, n in zip(self.known.codes, numbers, strict=True) if n}

    @cached_property
    def referred(self) -> NDArray[np.int64]:
        """Positions of the malignant photos that are referred as they are; none without a threshold."""
        scores = self.known.malignant_probability(self.before)
        return np.flatnonzero(refers(scores, self.threshold) & self.known.malignant[self.labels])

    @property
    def only_answer(self) -> str | None:
        """Name of the answer that every photo got, though they show several diagnoses; None where none is."""
        first, *others = {*self.before.argmax(axis=1).tolist()}
        return None if others or len(self.counts) < 2 else self.known.entries[first].name

    def rows(self) -> list[StressRow]:
        """Every variant on its own, in order."""
        return [self._row(*described, [index]) for index, described in enumerate(self.variants)]

    def overall(self) -> StressRow:
        """All counted variants together: what is held against the bars."""
        counted = [index for index, (_, _, counts) in enumerate(self.variants) if counts]
        return self._row("all", f"all {len(counted)} counted variants", True, counted)

    def mixed(self) -> StressRow | None:
        """The mixtures together; None where there are none."""
        chosen = [index for index, (group, _, _) in enumerate(self.variants) if group == MIXED]
        return self._row(MIXED, "size, frame, colour and JPEG at once", False, chosen) if chosen else None

    def _row(self, group: str, name: str, counted: bool, chosen: list[int]) -> StressRow:
        same = self._same[chosen]
        changes = self._changes[chosen]
        share = mean_by_group(same.mean(axis=0), self.lesions)
        median, large = np.percentile(changes, (50, 95))
        recall_change = {code: float(self._recall_changes[chosen, p].mean()) for code, p in self._present}
        stability = Stability(share, float(median), float(large), self._to_monitor(chosen))
        return StressRow(group, name, counted, stability, recall_change)

    def _to_monitor(self, chosen: list[int]) -> Interval | None:
        if not len(self.referred):
            return None
        scores = self.known.malignant_probability(self.after[np.ix_(chosen, self.referred)])
        share = (~refers(scores, self.threshold)).mean(axis=0)
        return mean_by_group(share, [self.lesions[index] for index in self.referred])

    @cached_property
    def _same(self) -> NDArray[np.bool_]:
        return self.after.argmax(axis=2) == self.before.argmax(axis=1)

    @cached_property
    def _changes(self) -> NDArray[np.floating]:
        malignant = self.known.malignant_probability
        return np.abs(malignant(self.after) - malignant(self.before))

    @property
    def _present(self) -> list[tuple[str, int]]:
        return [(code, self.known.codes.index(code)) for code in self.counts]

    @cached_property
    def _recall_changes(self) -> NDArray[np.floating]:
        """Shape (variants, k); 0 for a diagnosis that does not occur."""
        gained = (self.after.argmax(axis=2) == self.labels).astype(float)
        gained -= self.before.argmax(axis=1) == self.labels
        of = np.eye(len(self.known.codes))[self.labels]
        return gained @ of / np.maximum(of.sum(axis=0), 1)


def draw_sample(count: int, wanted: int, *, seed: int = SEED) -> NDArray[np.int64]:
    """Positions of `wanted` of `count` images, in order; all of them where there are fewer."""
    return np.sort(np.random.default_rng(seed).permutation(count)[:wanted])


def run_stress(
    photos: Sequence[StressPhoto],
    predict: Predict,
    spec: InputSpec,
    *,
    known: DiagnosisSet = NINE,
    of: int | None = None,
    seed: int = SEED,
    threshold: float | None = None,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> StressResult:
    """Answer photos and all their variants.

    Args:
        photos: What to answer, at least one.
        predict: The network; its probabilities are those of `known`.
        spec: How photos are prepared.
        known: The diagnoses.
        of: Number of images that the photos were drawn from; their own number by default.
        seed: Seed of the mixtures.
        threshold: See `StressResult`.
        progress: Told how many photos are done, and of how many.
    """
    variants = fixed_variants()
    described = [(variant.group, variant.name, variant.counted) for variant in variants]
    described += [(MIXED, name, False) for name in MIXTURE_NAMES]
    answers = []
    for pixels in _prepare_ahead(photos, variants, spec, seed):
        answers.append(predict(pixels))
        progress(len(answers), len(photos))
    stacked = np.stack(answers, axis=1)
    return StressResult(
        known=known,
        variants=tuple(described),
        before=stacked[0],
        after=stacked[1:],
        labels=np.array([photo.label for photo in photos], np.int64),
        lesions=tuple(photo.lesion for photo in photos),
        of=len(photos) if of is None else of,
        seed=seed,
        threshold=threshold,
    )


def _prepare_ahead(
    photos: Sequence[StressPhoto], variants: Sequence[Variant], spec: InputSpec, seed: int
) -> Iterator[Pixels]:
    """Each photo and its variants as the network sees them, a few photos ahead of it."""

    def make(numbered: tuple[int, StressPhoto]) -> Pixels:
        number, photo = numbered
        rgb_u8 = photo.read()
        mixed = mixtures(np.random.default_rng((seed, number)))
        return np.stack([prepare(rgb_u8, spec), *(prepare(v(rgb_u8), spec) for v in (*variants, *mixed))])

    workers = min(os.cpu_count() or 1, _PHOTOS_AHEAD)
    with closing(ahead(enumerate(photos), make, workers=workers, most=_PHOTOS_AHEAD)) as made:
        for _, pixels in made:
            yield pixels
