"""Memory that is no longer used goes back to the system."""

from __future__ import annotations

import ctypes
import sys


def give_back() -> None:
    """Return freed memory to the system, where its allocator keeps it otherwise (glibc).

    What one step of an audit has freed would else add to the peak of the next.
    """
    if sys.platform == "linux":
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # musl has none
        if trim is not None:
            trim(0)
