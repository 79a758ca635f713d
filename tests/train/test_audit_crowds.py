"""A great many pictures that look alike: the work must grow with their number, not with its square."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from planted import Pixels

from naevia.synthetic import draw_lesion
from naevia_train.auditing.copies import find_copies
from naevia_train.auditing.ledger import Ledger
from naevia_train.auditing.phash import BITS, WINDOWS
from naevia_train.auditing.propose import MOST_PROPOSED, propose
from naevia_train.auditing.store import FactStore
from naevia_train.auditing.survey import survey_files
from naevia_train.labelling.collect import each_file

WIDTH_PX, HEIGHT_PX = 72, 54


class CountingPool(ThreadPoolExecutor):
    """Threads that count what they are given."""

    def __init__(self) -> None:
        super().__init__(2)
        self.given = 0

    def map(self, fn: Callable[..., Any], *iterables: Iterable[Any], **options: Any) -> Iterator[Any]:
        columns = [list(values) for values in iterables]
        self.given += len(columns[0])
        return super().map(fn, *columns, **options)


def encodings(count: int) -> Iterator[tuple[str, Pixels, int]]:
    """One picture, again and again: a little brighter or darker, at many qualities."""
    bgr = draw_lesion("mel", seed=1, width_px=WIDTH_PX, height_px=HEIGHT_PX)[..., ::-1]
    for number in range(count):
        shifted = np.clip(bgr.astype(np.int16) + number % 7 - 3, 0, 255).astype(np.uint8)
        shifted[number % HEIGHT_PX, number // HEIGHT_PX % WIDTH_PX] ^= 1 + number % 3
        yield f"melanoma/e{number}.jpg", shifted, 60 + number % 37


def nearly_flat(count: int) -> Iterator[tuple[str, Pixels, int]]:
    """Different pictures that share one faint shade from side to side and differ in noise only."""
    shade = np.linspace(-4, 4, WIDTH_PX)[None, :, None]
    for number in range(count):
        noise = np.random.default_rng(number).normal(0, 3, (HEIGHT_PX, WIDTH_PX, 1))
        yield f"nevus/f{number}.jpg", np.clip(150 + shade + noise, 0, 255).astype(np.uint8).repeat(3, 2), 90


def search(folder: Path, count: int) -> tuple[list[tuple[str, ...]], int]:
    """The pictures in a crowd of each kind, and how often two pictures were compared closely."""
    for name, bgr, quality in (*encodings(count), *nearly_flat(count)):
        path = folder / "set" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(path), bgr, [cv2.IMWRITE_JPEG_QUALITY, quality])
    with Ledger(folder) as ledger, FactStore(folder / "cache") as store, CountingPool() as pool:
        ledger.add_found(each_file([folder / "set"]))
        survey_files(ledger, store, pool, lambda done, total: None)
        pool.given = 0
        find_copies(ledger, store, pool)
        return [tuple(file.found.name for file in files) for files in ledger.pictures()], pool.given


def check_crowds(folder: Path, count: int) -> None:
    pictures, few = search(folder / "few", count)
    encoded, *others = sorted(pictures, key=len, reverse=True)
    assert set(encoded) == {f"set/melanoma/e{number}.jpg" for number in range(count)}
    assert {len(picture) for picture in others} == {1}
    _, many = search(folder / "many", 2 * count)
    assert few < many < 2.5 * few


def test_twice_as_many_look_alikes_take_twice_the_comparisons(tmp_path: Path) -> None:
    check_crowds(tmp_path, 60)


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_thousands_of_look_alikes_take_twice_the_comparisons(tmp_path: Path) -> None:
    check_crowds(tmp_path, 1500)


@pytest.mark.parametrize("spread", [0, 3], ids=["equal hashes", "near hashes"])
def test_proposals_are_bounded_however_many_hashes_agree(spread: int) -> None:
    rng = np.random.default_rng(1)
    crowd = np.full((300, len(WINDOWS)), 0x0F1E2D3C4B5A6978, np.uint64)
    for _ in range(spread):
        crowd ^= np.uint64(1) << rng.integers(0, BITS, crowd.shape).astype(np.uint64)
    proposals = propose(crowd)
    assert 0 < len(proposals.first) <= 2 * MOST_PROPOSED * len(crowd)
    assert set(range(len(crowd))) <= {*proposals.first.tolist(), *proposals.second.tolist()}
