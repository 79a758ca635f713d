"""Where files may be written, and how, so that a reader never meets half of one."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from naevia.errors import UsageError
from naevia.files import replace_file, start_of
from naevia.image import looks_like_an_image


def check_output(output: Path, inputs: Iterable[Path]) -> None:
    """Refuse a folder that cannot be made or written to, before the work that is to fill it.

    Nor may it lie among the photos that are read: the next run would find pictures of ours there.

    Args:
        output: The folder to write into, which may exist.
        inputs: What is read. Only folders count; a manifest may lie where it likes.

    Raises:
        UsageError: The output is one of those folders or lies in one, is a file or lies below one, or it or
            the folder that it is to be made in may not be written to.
    """
    above = next(place for place in (output, *output.absolute().parents) if os.access(place, os.F_OK))
    if not above.is_dir():
        raise UsageError(f"{above} is a file; give a folder to --output")
    if not os.access(above, os.W_OK):
        raise UsageError(f"the folder {above} may not be written to; choose another --output")
    for folder in inputs:
        if folder.is_dir() and output.resolve().is_relative_to(folder.resolve()):
            raise UsageError(
                f"--output {output} lies in {folder}, where photos are read, and its pictures would be taken "
                "for photos; choose a folder outside"
            )


def check_output_file(path: Path) -> None:
    """Refuse a file that cannot be made, before the work that is to fill it.

    Raises:
        UsageError: It is a folder or an image, or its own folder is missing or may not be written to.
    """
    if path.is_dir():
        raise UsageError(f"{path} is a folder; give the name of a file to --output")
    if looks_like_an_image(start_of(path)):
        raise UsageError(f"{path} is an image; give another name to --output")
    if not path.parent.is_dir():
        raise UsageError(f"there is no folder {path.parent}; make it, or choose another --output")
    if not os.access(path.parent, os.W_OK):
        raise UsageError(f"the folder {path.parent} may not be written to; choose another --output")


def write_text(path: Path, text: str) -> None:
    """Write a text file in UTF-8, whole or not at all."""
    replace_file(path, lambda temporary: temporary.write_text(text, encoding="utf-8"))
