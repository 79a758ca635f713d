"""Reading back the words of a PDF that Qt wrote."""

from __future__ import annotations

import re
import zlib
from pathlib import Path

_OBJECT = re.compile(rb"(\d+) 0 obj\n(.*?)\nendobj", re.DOTALL)
_STREAM = re.compile(rb"stream\r?\n(.*?)\r?\nendstream", re.DOTALL)
_SHOWN = re.compile(rb"/F(\d+) [\d.]+ Tf|<([0-9A-F]{4})> Tj")


def words_of(path: Path) -> str:
    """Every letter of the document in the order in which it was painted, without white space."""
    objects = {int(number): content for number, content in _OBJECT.findall(path.read_bytes())}
    letters = {
        font: _letters(objects[int(found[1])])
        for font, content in objects.items()
        if (found := re.search(rb"/ToUnicode (\d+) 0 R", content))
    }
    text, font = "", 0
    for content in objects.values():
        for chosen, glyph in _SHOWN.findall(_unpacked(content)):
            font = int(chosen) if chosen else font
            text += letters[font][int(glyph, 16)] if glyph else ""
    return squeezed(text)


def squeezed(text: str) -> str:
    """The text without white space, as paper breaks lines elsewhere, and its ligatures taken apart."""
    return "".join(text.split()).replace("\N{LATIN SMALL LIGATURE FI}", "fi")


def pages_of(path: Path) -> int:
    """How many pages the document has."""
    return len(re.findall(rb"/Type /Page\b", path.read_bytes()))


def inks_of(path: Path) -> set[bytes]:
    """The colours of what is written and drawn."""
    contents = (_unpacked(content) for _, content in _OBJECT.findall(path.read_bytes()))
    return {ink for content in contents for ink in re.findall(rb"([\d. ]+) scn", content, re.IGNORECASE)}


def _letters(content: bytes) -> dict[int, str]:
    """What each glyph of a font means, by its `bfrange` entries that start at <0001>."""
    found = re.search(rb"<(....)> <....> \[(.*?)\]\nendbfrange", content, re.DOTALL)
    codes = re.findall(rb"<([0-9A-F]+)>", found[2])
    return {
        int(found[1], 16) + at: bytes.fromhex(code.decode()).decode("utf-16-be")
        for at, code in enumerate(codes)
    }


def _unpacked(content: bytes) -> bytes:
    found = _STREAM.search(content)
    if found is None or not found[1].startswith(b"x"):
        return b""
    try:
        return zlib.decompressobj().decompress(found[1])  # its last byte may look like a line's end
    except zlib.error:
        return b""
