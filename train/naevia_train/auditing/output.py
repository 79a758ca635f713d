"""The files that an audit leaves."""

from __future__ import annotations

from pathlib import Path

from naevia.errors import UsageError
from naevia_train.auditing.engine import Audit
from naevia_train.auditing.report_html import write_html
from naevia_train.auditing.report_json import write_json
from naevia_train.manifest import write_manifest

REPORT, FINDINGS = "audit.html", "audit.json"


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
        write_html(audit.report, folder / REPORT)
    except OSError as error:
        raise UsageError(
            f"{folder} cannot be written to ({error.strerror}); choose another --output"
        ) from error
    return folder / REPORT
