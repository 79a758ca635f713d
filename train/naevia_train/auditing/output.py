"""The files that an audit leaves."""

from __future__ import annotations

import json
from pathlib import Path

from naevia.errors import UsageError
from naevia_train.auditing.engine import Audit
from naevia_train.auditing.report_html import write_html
from naevia_train.auditing.report_json import write_json
from naevia_train.auditing.report_markdown import write_markdown
from naevia_train.labelling.manifest import write_manifest

REPORT, FINDINGS, SUMMARY = "audit.html", "audit.json", "summary.md"


def data_root_of(folder: Path) -> Path | None:
    """The folder that the paths of an audit start from, or None where no audit was written."""
    try:
        content = json.loads((folder / FINDINGS).read_text(encoding="utf-8"))
        return Path(content["root"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def write_outputs(audit: Audit, folder: Path) -> Path:
    """Write report, findings and manifest.

    Returns:
        The report.

    Raises:
        UsageError: The folder cannot be written to.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        write_manifest(audit.rows, folder)
        write_json(audit.report, folder / FINDINGS)
        write_markdown(audit.report, folder / SUMMARY)
        write_html(audit.report, folder / REPORT)
    except OSError as error:
        raise UsageError(
            f"{folder} cannot be written to ({error.strerror}); choose another --output"
        ) from error
    return folder / REPORT
