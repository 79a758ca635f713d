"""The findings as JSON, for programs."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

from naevia_train.auditing.findings import AuditReport
from naevia_train.auditing.report_text import summary_sentence
from naevia_train.files import write_text

FORMAT_VERSION = 1
"""Raised when a field of the JSON is renamed or changes its meaning."""


def write_json(report: AuditReport, path: Path) -> None:
    """Write every finding, with nothing left out.

    Args:
        report: What the audit found.
        path: The file to write; it is replaced only when the new one is complete.
    """
    content = {
        "format": "naevia-audit",
        "format_version": FORMAT_VERSION,
        "summary": summary_sentence(report),
        "remaining": report.remaining,
    } | asdict(report)
    write_text(path, json.dumps(content, indent=1, ensure_ascii=False) + "\n")
