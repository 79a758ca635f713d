"""Small files that are there whole or not at all."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from naevia.errors import NaeviaError


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
        with part.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        part.replace(target)
    except OSError as error:
        with suppress(OSError):
            part.unlink(missing_ok=True)
        raise NaeviaError(f"{path} cannot be written: {error.strerror}; choose another place") from error
