"""Keeping the warnings of libraries out of a person's terminal."""

from __future__ import annotations

import os
import sys
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TextIO

DEBUG_VARIABLE = "NAEVIA_DEBUG"
"""Set to 1, it shows what is otherwise kept quiet: native warnings and tracebacks."""


def is_debugging() -> bool:
    """Whether the person asked to see everything."""
    return os.environ.get(DEBUG_VARIABLE, "") not in ("", "0")


@contextmanager
def quiet_stderr() -> Iterator[TextIO]:
    """Silence file descriptor 2, where libpng, libjpeg, OpenCV and ONNX Runtime write past Python.

    What they have to say about a broken photo is in the photo's own error already.

    Yields:
        A stream to the real standard error, for what Naevia itself has to say meanwhile.
    """
    try:
        saved = os.dup(2)
    except OSError:  # started without one; the next file that is opened must not become it
        _nowhere_becomes_stderr()
        saved = os.dup(2)
    if is_debugging() and sys.stderr is not None:
        os.close(saved)
        yield sys.stderr
        return
    encoding = getattr(sys.stderr, "encoding", None) or "utf-8"
    real = os.fdopen(saved, "w", buffering=1, encoding=encoding, errors="backslashreplace")
    _nowhere_becomes_stderr()
    try:
        yield real
    finally:
        with suppress(OSError):  # whoever read it may be gone
            real.flush()
        os.dup2(saved, 2)
        with suppress(OSError):
            real.close()


def _nowhere_becomes_stderr() -> None:
    nowhere = os.open(os.devnull, os.O_WRONLY)
    if nowhere != 2:
        os.dup2(nowhere, 2)
        os.close(nowhere)


_WARNINGS_LOCK = threading.Lock()


@contextmanager
def quiet_warnings() -> Iterator[None]:
    """Ignore Python warnings about odd photos.

    Python keeps its filters per process before 3.14, so threads that change them must take turns.
    """
    with _WARNINGS_LOCK, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
