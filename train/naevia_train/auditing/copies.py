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

from naevia_train.auditing.appearance import APPEARANCE_VERSION, find_alike
from naevia_train.auditing.findings import CopyKind, CopyLink
from naevia_train.auditing.identity import UNLIKE, rendition_similarity
from naevia_train.auditing.phash import TURNS
from naevia_train.auditing.propose import NEAR_BITS
from naevia_train.auditing.store import FactStore
from naevia_train.auditing.survey import Survey
from naevia_train.grouping import UnionFind

_RENDITION_VERSION = f"rendition 1 {UNLIKE}"
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
        appearance, the likeliest pairs first. Pictures that are linked already, even by way of a third, are
        not compared.
    """
    names = [file.found.name for file in survey.files]
    same = UnionFind()
    links, left = _exact(survey, same)
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


def _exact(survey: Survey, same: UnionFind) -> tuple[list[CopyLink], list[int]]:
    """Links between files of the same bytes or pixels, joined in `same`, and the files that repeat none."""
    links = []
    left = list(range(len(survey.files)))
    kinds: tuple[tuple[CopyKind, list[Hashable]], ...] = (
        ("bytes", [file.sha256 for file in survey.files]),
        ("pixels", [file.pixels for file in survey.files]),
    )
    for kind, keys in kinds:
        pairs = list(_with_first(left, keys))
        for first, second in pairs:
            same.join((first, second))
            names = (survey.files[first].found.name, survey.files[second].found.name)
            links.append(CopyLink(*names, kind, "", 0, 1.0))
        repeated = {second for _, second in pairs}
        left = [index for index in left if index not in repeated]
    return links, left


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
    hashed = hashlib.sha256(APPEARANCE_VERSION.encode() + roots.tobytes())
    for key in keys:
        hashed.update(key.encode())
    digest = hashed.hexdigest()
    kept = store.result(digest)
    if kept is None:
        rows = find_alike(survey.hashes[np.array(left, np.int64)], roots, keys, store, pool)
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
