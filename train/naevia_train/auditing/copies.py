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

from naevia_train.auditing.confirm import (
    LEVEL,
    PLAUSIBLE,
    SAME_PICTURE,
    TILTED_PICTURE,
    Match,
    align,
    plausibility,
)
from naevia_train.auditing.findings import CopyLink
from naevia_train.auditing.identity import rendition_similarity
from naevia_train.auditing.phash import TURNS, lay
from naevia_train.auditing.propose import MOST_COMPARED, MOST_PROPOSED, NEAR_BITS, Proposals, propose
from naevia_train.auditing.store import FactStore
from naevia_train.auditing.survey import Survey
from naevia_train.grouping import UnionFind

_RESULT_VERSION = f"appearance 2 {SAME_PICTURE} {LEVEL} {TILTED_PICTURE} {MOST_COMPARED} {MOST_PROPOSED}"
_RENDITION_VERSION = f"rendition 1 {SAME_PICTURE}"
_CHUNK = 1024
_FLAT_SD = 1.5
"""A thumbnail with less contrast (standard deviation, of 255) has nothing in it that could be compared."""

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
        appearance, the nearest pairs first. Pictures that are linked already, even by way of a third, are
        not compared.
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
    by_id = []
    for pair in _with_first(range(len(names)), [file.found.image_id for file in survey.files]):
        if same.find(pair[0]) != same.find(pair[1]):
            same.join(pair)
            by_id.append(pair)
    for (first, second), likeness in zip(by_id, _renditions(survey, by_id, store, pool), strict=True):
        links.append(CopyLink(names[first], names[second], "id", "", survey.bits(first, second), likeness))
    left = [index for index in left if survey.contrast[index] > _FLAT_SD]
    roots = np.array([same.find(index) for index in left], np.int64)
    for pair in _alike(survey, left, roots, store, pool):
        links.append(_link(pair, names))
    return links


def _link(pair: Alike, names: Sequence[str]) -> CopyLink:
    return CopyLink(
        names[pair.first], names[pair.second], "appearance", TURNS[pair.turn], pair.bits, pair.similarity
    )


def _renditions(
    survey: Survey, pairs: Sequence[tuple[int, int]], store: FactStore, pool: Executor
) -> list[float]:
    """How alike the files of one id are; -1 where their hashes are near, or one shows nothing."""
    far = [
        pair
        for pair in pairs
        if survey.bits(*pair) > NEAR_BITS and min(survey.contrast[list(pair)]) > _FLAT_SD
    ]
    keys = [tuple(survey.files[index].sha256 for index in pair) for pair in far]
    digest = hashlib.sha256("\n".join([_RENDITION_VERSION, *map(" ".join, keys)]).encode()).hexdigest()
    kept = store.result(digest)
    if kept is None:
        found = [
            likeness
            for start in range(0, len(keys), _CHUNK)
            for likeness in _compare_renditions(keys[start : start + _CHUNK], store, pool)
        ]
        kept = np.array(found, np.float64).tobytes()
        store.keep_result(digest, kept)
    likeness_of = dict(zip(far, np.frombuffer(kept, np.float64).tolist(), strict=True))
    return [likeness_of.get(pair, -1.0) for pair in pairs]


def _compare_renditions(keys: Sequence[tuple[str, ...]], store: FactStore, pool: Executor) -> list[float]:
    thumbnails = store.thumbnails({key for pair in keys for key in pair})

    def compare(pair: tuple[str, ...]) -> float:
        return round(rendition_similarity(*(thumbnails[key] for key in pair)), 4)

    return list(pool.map(compare, keys))


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
    hashed = hashlib.sha256(_RESULT_VERSION.encode() + roots.tobytes())
    for key in keys:
        hashed.update(key.encode())
    digest = hashed.hexdigest()
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
    same = UnionFind()
    order = np.lexsort((proposals.second, proposals.first, proposals.bits))
    found = [np.empty((0, 5))]
    for start in range(0, len(order), _CHUNK):
        some = order[start : start + _CHUNK]
        ends = [roots[column[some]].tolist() for column in (proposals.first, proposals.second)]
        apart = [same.find(first) != same.find(second) for first, second in zip(*ends, strict=True)]
        chosen = some[np.array(apart)]
        found.append(_confirm(Proposals(*(column[chosen] for column in proposals)), keys, store, pool))
        for pair in roots[found[-1][:, :2].astype(np.int64)].tolist():
            same.join(pair)
    return np.concatenate(found)


def _confirm(chunk: Proposals, keys: Sequence[str], store: FactStore, pool: Executor) -> NDArray[np.float64]:
    if not len(chunk.first):
        return np.empty((0, 5))
    needed = np.unique(np.concatenate([chunk.first, chunk.second]))
    thumbnails = store.thumbnails([keys[index] for index in needed.tolist()])
    stacked = np.stack([thumbnails[keys[index]] for index in needed.tolist()])
    firsts = stacked[np.searchsorted(needed, chunk.first)]
    seconds = stacked[np.searchsorted(needed, chunk.second)]
    likely = np.flatnonzero(plausibility(firsts, seconds, chunk.window, chunk.turn) >= PLAUSIBLE)

    def compare(index: int) -> Match:
        return align(firsts[index], lay(seconds[index], int(chunk.turn[index])), int(chunk.window[index]))

    matches = list(zip(likely.tolist(), pool.map(compare, likely.tolist()), strict=True))
    rows = [
        (*(column[index] for column in (chunk.first, chunk.second, chunk.turn, chunk.bits)), match.similarity)
        for index, match in matches
        if match.same
    ]
    return np.array(rows, np.float64).reshape(-1, 5).round(4)


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
