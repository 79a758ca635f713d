"""Whether a person lets the rows of a scan go; asked only where there is something to lose."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from naevia_app.questions import agrees
from naevia_app.scan_page import ScanPage


def _tr(text: str) -> str:
    return QCoreApplication.translate("row_guard", text)


def may_scan_another(page: ScanPage) -> bool:
    """Whether another folder may be scanned, which forgets the rows."""
    running = _tr("A scan is running. Stop it and scan the new folder without saving its rows?")
    unsaved = _tr("The rows of the scan are not saved. Scan the new folder without saving them?")
    return _may_forget(page, (running, _tr("Stop and scan")), (unsaved, _tr("Scan without saving")))


def may_close(page: ScanPage) -> bool:
    """Whether the window may be closed, which forgets the rows."""
    running = _tr("A scan is running. Stop it and close Naevia without saving its rows?")
    unsaved = _tr("The rows of the scan are not saved. Close Naevia without saving them?")
    return _may_forget(page, (running, _tr("Stop and close")), (unsaved, _tr("Close without saving")))


def _may_forget(page: ScanPage, running: tuple[str, str], unsaved: tuple[str, str]) -> bool:
    """Ask one of two questions, each with the words of its button, where there are rows that no file has."""
    page.finish_saving()
    if page.is_busy:
        return agrees(page.window(), *running)
    return not page.is_unsaved or agrees(page.window(), *unsaved)


def may_change_model(page: ScanPage) -> bool:
    """Whether another model may be opened, which ends a scan that is running; rows that are there stay."""
    question = _tr("A scan is running. Stop it once the other model is open? Its rows stay in the table.")
    return not page.is_busy or agrees(page.window(), question, _tr("Stop and change"))
