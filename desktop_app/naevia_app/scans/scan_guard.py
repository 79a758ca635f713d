"""Whether a person lets a scan that is running be stopped; what it has so far stays in its journal."""

from __future__ import annotations

from naevia_app.parts.questions import agrees
from naevia_app.parts.words import tr
from naevia_app.scans.scan_page import ScanPage


def may_scan_another(page: ScanPage) -> bool:
    """Whether another folder may be scanned."""
    return _may_stop(page, tr("Stop it and scan the new folder?"), tr("Stop and scan"))


def may_close(page: ScanPage) -> bool:
    """Whether the window may be closed."""
    return _may_stop(page, tr("Stop it and close Naevia?"), tr("Stop and close"))


def may_change_model(page: ScanPage) -> bool:
    """Whether another model may be opened, which cannot go on with the scan."""
    return _may_stop(page, tr("Stop it once the other model is open?"), tr("Stop and change"))


def _may_stop(page: ScanPage, question: str, yes: str) -> bool:
    """Ask where a scan would be stopped; one that only writes its table is waited for."""
    if not page.is_busy or page.scan.is_writing:
        return True
    running = tr("A scan is running. {question} It goes on when the folder is scanned into the same table ")
    running += tr("again, with the same model.")
    return agrees(page.window(), running.format(question=question), yes)
