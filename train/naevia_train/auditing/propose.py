"""Which pictures might be copies: near perceptual hashes, found by shared bits and never by trying all pairs.

Locality-sensitive hashing by bit sampling (Indyk and Motwani, Approximate Nearest Neighbors, 1998): hashes
that differ in few bits agree in most small samples of bits, so only pictures that agree in a whole sample are
compared. The sample grows with the number of pictures, which keeps the comparisons per picture level.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from naevia_train.auditing.phash import BITS, turned_hashes

NEAR_BITS = 8
"""Hashes that differ by more bits are never proposed."""

_TABLES, _SEED = 24, 1
_EXPECTED_BUCKET_BITS = 4
_CHUNK = 1 << 22


class Proposals(NamedTuple):
    """Pairs of pictures that might be copies, by position; equal positions never meet.

    Attributes:
        first: The picture that was looked into, shape (n,).
        second: The picture that may lie in it, shape (n,).
        window: Window into the first, as numbered in `WINDOWS`.
        turn: How the second is laid, as numbered in `TURNS`.
        bits: Differing bits.
    """

    first: NDArray[np.int64]
    second: NDArray[np.int64]
    window: NDArray[np.int64]
    turn: NDArray[np.int64]
    bits: NDArray[np.int64]


def propose(hashes: NDArray[np.uint64]) -> Proposals:
    """Find pairs with near hashes.

    Args:
        hashes: Hashes of every picture's windows, shape (n, 25).

    Returns:
        Each pair of pictures once, in the way that differs by the fewest bits, sorted by position.
    """
    found = [_best(np.empty((0, 5), np.int64))]
    if len(hashes) > 1:
        turned = turned_hashes(hashes[:, 0])
        sample_size = int(np.clip(np.log2(hashes.size) - _EXPECTED_BUCKET_BITS, 8, 30))
        rng = np.random.default_rng(_SEED)
        for _ in range(_TABLES):
            sample = np.sort(rng.permutation(BITS)[:sample_size])
            found.append(_best(np.concatenate(list(_collide(hashes, turned, sample)))))
    pairs = _best(np.concatenate(found))
    return Proposals(*pairs.T)


def _collide(
    hashes: NDArray[np.uint64], turned: NDArray[np.uint64], sample: NDArray[np.int64]
) -> Iterator[NDArray[np.int64]]:
    """Near pairs among the hashes that agree in all sampled bits, as rows of `Proposals`."""
    keys = _sampled(hashes.ravel(), sample)
    order = np.argsort(keys, kind="stable")
    sorted_keys = keys[order]
    asked = _sampled(turned.ravel(), sample)
    start = np.searchsorted(sorted_keys, asked, "left")
    count = np.searchsorted(sorted_keys, asked, "right") - start
    windows, turns = hashes.shape[1], turned.shape[1]
    ends = np.cumsum(count)
    for low, high in _chunks(ends):
        repeats = count[low:high]
        query = np.repeat(np.arange(low, high), repeats)
        offset = np.arange(len(query)) - np.repeat(np.cumsum(repeats) - repeats, repeats)
        item = order[np.repeat(start[low:high], repeats) + offset]
        bits = np.bitwise_count(hashes.ravel()[item] ^ turned.ravel()[query])
        near = (bits <= NEAR_BITS) & (item // windows != query // turns)
        item, query = item[near], query[near]
        rows = (item // windows, query // turns, item % windows, query % turns, bits[near].astype(np.int64))
        yield np.stack(rows, axis=1)


def _chunks(ends: NDArray[np.int64]) -> Iterator[tuple[int, int]]:
    """Ranges of queries with a bounded number of comparisons each."""
    low = 0
    while low < len(ends):
        done = int(ends[low - 1]) if low else 0
        high = max(low + 1, int(np.searchsorted(ends, done + _CHUNK, "right")))
        yield low, high
        low = high


def _best(rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """One row per pair, whichever way round: the fewest bits, then the simplest window and turn."""
    low, high = rows[:, :2].min(axis=1, initial=1 << 62), rows[:, :2].max(axis=1, initial=-1)
    order = np.lexsort((rows[:, 0], rows[:, 3], rows[:, 2], rows[:, 4], high, low))
    rows, low, high = rows[order], low[order], high[order]
    new = np.ones(len(rows), bool)
    new[1:] = (low[1:] != low[:-1]) | (high[1:] != high[:-1])
    return rows[new]


def _sampled(hashes: NDArray[np.uint64], sample: NDArray[np.int64]) -> NDArray[np.uint32]:
    """The sampled bits of each hash, side by side."""
    keys = np.zeros(len(hashes), np.uint32)
    for position, bit in enumerate(sample.tolist()):
        keys |= ((hashes >> np.uint64(bit)) & np.uint64(1)).astype(np.uint32) << np.uint32(position)
    return keys
