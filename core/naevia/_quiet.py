"""Keeping the warnings of libraries out of a person's terminal."""

from __future__ import annotations

import logging
import os
import sys
import tempfile
import threading
import warnings
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from typing import TextIO

DEBUG_VARIABLE = "NAEVIA_DEBUG"
"""Set to 1, it shows what is otherwise kept quiet: native warnings and tracebacks."""

_WRONG_LENGTH = r"The decoded RLE segment|The pixel data is \d+ bytes long|End of file reached"
"""How pydicom's warnings begin that a file holds more than it says, or less; they count as errors."""


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
    saved = _saved_stderr()
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


@contextmanager
def quiet_tensorflow() -> Iterator[None]:
    """Hold back what TensorFlow says while it is loaded; it is shown when that fails.

    The lines come from C++ before its logging is set up; only the file descriptor can hold them back.
    """
    if is_debugging():
        yield
        return
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    saved = _saved_stderr()
    with tempfile.TemporaryFile() as held:
        os.dup2(held.fileno(), 2)
        try:
            yield
        except BaseException:
            held.seek(0)
            os.write(saved, held.read())
            raise
        finally:
            os.dup2(saved, 2)
            os.close(saved)
    logging.getLogger("tensorflow").setLevel(logging.ERROR)


def _saved_stderr() -> int:
    """A second descriptor of standard error."""
    try:
        return os.dup(2)
    except OSError:  # started without one; the next file that is opened must not become it
        _nowhere_becomes_stderr()
        return os.dup(2)


def _nowhere_becomes_stderr() -> None:
    nowhere = os.open(os.devnull, os.O_WRONLY)
    if nowhere != 2:
        os.dup2(nowhere, 2)
        os.close(nowhere)


class _QuietWarnings:
    """Ignores Python's warnings about odd photos while a thread is inside.

    Python keeps its filters per process before 3.14: the first thread that enters sets them, and the last one
    that leaves restores them, so that none waits while another decodes.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._inside = 0
        self._filters = ExitStack()

    def __enter__(self) -> None:
        with self._lock:
            if not self._inside:
                self._filters.enter_context(warnings.catch_warnings())
                warnings.simplefilter("ignore")
                warnings.filterwarnings("error", message=_WRONG_LENGTH)
            self._inside += 1

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._inside -= 1
            if not self._inside:
                self._filters.close()


quiet_warnings = _QuietWarnings()
"""To be entered around a decoder, in as many threads as there are."""
