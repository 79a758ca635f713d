"""The files that an audit leaves."""

from __future__ import annotations

import json
from pathlib import Path
from typing import NamedTuple

from naevia.errors import DataError, UsageError
from naevia_train.auditing.engine import Audit
from naevia_train.auditing.report_html import write_html
from naevia_train.auditing.report_json import write_json
from naevia_train.auditing.report_markdown import write_markdown
from naevia_train.labelling.manifest import write_manifest

REPORT, FINDINGS, SUMMARY = "audit.html", "audit.json", "summary.md"


class Noted(NamedTuple):
    """What an audit noted of what it was given.

    Attributes:
        root: The folder that the paths of its manifest start from.
        label_files: Names of the label files.
    """

    root: Path
    label_files: tuple[str, ...]


def read_noted(folder: Path) -> Noted | None:
    """What the audit noted that wrote into a folder; None where none did.

    Raises:
        DataError: Its findings are damaged.
    """
    path = folder / FINDINGS
    if not path.exists():
        return None
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        return Noted(Path(content["root"]), tuple(Path(name).name for name in content["label_files"]))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DataError(
            f"{path}, which belongs to the manifest beside it, is damaged; audit the folders again"
        ) from error


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
