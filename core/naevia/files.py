"""Files that are there whole or not at all, and what a file that is there begins with."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

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


@contextmanager
def replaced(path: Path) -> Iterator[Path]:
    """A temporary file beside `path`, to be filled and closed; it is put in place unless an error ends it.

    Args:
        path: The file to be; its folder must exist. The temporary one keeps its suffix.

    Raises:
        OSError: It cannot be written there; an earlier one is as it was.
    """
    temporary = path.with_name(f".{path.stem}.part{path.suffix}")
    try:
        temporary.unlink(missing_ok=True)  # it may lead to a photo, as a link
        yield temporary
        with temporary.open("rb+") as file:
            os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)


def replace_file(path: Path, write: Callable[[Path], Any]) -> None:
    """Let `write` fill a temporary file, then put it in place of `path`."""
    with replaced(path) as temporary:
        write(temporary)


def write_whole(path: Path, content: bytes) -> None:
    """Write a file that appears, and replaces an earlier one, only when it is complete.

    Args:
        path: The file; its folder must exist. Where it is a link, the file that it points to.
        content: All of it.

    Raises:
        NaeviaError: It cannot be written there; an earlier one is as it was.
    """
    try:
        with replaced(Path(os.path.realpath(path))) as temporary:
            temporary.write_bytes(content)
    except OSError as error:
        raise NaeviaError(f"{path} cannot be written: {error.strerror}; choose another place") from error
