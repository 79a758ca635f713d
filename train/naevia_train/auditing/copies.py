"""Which files show one picture: by bytes, by decoded pixels, by id, and by appearance."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import Executor
from itertools import chain
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from naevia_train.auditing.appearance import APPEARANCE_VERSION, find_alike
from naevia_train.auditing.identity import UNLIKE, rendition_similarity
from naevia_train.auditing.ledger import Ledger, Link
from naevia_train.auditing.phash import TURNS, WINDOWS
from naevia_train.auditing.propose import NEAR_BITS
from naevia_train.auditing.store import FactStore
from naevia_train.labelling.grouping import UnionFind

_RENDITION_VERSION = f"rendition 2 {UNLIKE}"
_CHUNK = 1024
_FLAT_SD = 1.5
"""A thumbnail with less contrast (standard deviation, of 255) has nothing in it that could be compared."""

_INVERSE_TURN = (0, 1, 2, 3, 4, 6, 5, 7)


class Alike(NamedTuple):
    """Two files that were found to show one picture, by number, the smaller first."""

    first: int
    second: int
    turn: int
    bits: int
    similarity: float


def find_copies(ledger: Ledger, store: FactStore, pool: Executor) -> None:
    """Find every link between files that show one picture, and join them in the ledger.

    The links connect the files of each picture: by bytes, pixels and id to the first such file, then by
    appearance, the likeliest pairs first. Pictures that are linked already, even by way of a third, are not
    compared.

    Args:
        ledger: Holds the readable files.
        store: Where their thumbnails are.
        pool: Threads that compare.
    """
    same = UnionFind()
    for kind in ("bytes", "pixels"):
        pairs = ledger.repeats(kind)
        for pair in pairs:
            same.join(pair)
        ledger.add_links(Link(*pair, kind, "", 0, 1.0) for pair in pairs)
    by_id = []
    for pair in ledger.repeats("id"):
        if same.find(pair[0]) != same.find(pair[1]):
            same.join(pair)
            by_id.append(pair)
    ledger.add_links(_renditions(by_id, ledger, store, pool))
    for pair in _alike(ledger, same, store, pool):
        same.join(pair[:2])
        ledger.add_links(
            [Link(pair.first, pair.second, "appearance", TURNS[pair.turn], pair.bits, pair.similarity)]
        )
    first: dict[object, int] = {}
    ledger.join((first.setdefault(same.find(number), number), number) for number in ledger.linked())


def _renditions(
    pairs: Sequence[tuple[int, int]], ledger: Ledger, store: FactStore, pool: Executor
) -> Iterator[Link]:
    """Links between files of one id; how alike they are is measured where their hashes are far."""
    bits = [_bits(ledger, pair) for pair in pairs]
    far = [
        pair
        for pair, differing in zip(pairs, bits, strict=True)
        if differing > NEAR_BITS and min(ledger.look(number).contrast for number in pair) > _FLAT_SD
    ]
    likeness_of = dict(zip(far, _likenesses(far, ledger, store, pool), strict=True))
    for pair, differing in zip(pairs, bits, strict=True):
        yield Link(*pair, "id", "", differing, likeness_of.get(pair, -1.0))


def _bits(ledger: Ledger, pair: tuple[int, int]) -> int:
    """Bits by which the hashes of two files differ."""
    first, second = (int(ledger.look(number).phash, 16) for number in pair)
    return (first ^ second).bit_count()


def _likenesses(
    pairs: Sequence[tuple[int, int]], ledger: Ledger, store: FactStore, pool: Executor
) -> list[float]:
    """How alike the files of one id are, remembered from an earlier run on the same files."""
    numbers = np.array(pairs, np.int64).reshape(-1, 2)

    def compare() -> list[float]:
        parts = [numbers[start : start + _CHUNK] for start in range(0, len(numbers), _CHUNK)]
        return [likeness for part in parts for likeness in _compare_renditions(part, ledger, store, pool)]

    likenesses: list[float] = store.remembered(
        chain([_RENDITION_VERSION], ledger.sha256s(numbers.ravel())), compare
    )
    return likenesses


def _compare_renditions(
    numbers: NDArray[np.int64], ledger: Ledger, store: FactStore, pool: Executor
) -> list[float]:
    firsts, seconds = (store.thumbnails(list(ledger.sha256s(column))) for column in numbers.T)

    def compare(index: int) -> float:
        return round(rendition_similarity(firsts[index], seconds[index]), 4)

    return list(pool.map(compare, range(len(numbers))))


def _alike(ledger: Ledger, same: UnionFind, store: FactStore, pool: Executor) -> list[Alike]:
    """Different pictures that look the same, remembered from an earlier run on the same pictures."""
    left = ledger.comparable(_FLAT_SD)
    roots = np.fromiter(map(same.find, left.tolist()), np.int64, len(left))

    def find() -> list[list[float]]:
        rows: list[list[float]] = find_alike(
            _window_hashes(left, ledger, store),
            roots,
            lambda positions: store.thumbnails(list(ledger.sha256s(left[positions]))),
            pool,
        ).tolist()
        return rows

    rests_on = chain([APPEARANCE_VERSION], map(str, roots.tolist()), ledger.sha256s(left))
    return sorted(_in_order(row, left) for row in store.remembered(rests_on, find))


def _window_hashes(left: NDArray[np.int64], ledger: Ledger, store: FactStore) -> NDArray[np.uint64]:
    hashes = np.empty((len(left), len(WINDOWS)), np.uint64)
    for start in range(0, len(left), _CHUNK):
        some = list(ledger.sha256s(left[start : start + _CHUNK]))
        hashes[start : start + len(some)] = store.window_hashes(some)
    return hashes


def _in_order(row: Sequence[float], left: NDArray[np.int64]) -> Alike:
    first, second, turn, bits = (int(value) for value in row[:4])
    if first > second:
        first, second, turn = second, first, _INVERSE_TURN[turn]
    return Alike(int(left[first]), int(left[second]), turn, bits, row[4])
