"""What is looked at before a file is written over: its beginning, and that nothing leads elsewhere."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from naevia.errors import UsageError

_START_BYTES = 132


def start_of(path: Path) -> bytes:
    """The first bytes of a file, enough to tell what it is; empty where there is none.

    Raises:
        OSError: It cannot be read.
    """
    if not path.is_file():
        return b""
    with path.open("rb") as file:
        return file.read(_START_BYTES)


def check_partial(partial: Path) -> None:
    """Refuse to write what is not complete yet where no plain file lies: a link may lead to a photo.

    Raises:
        UsageError: There is a link, a folder, a pipe or a device.
        OSError: It cannot be looked at.
    """
    if os.path.lexists(partial) and not stat.S_ISREG(partial.lstat().st_mode):
        raise UsageError(
            f"{partial} is a link, a folder, a pipe or a device, expected a file; choose another place"
        )
