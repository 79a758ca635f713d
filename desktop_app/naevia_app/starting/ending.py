"""Requests of the system to end the program: Ctrl-C, a closed terminal, a log-out, a shutdown."""

from __future__ import annotations

import signal
import socket
from collections.abc import Callable
from typing import Any, Self

from PySide6.QtCore import QObject, QSocketNotifier

_NAMES = ("SIGINT", "SIGTERM", "SIGHUP")


class EndRequests(QObject):
    """Hears them while Qt is at work, when Python by itself would not look; a context manager.

    A signal writes to a socket, Qt hears of it between two events, and calls `end`: never in the middle of
    something else.

    Args:
        end: Called once for each request, in the main thread.
    """

    def __init__(self, end: Callable[[], None]) -> None:
        super().__init__()
        self._end = end
        self._before: dict[int, Any] = {}
        self._ear, self._mouth = socket.socketpair()
        for side in (self._ear, self._mouth):
            side.setblocking(False)
        self._notifier = QSocketNotifier(self._ear.fileno(), QSocketNotifier.Type.Read, self)
        self._notifier.activated.connect(self._hear)

    def __enter__(self) -> Self:
        signal.set_wakeup_fd(self._mouth.fileno(), warn_on_full_buffer=False)
        for name in _NAMES:
            number = getattr(signal, name, None)  # Windows has no SIGHUP
            if number is not None and signal.getsignal(number) is not signal.SIG_IGN:  # as under nohup
                self._before[number] = signal.signal(number, lambda number, frame: None)
        return self

    def __exit__(self, *error: object) -> None:
        while self._before:
            signal.signal(*self._before.popitem())
        signal.set_wakeup_fd(-1)
        self._notifier.setEnabled(False)
        self._ear.close()
        self._mouth.close()

    def _hear(self) -> None:
        self._ear.recv(64)
        self._end()
