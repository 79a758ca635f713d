"""Small files that are there whole or not at all, and what a file that is there begins with."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from naevia.errors import NaeviaError

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


def write_whole(path: Path, content: bytes) -> None:
    """Write a file that appears, and replaces an earlier one, only when it is complete.

    Args:
        path: The file; its folder must exist. Where it is a link, the file that it points to.
        content: All of it.

    Raises:
        NaeviaError: It cannot be written there; an earlier one is as it was.
    """
    target = Path(os.path.realpath(path))
    part = target.with_name(target.name + ".partial")
    try:
        part.unlink(missing_ok=True)  # it may lead to a photo, as a link
        with part.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        part.replace(target)
    except OSError as error:
        with suppress(OSError):
            part.unlink(missing_ok=True)
        raise NaeviaError(f"{path} cannot be written: {error.strerror}; choose another place") from error
