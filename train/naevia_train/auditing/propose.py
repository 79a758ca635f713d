"""Which pictures might be copies: near perceptual hashes, found by shared bits and never by trying all pairs.

Locality-sensitive hashing by bit sampling (Indyk and Motwani, Approximate Nearest Neighbors, 1998): hashes
that differ in few bits agree in most small samples of bits, so only pictures that agree in a whole sample are
compared. Where too many agree, more bits are sampled until few do (Bawa, Condie and Ganesan, LSH Forest,
2005), and in the end everybody is compared with a bounded number of others: the work grows with the number of
pictures, never with its square, however many of them look the same.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from naevia_train.auditing.phash import BITS, TURNS, WINDOWS, turned_hashes

NEAR_BITS = 8
"""Hashes that differ by more bits are never proposed."""

MOST_COMPARED = 64
"""Hashes of a few windows that one hash is compared with, in each of the tables."""

MOST_PROPOSED = 64
"""Others that a picture is proposed with, the nearest ones; further pairs need the other's consent."""

_TABLES, _SEED = 24, 1
_EXPECTED_BUCKET_BITS, _FURTHER_BITS = 4, 8
_WINDOWS_AT_ONCE = 5
_CHUNK, _HELD = 1 << 18, 1 << 19


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
        Each pair of pictures once, in the way that differs by the fewest bits, sorted by position; at most
        `MOST_PROPOSED` times 2 n.
    """
    pairs = np.empty((0, 5), np.int64)
    if len(hashes) > 1:
        turned = turned_hashes(hashes[:, 0])
        asked = _Side(turned.ravel(), np.arange(turned.size, dtype=np.int32))
        first_bits = int(np.clip(np.log2(hashes.size) - _EXPECTED_BUCKET_BITS, 8, 22))
        rng = np.random.default_rng(_SEED)
        for _ in range(_TABLES):
            bits = rng.permutation(BITS)
            found = [pairs]
            for rows in (rows for part in _parts(hashes) for rows in _collide(part, asked, bits, first_bits)):
                found.append(rows)
                if sum(map(len, found[1:])) > max(_HELD, len(found[0])):
                    found = [_fewest(found, len(hashes))]
            pairs = _fewest(found, len(hashes))
    return Proposals(*pairs.T)


class _Side(NamedTuple):
    """Hashes that are sought, or sought among: what each is of, and the bucket that holds it so far."""

    hashes: NDArray[np.uint64]
    of: NDArray[np.int32]
    buckets: NDArray[np.int32] | int = 0


def _parts(hashes: NDArray[np.uint64]) -> Iterator[_Side]:
    """The hashes of a few windows at a time, which keeps the memory for sorting them small."""
    count, windows = hashes.shape
    for start in range(0, windows, _WINDOWS_AT_ONCE):
        chosen = np.arange(start, min(start + _WINDOWS_AT_ONCE, windows), dtype=np.int32)
        of = np.arange(count, dtype=np.int32)[:, None] * np.int32(windows) + chosen
        yield _Side(hashes[:, chosen].ravel(), of.ravel())


def _collide(
    items: _Side, asked: _Side, order: NDArray[np.int64], size: int, done: int = 0, buckets: int = 1
) -> Iterator[NDArray[np.int64]]:
    """Near pairs among the hashes that agree in sampled bits, as rows of `Proposals`.

    Args:
        items: What is sought among.
        asked: What is sought.
        order: In which order bits are sampled.
        size: Bits sampled now; more of them where a bucket stays crowded.
        done: Bits that agree already.
        buckets: Number of buckets so far.
    """
    item_keys, asked_keys = (_sampled(side, order[done : done + size]) for side in (items, asked))
    counts = np.bincount(item_keys, minlength=buckets << size)
    starts = np.cumsum(counts) - counts
    crowded = counts > MOST_COMPARED
    done += size
    if done + _FURTHER_BITS > BITS:
        counts = np.minimum(counts, MOST_COMPARED)
    elif crowded.any():
        numbers = (np.cumsum(crowded) - 1).astype(np.int32)
        left = (
            _crowd(side, keys, crowded, numbers) for side, keys in ((items, item_keys), (asked, asked_keys))
        )
        yield from _collide(*left, order, _FURTHER_BITS, done, int(crowded.sum()))
        counts = np.where(crowded, 0, counts)
    by_key = np.argsort(item_keys, kind="stable")
    for start in range(0, len(asked_keys), _CHUNK):
        keys = asked_keys[start : start + _CHUNK]
        for query, item in _pairs(starts[keys], counts[keys], by_key):
            yield _near(items, asked, start + query, item)


def _crowd(
    side: _Side, keys: NDArray[np.int32], crowded: NDArray[np.bool_], numbers: NDArray[np.int32]
) -> _Side:
    chosen = crowded[keys]
    return _Side(side.hashes[chosen], side.of[chosen], numbers[keys[chosen]])


def _pairs(
    starts: NDArray[np.int64], counts: NDArray[np.int64], by_key: NDArray[np.int64]
) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """Every query with every item of its bucket, a bounded number at a time."""
    ends = np.cumsum(counts)
    low = 0
    while low < len(ends):
        done = int(ends[low - 1]) if low else 0
        high = max(low + 1, int(np.searchsorted(ends, done + _CHUNK, "right")))
        repeats = counts[low:high]
        query = np.repeat(np.arange(low, high), repeats)
        offset = np.arange(len(query)) - np.repeat(np.cumsum(repeats) - repeats, repeats)
        yield query, by_key[np.repeat(starts[low:high], repeats) + offset]
        low = high


def _near(items: _Side, asked: _Side, query: NDArray[np.int64], item: NDArray[np.int64]) -> NDArray[np.int64]:
    bits = np.bitwise_count(items.hashes[item] ^ asked.hashes[query])
    near = bits <= NEAR_BITS
    first, window = np.divmod(items.of[item[near]].astype(np.int64), len(WINDOWS))
    second, turn = np.divmod(asked.of[query[near]].astype(np.int64), len(TURNS))
    rows = np.stack([first, second, window, turn, bits[near].astype(np.int64)], axis=1)
    return rows[first != second]


def _fewest(found: list[NDArray[np.int64]], pictures: int) -> NDArray[np.int64]:
    """The best row of each pair that is among the nearest of either picture."""
    rows = _best(np.concatenate(found))
    return rows[nearest(rows[:, 0], rows[:, 1], rows[:, 4], pictures, MOST_PROPOSED)]


def _best(rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """One row per pair, whichever way round: the fewest bits, then the simplest window and turn."""
    low, high = rows[:, :2].min(axis=1, initial=1 << 62), rows[:, :2].max(axis=1, initial=-1)
    order = np.lexsort((rows[:, 0], rows[:, 3], rows[:, 2], rows[:, 4], high, low))
    rows, low, high = rows[order], low[order], high[order]
    new = np.ones(len(rows), bool)
    new[1:] = (low[1:] != low[:-1]) | (high[1:] != high[:-1])
    return rows[new]


def nearest(
    first: NDArray[np.int64], second: NDArray[np.int64], distance: NDArray, pictures: int, most: int
) -> NDArray[np.bool_]:
    """Which pairs are among the nearest `most` of either picture.

    Args:
        first: One picture of each pair, by position, shape (n,).
        second: The other, shape (n,).
        distance: Of each pair, shape (n,); of equally near ones the one with the other picture that comes
            first counts.
        pictures: Number of pictures.
        most: Pairs per picture.
    """
    kept = np.zeros(len(first), bool)
    for mine, other in ((first, second), (second, first)):
        order = np.lexsort((other, distance, mine))
        counts = np.bincount(mine, minlength=pictures)
        rank = np.arange(len(mine)) - np.repeat(np.cumsum(counts) - counts, counts)
        kept[order[rank < most]] = True
    return kept


def _sampled(side: _Side, bits: NDArray[np.int64]) -> NDArray[np.int32]:
    """The bucket of each hash, followed by its sampled bits side by side."""
    keys = np.zeros(len(side.hashes), np.int32) + np.int32(side.buckets)
    for bit in np.sort(bits).tolist():
        keys <<= np.int32(1)
        keys |= ((side.hashes >> np.uint64(bit)) & np.uint64(1)).astype(np.int32)
    return keys
