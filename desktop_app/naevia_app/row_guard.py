"""Whether a person lets the rows of a scan go; asked only where there is something to lose."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from naevia_app.questions import agrees
from naevia_app.scan_page import ScanPage


def _tr(text: str) -> str:
    return QCoreApplication.translate("row_guard", text)


def may_scan_another(page: ScanPage) -> bool:
    """Whether another folder may be scanned, which forgets the rows."""
    if page.is_busy:
        question = _tr("A scan is running. Stop it and scan the new folder without saving its rows?")
        return agrees(page.window(), question, _tr("Stop and scan"))
    question = _tr("The rows of the scan are not saved. Scan the new folder without saving them?")
    return not page.is_unsaved or agrees(page.window(), question, _tr("Scan without saving"))


def may_close(page: ScanPage) -> bool:
    """Whether the window may be closed, which forgets the rows."""
    if page.is_busy:
        question = _tr("A scan is running. Stop it and close Naevia without saving its rows?")
        return agrees(page.window(), question, _tr("Stop and close"))
    question = _tr("The rows of the scan are not saved. Close Naevia without saving them?")
    return not page.is_unsaved or agrees(page.window(), question, _tr("Close without saving"))


def may_change_model(page: ScanPage) -> bool:
    """Whether another model may be opened, which ends a scan that is running; rows that are there stay."""
    question = _tr("A scan is running. Stop it once the other model is open? Its rows stay in the table.")
    return not page.is_busy or agrees(page.window(), question, _tr("Stop and change"))
