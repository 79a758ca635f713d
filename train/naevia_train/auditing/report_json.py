"""The findings as JSON, for programs."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from dataclasses import asdict, fields, is_dataclass
from pathlib import Path

from naevia.files import replace_file
from naevia_train.auditing.findings import AuditReport
from naevia_train.auditing.report_text import summary_sentence

FORMAT_VERSION = 1
"""Raised when a field of the JSON is renamed or changes its meaning."""


def write_json(report: AuditReport, path: Path) -> None:
    """Write every finding, with nothing left out, one finding a line.

    Args:
        report: What the audit found.
        path: The file to write; it is replaced only when the new one is complete.
    """
    replace_file(path, lambda temporary: _write_lines(report, temporary))


def _write_lines(report: AuditReport, path: Path) -> None:
    with path.open("w", encoding="utf-8") as file:
        file.writelines(_lines(report))


def _lines(report: AuditReport) -> Iterator[str]:
    head = {"format": "naevia-audit", "format_version": FORMAT_VERSION}
    head |= {"summary": summary_sentence(report), "remaining": report.remaining}
    yield "{"
    for name, value in head.items():
        yield f"\n {_json(name)}: {_json(value)},"
    ends = [*["," for _ in fields(report)][1:], "\n}\n"]
    for field, end in zip(fields(report), ends, strict=True):
        value = getattr(report, field.name)
        yield f"\n {_json(field.name)}: "
        if isinstance(value, Collection) and not isinstance(value, str):
            yield from _list(value)
        else:
            yield _json(value)
        yield end


def _list(items: Collection[object]) -> Iterator[str]:
    """One item a line."""
    yield "["
    for number, item in enumerate(items):
        yield f"{',' if number else ''}\n  {_json(item)}"
    yield "\n ]" if items else "]"


def _json(value: object) -> str:
    plain = asdict(value) if is_dataclass(value) and not isinstance(value, type) else value
    return json.dumps(plain, ensure_ascii=False)
