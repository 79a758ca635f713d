"""Whether a person lets a scan that is running be stopped; what it has so far stays in its journal."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from naevia_app.parts.questions import agrees
from naevia_app.scans.scan_page import ScanPage


def _tr(text: str) -> str:
    return QCoreApplication.translate("scan_guard", text)


def may_scan_another(page: ScanPage) -> bool:
    """Whether another folder may be scanned."""
    return _may_stop(page, _tr("Stop it and scan the new folder?"), _tr("Stop and scan"))


def may_close(page: ScanPage) -> bool:
    """Whether the window may be closed."""
    return _may_stop(page, _tr("Stop it and close Naevia?"), _tr("Stop and close"))


def may_change_model(page: ScanPage) -> bool:
    """Whether another model may be opened, which cannot go on with the scan."""
    return _may_stop(page, _tr("Stop it once the other model is open?"), _tr("Stop and change"))


def _may_stop(page: ScanPage, question: str, yes: str) -> bool:
    """Ask where a scan would be stopped; one that only writes its table is waited for."""
    if not page.is_busy or page.scan.is_writing:
        return True
    running = _tr("A scan is running. {question} It goes on when the folder is scanned into the same table ")
    running += _tr("again, with the same model.")
    return agrees(page.window(), running.format(question=question), yes)
