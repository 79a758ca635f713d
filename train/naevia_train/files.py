"""Where files may be written, and how, so that a reader never meets half of one."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from naevia.errors import UsageError


def check_output(output: Path, inputs: Iterable[Path]) -> None:
    """Refuse to write among the photos that are read: the next run would find pictures of ours there.

    Args:
        output: The folder to write into, which may exist.
        inputs: What is read. Only folders count; a manifest may lie where it likes.

    Raises:
        UsageError: The output is one of those folders or lies in one, or is a file.
    """
    if output.exists() and not output.is_dir():
        raise UsageError(f"{output} is a file; give a folder to --output")
    for folder in inputs:
        if folder.is_dir() and output.resolve().is_relative_to(folder.resolve()):
            raise UsageError(
                f"--output {output} lies in {folder}, where photos are read, and its pictures would be taken "
                "for photos; choose a folder outside"
            )


def replace_file(path: Path, write: Callable[[Path], Any]) -> None:
    """Let `write` fill a temporary file beside `path`, then put it in place.

    Args:
        path: The file to be; the temporary one keeps its suffix.
        write: Called with the temporary path.
    """
    temporary = path.with_name(f".{path.stem}.part{path.suffix}")
    try:
        write(temporary)
        with temporary.open("rb+") as file:
            os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    """Write a text file in UTF-8, whole or not at all."""
    replace_file(path, lambda temporary: temporary.write_text(text, encoding="utf-8"))
