"""Text from outside, safe to print. It imports nothing: a broken installation needs it for its last words."""

from __future__ import annotations


def printable(text: str) -> str:
    """A text on one line, with control characters and undecodable bytes written as escapes.

    File names can hold anything, terminal commands and line breaks included.
    """
    if text.isprintable():
        return text
    return "".join(
        char if char.isprintable() else char.encode("unicode_escape").decode("ascii") for char in text
    )
