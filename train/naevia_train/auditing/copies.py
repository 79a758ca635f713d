"""Which files show one picture: by bytes, by decoded pixels, by id, and by appearance."""

from __future__ import annotations

import hashlib
import io
from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator, Sequence
from concurrent.futures import Executor
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from naevia_train.auditing.confirm import PLAUSIBLE, SAME_PICTURE, plausibility, similarity
from naevia_train.auditing.findings import CopyLink
from naevia_train.auditing.phash import TURNS
from naevia_train.auditing.propose import Proposals, propose
from naevia_train.auditing.store import FactStore
from naevia_train.auditing.survey import Survey
from naevia_train.grouping import UnionFind

_RESULT_VERSION = f"appearance 1 {SAME_PICTURE}"
_CHUNK = 4096
_FLAT_SD = 1.5
"""A thumbnail with less contrast (standard deviation, of 255) has no features that could be compared."""

_INVERSE_TURN = (0, 1, 2, 3, 4, 6, 5, 7)


class Alike(NamedTuple):
    """Two pictures that were found to be one, by position, the smaller first."""

    first: int
    second: int
    turn: int
    bits: int
    similarity: float


def find_copies(survey: Survey, store: FactStore, pool: Executor) -> list[CopyLink]:
    """Find every link between files that show one picture.

    Args:
        survey: The readable files.
        store: Where their thumbnails are.
        pool: Threads that compare.

    Returns:
        Links that connect the files of each picture: by bytes, pixels and id to the first such file, then by
        appearance. Pictures that are linked already are not compared by appearance.
    """
    names = [file.found.name for file in survey.files]
    same = UnionFind()
    links: list[CopyLink] = []
    left = list(range(len(names)))
    pixels_of = [file.pixels for file in survey.files]
    for kind, keys in (("bytes", [file.sha256 for file in survey.files]), ("pixels", pixels_of)):
        pairs = list(_with_first(left, keys))
        links += [CopyLink(names[a], names[b], kind, "", 0, 1.0) for a, b in pairs]
        repeated = {second for _, second in pairs}
        left = [index for index in left if index not in repeated]
        for pair in pairs:
            same.join(pair)
    for first, second in _with_first(range(len(names)), [file.found.image_id for file in survey.files]):
        if same.find(first) != same.find(second):
            same.join((first, second))
            links.append(CopyLink(names[first], names[second], "id", "", survey.bits(first, second), -1.0))
    roots = np.array([same.find(index) for index in left], np.int64)
    for pair in _alike(survey, left, roots, store, pool):
        links.append(_link(pair, names))
    return links


def _link(pair: Alike, names: Sequence[str]) -> CopyLink:
    return CopyLink(
        names[pair.first], names[pair.second], "appearance", TURNS[pair.turn], pair.bits, pair.similarity
    )


def _with_first(indices: Iterable[int], keys: Sequence[Hashable]) -> Iterator[tuple[int, int]]:
    """Each index with the first one of the same key."""
    first: dict[Hashable, int] = {}
    for index in indices:
        original = first.setdefault(keys[index], index)
        if original != index:
            yield original, index


def _alike(
    survey: Survey, left: Sequence[int], roots: NDArray[np.int64], store: FactStore, pool: Executor
) -> list[Alike]:
    """Pairs of different pictures that look the same, remembered from an earlier run on the same pictures."""
    keys = [survey.files[index].sha256 for index in left]
    digest = hashlib.sha256("\n".join([_RESULT_VERSION, *keys]).encode() + roots.tobytes()).hexdigest()
    kept = store.result(digest)
    if kept is None:
        rows = _compare(survey.hashes[np.array(left, np.int64)], roots, keys, store, pool)
        buffer = io.BytesIO()
        np.save(buffer, rows, allow_pickle=False)
        store.keep_result(digest, buffer.getvalue())
    else:
        rows = np.load(io.BytesIO(kept), allow_pickle=False)
    return sorted(_in_order(row, left) for row in rows.tolist())


def _in_order(row: Sequence[float], left: Sequence[int]) -> Alike:
    first, second, turn, bits = (int(value) for value in row[:4])
    if first > second:
        first, second, turn = second, first, _INVERSE_TURN[turn]
    return Alike(left[first], left[second], turn, bits, row[4])


def _compare(
    hashes: NDArray[np.uint64],
    roots: NDArray[np.int64],
    keys: Sequence[str],
    store: FactStore,
    pool: Executor,
) -> NDArray[np.float64]:
    """Rows (first, second, turn, bits, similarity) of the pairs that hold."""
    proposals = propose(hashes)
    apart = roots[proposals.first] != roots[proposals.second]
    order = np.flatnonzero(apart)
    found = [np.empty((0, 5))]
    for start in range(0, len(order), _CHUNK):
        chunk = Proposals(*(column[order[start : start + _CHUNK]] for column in proposals))
        found.append(_confirm(chunk, keys, store, pool))
    return np.concatenate(found)


def _confirm(chunk: Proposals, keys: Sequence[str], store: FactStore, pool: Executor) -> NDArray[np.float64]:
    needed = np.unique(np.concatenate([chunk.first, chunk.second]))
    thumbnails = store.thumbnails([keys[index] for index in needed.tolist()])
    stacked = np.stack([thumbnails[keys[index]] for index in needed.tolist()])
    firsts = stacked[np.searchsorted(needed, chunk.first)]
    seconds = stacked[np.searchsorted(needed, chunk.second)]
    likely = plausibility(firsts, seconds, chunk.window, chunk.turn) >= PLAUSIBLE
    likely &= (firsts.std(axis=(1, 2)) > _FLAT_SD) & (seconds.std(axis=(1, 2)) > _FLAT_SD)
    chosen = np.flatnonzero(likely)

    def compare(index: int) -> float:
        return similarity(firsts[index], seconds[index], int(chunk.window[index]), int(chunk.turn[index]))

    scores = np.array(list(pool.map(compare, chosen.tolist())), np.float64)
    kept = chosen[scores >= SAME_PICTURE]
    columns = (chunk.first, chunk.second, chunk.turn, chunk.bits)
    return np.stack(
        [*(column[kept].astype(np.float64) for column in columns), scores[scores >= SAME_PICTURE].round(4)],
        axis=1,
    )


def groups_of(links: Iterable[CopyLink]) -> dict[str, list[CopyLink]]:
    """Links by the first file of the picture that they belong to."""
    same = UnionFind()
    links = list(links)
    for link in links:
        same.join((link.first, link.second))
    grouped: dict[str, list[CopyLink]] = defaultdict(list)
    for link in links:
        grouped[str(same.find(link.first))].append(link)
    return dict(grouped)
