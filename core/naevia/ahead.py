"""Work done by threads a little ahead of the one who takes what comes of it."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


def ahead(
    items: Iterable[Item],
    work: Callable[[Item], Result],
    *,
    workers: int,
    most: int,
    name: str = "naevia-ahead",
) -> Generator[tuple[Item, Result], None, None]:
    """Give each item with what `work` makes of it, in the order of the items.

    The items are taken in the thread that takes the results, and never more than `most` of them ahead of the
    result that is due, so any number of items fits into memory. An exception of `work` comes in its item's
    turn and ends everything; `work` returns what is not to end it. Closing the generator, or an exception,
    cancels what has not begun, and waits for what has.

    Args:
        items: What to work on.
        work: Called in one of the threads.
        workers: Number of threads, at least 1.
        most: Number of items that are worked on, or done, ahead of the one that was given last.
        name: What the threads' names begin with.
    """
    pool = ThreadPoolExecutor(workers, thread_name_prefix=name)
    waiting: deque[tuple[Item, Future[Result]]] = deque()

    def due() -> tuple[Item, Result]:  # no name may hold on to a result that was given away
        item, future = waiting.popleft()
        return item, future.result()

    try:
        for item in items:
            waiting.append((item, pool.submit(work, item)))
            if len(waiting) > most:
                yield due()
        while waiting:
            yield due()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
