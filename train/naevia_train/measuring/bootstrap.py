"""95 % intervals by bootstrap over lesions, of whatever can be computed from weighted images."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from naevia_train.measuring import weighted
from naevia_train.measuring.interval import Interval, wilson
from naevia_train.measuring.weighted import Floats

ROUNDS = 1000

_AT_ONCE = 100
"""Resamples that are held in memory together."""

_ALIKE = 1e-9
"""Shares that differ by less differ by rounding."""

Key = tuple[str, str]
"""A figure's name and the diagnosis that it is of; the diagnosis is empty for a figure of all."""


def not_certain(share: Interval, count: int) -> Interval:
    """A share whose resamples were all alike gets a Wilson interval, others stay.

    Where every image is right, or every one wrong, the bootstrap would claim certainty. An AUC is a share of
    pairs; over the groups of its smaller side its interval is wider than it need be.

    Args:
        share: With its interval by bootstrap over groups.
        count: Number of groups (lesions) that it rests on: the images of one tell little more than one image.
    """
    if share.high - share.low > _ALIKE:
        return share
    # The images of one group may be right in part, so that the share is of no whole number of groups.
    among_groups = wilson(share.value * count, count)
    return Interval(share.value, among_groups.low, among_groups.high)


def count_groups(groups: Sequence[str], chosen: NDArray[np.bool_]) -> int:
    """Number of groups among the chosen images; `chosen` has shape (n,)."""
    return len({group for group, taken in zip(groups, chosen, strict=True) if taken})


def resample(
    compute: Callable[[Floats], dict[Key, Floats]], groups: Sequence[str], rounds: int, seed: int
) -> dict[Key, Interval]:
    """Point figures and percentile intervals of whatever can be computed from weights.

    Args:
        compute: From weights of shape (rounds, n) to figures of shape (rounds,), by key.
        groups: Group of each image.
        rounds: Resamples.
        seed: Seed of the resampling.
    """
    values = compute(np.ones((1, len(groups))))
    parts = [compute(weights) for weights in weightings(groups, rounds, seed)]
    result = {}
    for key, value in values.items():
        drawn = np.concatenate([part[key] for part in parts])
        drawn = drawn[np.isfinite(drawn)]
        if np.isfinite(value[0]) and len(drawn):
            low, high = np.percentile(drawn, (2.5, 97.5))
            result[key] = Interval(float(value[0]), float(low), float(high))
    return result


def mean_by_group(values: Floats, groups: Sequence[str], *, rounds: int = ROUNDS, seed: int = 0) -> Interval:
    """A mean of shares, 0 to 1, with its 95 % interval, resampling whole groups; see `not_certain`, too.

    Args:
        values: A share per image, 0 to 1, shape (n,).
        groups: Group of each image, n of them.
        rounds: Resamples.
        seed: Seed of the resampling.
    """

    def compute(weights: Floats) -> dict[Key, Floats]:
        return {("mean", ""): weighted.ratio(weights @ values, weights.sum(axis=1))}

    return not_certain(resample(compute, groups, rounds, seed)["mean", ""], len(set(groups)))


def weightings(groups: Sequence[str], rounds: int, seed: int) -> Iterator[NDArray[np.float64]]:
    """How often each image is drawn, a bounded number of resamples at once.

    Groups are numbered as they first come, so that the same seed draws the same images whatever groups are
    called.
    """
    rng = np.random.default_rng(seed)
    numbers = {name: number for number, name in enumerate(dict.fromkeys(groups))}
    place = [numbers[name] for name in groups]
    for start in range(0, rounds, _AT_ONCE):
        drawn = rng.integers(len(numbers), size=(min(_AT_ONCE, rounds - start), len(numbers)))
        counts = np.stack([np.bincount(row, minlength=len(numbers)) for row in drawn])
        yield counts[:, place].astype(np.float64)
