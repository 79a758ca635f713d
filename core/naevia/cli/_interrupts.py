"""Requests to end the program: Ctrl-C, and SIGTERM, which is one too."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any, Self

_REQUESTS = (signal.SIGINT, signal.SIGTERM)


class Interrupts:
    """Hears requests to end the program, and raises KeyboardInterrupt: at once, or after what is held.

    A context manager that changes the program's handlers of both signals, and puts them back.

    Attributes:
        heard: Whether a request has come.
    """

    def __init__(self) -> None:
        self._before: dict[int, Any] = {}
        self._forget()

    def _forget(self) -> None:
        self.heard = False
        self._holding = 0
        self._finished = False

    def __enter__(self) -> Self:
        self._forget()
        if threading.current_thread() is threading.main_thread():  # signals belong to the main thread
            for number in _REQUESTS:
                if signal.getsignal(number) is not signal.SIG_IGN:  # as a shell does for its background
                    self._before[number] = signal.signal(number, self._hear)
        return self

    def __exit__(self, *error: object) -> None:
        while self._before:
            signal.signal(*self._before.popitem())

    @contextmanager
    def held(self) -> Iterator[None]:
        """Let what is inside end before a request interrupts."""
        self._holding += 1
        try:
            yield
        finally:
            self._holding -= 1
            if self.heard and not self._holding:
                raise KeyboardInterrupt

    def finish(self) -> None:
        """Let no later request interrupt: what was asked of the program is done."""
        self._finished = True

    def _hear(self, number: int, frame: FrameType | None) -> None:
        if self._finished:
            return
        self.heard = True
        if not self._holding:
            raise KeyboardInterrupt


interrupts = Interrupts()
"""The program's only one."""


def ignore_interrupts() -> None:
    """Let no request interrupt what Python still does when the program's exit code is settled."""
    for number in _REQUESTS:
        signal.signal(number, signal.SIG_IGN)
