"""Work a little ahead: in order, few at a time, and nothing left behind."""

from __future__ import annotations

import gc
import threading
import time
import weakref
from collections.abc import Iterator

import pytest

from naevia.ahead import ahead

MANY = 60


class Photo:
    """Something that memory is full of soon."""


def test_results_come_in_the_order_of_the_items_whichever_is_done_first() -> None:
    def work(number: int) -> int:
        time.sleep(0.002 * (number % 3 == 0))
        return -number

    assert list(ahead(range(MANY), work, workers=4, most=8)) == [(n, -n) for n in range(MANY)]


@pytest.mark.parametrize(("workers", "most"), [(1, 1), (3, 2), (2, 7)])
def test_few_items_are_taken_ahead_of_the_one_that_is_due(workers: int, most: int) -> None:
    taken: list[int] = []

    def items() -> Iterator[int]:
        for number in range(MANY):
            taken.append(number)
            yield number

    for due, _ in ahead(items(), lambda number: number, workers=workers, most=most):
        assert len(taken) <= due + 1 + most


def test_what_was_given_away_is_not_kept() -> None:
    results = ahead(range(MANY), lambda number: Photo(), workers=2, most=1)
    given = weakref.ref(next(results)[1])
    next(results)  # the thread that made the first is done with it, too
    gc.collect()
    assert given() is None
    results.close()


def test_a_failure_comes_in_its_turn_and_ends_everything() -> None:
    def work(number: int) -> int:
        if number == 5:
            raise ValueError("five")
        return number

    given = []
    with pytest.raises(ValueError, match="five"):
        for number, _ in ahead(range(MANY), work, workers=4, most=20):
            given.append(number)
    assert given == [0, 1, 2, 3, 4]
    assert threads() == []


def test_closing_cancels_what_has_not_begun() -> None:
    begun: list[int] = []

    def work(number: int) -> None:
        begun.append(number)
        time.sleep(0.02)

    results = ahead(range(MANY), work, workers=1, most=40)
    next(results)
    results.close()
    assert len(begun) < 10
    assert threads() == []


def threads() -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name.startswith("naevia-ahead")]
