"""The findings as one HTML page that needs no other file and no network."""

from __future__ import annotations

from html import escape
from pathlib import Path

from naevia_train.auditing.findings import AuditReport
from naevia_train.auditing.report_contradictions import contradictions_section
from naevia_train.auditing.report_findings import copies_section, files_section, leaks_section
from naevia_train.auditing.report_tables import (
    classes_section,
    labels_section,
    shortcuts_section,
    splits_section,
)
from naevia_train.auditing.report_text import advantage, counted, leaks_unchecked, summary_sentence
from naevia_train.auditing.report_thumbnails import Thumbnails
from naevia_train.files import write_text
from naevia_train.page import facts, page, tiles

_FOOTER = "<footer>Photos keep the licence of their archive: look it up before sharing this page.</footer>"
_DASH = "\N{EN DASH}"
_POLICIES = {
    "authority": "the official label holds, and what no authority settles is dropped",
    "drop": "every contradicted image is dropped",
    "keep": "contradictions are kept as they are",
}


def write_html(report: AuditReport, path: Path) -> None:
    """Write the report for people: the verdict, every kind of finding with pictures, tables.

    Args:
        report: What the audit found; photos are read from under its root.
        path: The file to write; it is replaced only when the new one is complete.
    """
    thumbnails = Thumbnails(Path(report.root))
    sections = (
        contradictions_section(report, thumbnails),
        leaks_section(report, thumbnails),
        classes_section(report),
        splits_section(report),
        shortcuts_section(report),
        copies_section(report, thumbnails),
        files_section(report, thumbnails),
        labels_section(report),
        _method(report),
    )
    body = f"{_header(report)}<main>{''.join(sections)}</main>{_FOOTER}"
    write_text(path, page(f"Data audit: {', '.join(report.folders)}", body, package=__package__))


def _header(report: AuditReport) -> str:
    given = ", ".join(report.folders)
    return (
        f'<header><p class="brand">naevia <span>data audit</span></p><h1>{escape(given)}</h1>'
        f'<p class="verdict">{escape(summary_sentence(report))}</p>'
        f"{_tiles(report)}{_remaining(report)}</header>"
    )


def _tiles(report: AuditReport) -> str:
    copies = sum(len(group.files) - 1 for group in report.copies)
    strong = sum(advantage(item) >= 0.1 for item in report.shortcuts if item.signal != "everything")
    contradicted = len({item.image_id for item in report.contradictions})
    leaking = len({leak.held_out.path for leak in report.leaks})
    return tiles(
        (anchor, _DASH if unchecked and not number else f"{number:,}", words, alarm and number > 0)
        for anchor, number, words, alarm, unchecked in (
            ("contradictions", contradicted, "contradicted images", True, not report.label_files),
            ("leaks", leaking, "leaking held-out files", True, bool(leaks_unchecked(report))),
            ("shortcuts", strong, "strong shortcuts", True, not report.shortcuts),
            ("files", report.files - report.readable, "unreadable files", True, False),
            ("copies", copies, "copies and renditions", False, False),
            ("splits", report.used, "images to use", False, False),
        )
    )


def _remaining(report: AuditReport) -> str:
    if not report.remaining:
        return ""
    what = counted(report.remaining, "contradiction or leak remains", "contradictions and leaks remain")
    return f'<p class="remaining">{escape(what)} in the manifest. Do not train on it as it stands.</p>'


def _method(report: AuditReport) -> str:
    labels = ", ".join(report.label_files) or "none"
    named = (
        ("Folders", f"{', '.join(report.folders)} under {report.root}"),
        ("Label files", labels),
        ("Contradictions", f"{report.resolve}: {_POLICIES[report.resolve]}"),
        ("Seed of the split", str(report.seed)),
        (
            "Beside this page",
            "manifest.csv and manifest.parquet (every file, its label and why), audit.json (every finding)",
        ),
    )
    return (
        f'<section id="method"><h2>How this was made</h2>{facts(named)}'
        "<p>The audited folders were only read. Diagnoses here are labels of a data set, not advice about a"
        " patient."
        " No photo left this computer.</p></section>"
    )
