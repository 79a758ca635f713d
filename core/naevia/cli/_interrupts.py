"""Requests to end the program: Ctrl-C, and SIGTERM, which is one too."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any, Self

_REQUESTS = (signal.SIGINT, signal.SIGTERM)
_SOON_S = 5.0


class Interrupt(KeyboardInterrupt):
    """A request to end the program.

    It is no plain KeyboardInterrupt because Python remembers one that leaves `eval` or `exec`, and then dies
    of a signal at its end, whatever the exit code.
    """


class Interrupts:
    """Hears requests to end the program, and raises Interrupt: at once, or after what is held.

    A context manager that changes the program's handlers of both signals, and puts them back. Another request
    soon after the first is ignored, so that it does not disturb how the program ends; a later one is heard,
    because a library may have lost the first.

    Attributes:
        heard: Whether a request has come.
    """

    def __init__(self) -> None:
        self._before: dict[int, Any] = {}
        self._ends_the_program = False
        self._forget()

    def _forget(self) -> None:
        self.heard, self._heard_s = False, 0.0
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
        self.finish()
        while self._before:
            number, handler = self._before.popitem()
            signal.signal(number, signal.SIG_IGN if self._ends_the_program else handler)

    def end_the_program(self) -> None:
        """Put no handler back: no request interrupts what Python still does when the exit code is settled."""
        self._ends_the_program = True

    @contextmanager
    def held(self) -> Iterator[None]:
        """Let what is inside end before a request interrupts."""
        self._holding += 1
        try:
            yield
        finally:
            self._holding -= 1
            if self.heard and not self._holding:
                raise Interrupt

    def finish(self) -> None:
        """Let no later request interrupt: what was asked of the program is done."""
        self._finished = True

    def _hear(self, number: int, frame: FrameType | None) -> None:
        now_s = time.monotonic()
        if self._finished or (self.heard and now_s - self._heard_s < _SOON_S):
            return
        self.heard, self._heard_s = True, now_s
        if not self._holding:
            raise Interrupt


interrupts = Interrupts()
"""The program's only one."""
