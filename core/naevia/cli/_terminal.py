"""Terminals that may be gone: what nobody can read any more must not change how a command ends."""

from __future__ import annotations

import io
import sys
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer


def unfailing(stream: TextIO | None) -> TextIO:
    """A stream to the same place, whose writes never fail: what cannot be written there is dropped.

    Args:
        stream: Standard output or error; None where the program was started without it.
    """
    if stream is None:
        return io.StringIO()
    try:
        number = stream.fileno()
    except OSError:  # not the system's
        return stream
    if sys.platform == "win32" and stream.isatty():  # a console of Windows takes text, not bytes
        return stream
    stream.flush()
    return io.TextIOWrapper(
        io.BufferedWriter(_Unfailing(number, "wb", closefd=False)),
        encoding=stream.encoding,
        errors="backslashreplace",
        line_buffering=True,
    )


class _Unfailing(io.FileIO):
    def write(self, data: ReadableBuffer, /) -> int:
        try:
            return super().write(data) or len(memoryview(data))
        except OSError:
            return len(memoryview(data))
