"""Which files show one picture, by looking: proposed by hash, ranked by coarse waves, confirmed by detail.

Confirming costs a hundred times what ranking costs. So each picture is confirmed with the few likeliest
others only, the likeliest pairs first, and pairs that are joined already, even by way of a third, are left
out: a thousand copies of one picture take some thousand comparisons, not half a million.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Executor

import numpy as np
from numpy.typing import NDArray

from naevia_train.auditing.confirm import (
    LEVEL,
    PLAUSIBLE,
    SAME_PICTURE,
    TILTED_PICTURE,
    Match,
    align,
    plausibility,
)
from naevia_train.auditing.phash import lay
from naevia_train.auditing.propose import MOST_COMPARED, MOST_PROPOSED, Proposals, nearest, propose
from naevia_train.labelling.grouping import UnionFind

Thumbnails = Callable[[NDArray[np.int64]], NDArray[np.uint8]]
"""From positions of pictures, shape (n,), to their grey thumbnails, shape (n, 64, 64)."""

MOST_CONFIRMED = 6
"""Others that a picture is confirmed with, the likeliest ones; further pairs need the other's consent."""

APPEARANCE_VERSION = (
    f"appearance 4 {SAME_PICTURE} {LEVEL} {TILTED_PICTURE} {MOST_COMPARED} {MOST_PROPOSED} {MOST_CONFIRMED}"
)
"""Results of another version are worked out again."""

_RANKED_AT_ONCE, _CONFIRMED_AT_ONCE = 1024, 1024


def find_alike(
    hashes: NDArray[np.uint64],
    roots: NDArray[np.int64],
    thumbnails: Thumbnails,
    pool: Executor,
) -> NDArray[np.float64]:
    """Find pairs of pictures that look the same.

    Args:
        hashes: Hashes of every picture's windows, shape (n, 25).
        roots: What each picture is joined with already: equal numbers are one picture, shape (n,).
        thumbnails: Gives the thumbnails of pictures, by position.
        pool: Threads that compare.

    Returns:
        Rows (first, second, turn, bits, similarity), float64, that join all pictures that look the same.
    """
    proposals = propose(hashes)
    likely = _likelihoods(proposals, thumbnails)
    plausible = likely >= PLAUSIBLE
    proposals, likely = Proposals(*(column[plausible] for column in proposals)), likely[plausible]
    kept = nearest(proposals.first, proposals.second, -likely, len(hashes), MOST_CONFIRMED)
    order = np.flatnonzero(kept)[np.argsort(-likely[kept], kind="stable")]
    same = UnionFind()
    found = [np.empty((0, 5))]
    for start in range(0, len(order), _CONFIRMED_AT_ONCE):
        some = order[start : start + _CONFIRMED_AT_ONCE]
        ends = [roots[column[some]].tolist() for column in (proposals.first, proposals.second)]
        apart = [same.find(first) != same.find(second) for first, second in zip(*ends, strict=True)]
        chosen = Proposals(*(column[some[np.array(apart)]] for column in proposals))
        found.append(np.array(list(_confirmed(chosen, thumbnails, pool)), np.float64).reshape(-1, 5))
        for pair in roots[found[-1][:, :2].astype(np.int64)].tolist():
            same.join(pair)
    return np.concatenate(found)


def _likelihoods(proposals: Proposals, thumbnails: Thumbnails) -> NDArray[np.float32]:
    found = [np.empty(0, np.float32)]
    for start in range(0, len(proposals.first), _RANKED_AT_ONCE):
        some = Proposals(*(column[start : start + _RANKED_AT_ONCE] for column in proposals))
        found.append(plausibility(*_pictures(some, thumbnails), some.window, some.turn))
    return np.concatenate(found)


def _confirmed(some: Proposals, thumbnails: Thumbnails, pool: Executor) -> Iterator[tuple[float, ...]]:
    """Rows of the pairs that hold."""
    if not len(some.first):
        return
    firsts, seconds = _pictures(some, thumbnails)

    def compare(index: int) -> Match:
        return align(firsts[index], lay(seconds[index], int(some.turn[index])), int(some.window[index]))

    for index, match in enumerate(pool.map(compare, range(len(firsts)))):
        if match.same:
            columns = (some.first, some.second, some.turn, some.bits)
            yield *(float(column[index]) for column in columns), round(match.similarity, 4)


def _pictures(some: Proposals, thumbnails: Thumbnails) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """The thumbnails of the first and of the second pictures, shape (n, 64, 64) each."""
    needed = np.unique(np.concatenate([some.first, some.second]))
    found = thumbnails(needed)
    return found[np.searchsorted(needed, some.first)], found[np.searchsorted(needed, some.second)]
