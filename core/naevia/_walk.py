"""Going through a folder: every file once, in one order, whatever lies in it."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

_REPARSE_MOUNT_POINT = 0xA0000003  # a Windows junction, which 3.11 does not tell from a folder


class Found(NamedTuple):
    """Something that a scan owes a row.

    Attributes:
        path: Relative to the folder, with forward slashes.
        problem: Why it cannot even be opened; empty for a file.
    """

    path: str
    problem: str


def walk(folder: Path, skip: frozenset[str] = frozenset()) -> Iterator[Found]:
    """Go through a folder and its subfolders, names in order, one folder's names in memory at a time.

    Linked folders are not entered, so there are no circles; linked files count as files.

    Args:
        folder: Where to start.
        skip: Relative paths that are passed over.
    """
    waiting = [_entries(folder, "")]
    while waiting:
        entry = next(waiting[-1], None)
        if entry is None:
            waiting.pop()
        elif isinstance(entry, Found):
            if entry.path not in skip:
                yield entry
        else:
            waiting.append(_entries(folder, entry))


def _entries(folder: Path, inside: str) -> Iterator[Found | str]:
    """What one folder holds: files as `Found`, folders as their relative path ending in a slash."""
    try:
        with os.scandir(folder / inside) as listing:
            entries = sorted((entry.name, _kind(entry)) for entry in listing)
    except OSError as error:
        yield Found(inside or ".", f"the folder cannot be listed: {error.strerror}")
        return
    for name, kind in entries:
        if kind == "folder":
            yield f"{inside}{name}/"
        elif kind == "file":
            yield Found(inside + name, "")
        elif kind == "broken link":
            yield Found(
                inside + name, "a link to a file that is not there; bring it back, or delete the link"
            )
        elif kind == "other":
            yield Found(inside + name, "not a regular file; expected an image")


def _kind(entry: os.DirEntry[str]) -> str:
    try:
        if entry.is_symlink():
            return _kind_of_link(entry)
        if entry.is_dir(follow_symlinks=False):
            return "linked folder" if _is_junction(entry) else "folder"
        return "file" if entry.is_file(follow_symlinks=False) else "other"
    except OSError:  # reading it will say what is wrong
        return "file"


def _is_junction(entry: os.DirEntry[str]) -> bool:
    if sys.platform != "win32":
        return False
    return entry.stat(follow_symlinks=False).st_reparse_tag == _REPARSE_MOUNT_POINT


def _kind_of_link(entry: os.DirEntry[str]) -> str:
    try:
        mode = entry.stat().st_mode
    except FileNotFoundError:
        return "broken link"
    if stat.S_ISDIR(mode):
        return "linked folder"
    return "file" if stat.S_ISREG(mode) else "other"
