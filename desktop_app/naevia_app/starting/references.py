"""What keeps Python alive with a Qt that gives back references which it never had.

PySide6 6.12.0 does so on Python below 3.12 whenever a method of Qt, or `emit`, `connect` and `disconnect`,
returns None, True or False. When the last reference to None is gone, Python ends the program. ADR 13.
"""

from __future__ import annotations

import ctypes
import sys

from PySide6.QtCore import QObject

_MANY = sys.maxsize // 2
"""More references than any program can give back; as many again are left before the count would overflow."""


def outlive_dropped_references() -> bool:
    """Make the constants last where Qt uses them up; does nothing where it does not.

    Returns:
        Whether it was needed.
    """
    if sys.implementation.name != "cpython" or sys.version_info >= (3, 12) or not _are_dropped():
        return False
    for constant in (None, True, False, NotImplemented):  # the four that C code returns by a macro
        # In CPython an object's address is its id, and what stands there is how many references it has.
        ctypes.c_ssize_t.from_address(id(constant)).value = _MANY
    return True


def _are_dropped() -> bool:
    """Whether a call that returns None takes a reference to it away."""
    thing, calls = QObject(), 100
    before = sys.getrefcount(None)
    for _ in range(calls):
        thing.setObjectName("")
    return before - sys.getrefcount(None) > calls // 2
