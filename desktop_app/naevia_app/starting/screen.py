"""Whether a window can be opened at all, found out before Qt would end the program over it."""

from __future__ import annotations

import ctypes
import os
import sys
from pathlib import Path

from naevia.errors import first_line, install_hint

_APT = (
    "sudo apt-get install libegl1 libgl1 libxkbcommon0 libxkbcommon-x11-0 libdbus-1-3 libfontconfig1 "
    "libxcb-cursor0 libxcb-icccm4 libxcb-keysyms1 libxcb-shape0"
)


def why_no_window() -> str:
    """Why Qt cannot open a window on this computer, one line with the way out; empty when it can."""
    try:
        import PySide6
        import PySide6.QtWidgets
    except ImportError as error:
        return f"Qt cannot be loaded: {first_line(error)}; {_install()}"
    if not sys.platform.startswith("linux") or os.environ.get("QT_QPA_PLATFORM", "xcb") != "xcb":
        return ""
    if os.environ.get("WAYLAND_DISPLAY"):
        return ""
    if not os.environ.get("DISPLAY"):
        return (
            "there is no screen to open a window on (neither DISPLAY nor WAYLAND_DISPLAY is set); start it "
            "from a desktop, or use `naevia predict`"
        )
    return _why_no_x11(Path(PySide6.__file__).parent)


def _why_no_x11(qt: Path) -> str:
    plugin = next(iter(sorted(qt.glob("**/platforms/libqxcb.so"))), None)
    if plugin is None:
        return ""
    try:
        ctypes.CDLL(str(plugin))
        xcb = ctypes.CDLL("libxcb.so.1")
    except OSError as error:
        return f"Qt cannot open a window: {first_line(error)}; {_install()}"
    xcb.xcb_connect.restype = ctypes.c_void_p
    connection = ctypes.c_void_p(xcb.xcb_connect(None, None))
    refused = xcb.xcb_connection_has_error(connection)
    xcb.xcb_disconnect(connection)
    if refused:
        return (
            f"the screen {os.environ['DISPLAY']} does not answer; check DISPLAY and whether you may use it, "
            "or use `naevia predict`"
        )
    return ""


def _install() -> str:
    if sys.platform.startswith("linux"):
        return f"install Qt's system libraries with: {_APT}"
    return install_hint("app")
