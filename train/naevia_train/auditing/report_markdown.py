"""The findings as tables of Markdown, for a page or a message: `summary.md`."""

from __future__ import annotations

from collections import Counter
from functools import partial
from pathlib import Path

from naevia_train.auditing.findings import AuditReport, Contradiction, Shortcut
from naevia_train.auditing.report_text import (
    COPY_KINDS,
    LEAK_KINDS,
    copy_kind,
    counted,
    listed,
    name_of,
    summary_sentence,
    tells_nothing_at_all,
)
from naevia_train.auditing.unusable_rows import unusable_rows
from naevia_train.files import write_text
from naevia_train.markdown import table

_COPIES = {
    "appearance": "found by looking (other bytes, other id)",
    "pixels": "the same pixels in another file",
    "bytes": "the same file twice",
    "id": "renditions under one id",
}

_counts = partial(table, numbers_from=1)


def write_markdown(report: AuditReport, path: Path) -> None:
    """Write the verdict and every count.

    Args:
        report: What the audit found.
        path: The file to write; it is replaced only when the new one is complete.
    """
    write_text(path, markdown(report))


def markdown(report: AuditReport) -> str:
    """The verdict and every count, as Markdown."""
    parts = [
        f"> {summary_sentence(report)}",
        *_broken(report),
        *_unusable_rows(report),
        *_unnamed(report),
        *_contradictions(report),
        *_leaks(report),
        *_copies(report),
        _classes(report),
        *_shortcuts(report),
    ]
    return "\n\n".join(parts) + "\n"


def _broken(report: AuditReport) -> list[str]:
    kinds = Counter(problem.kind for problem in report.problems)
    rows = [(kind, f"{number:,}") for kind, number in sorted(kinds.items())]
    return [_counts(("broken or odd", "files"), rows)] if rows else []


def _unusable_rows(report: AuditReport) -> list[str]:
    rows = [
        (f"{found.first.csv}: {found.first.kind}", f"{found.rows:,}")
        for found in unusable_rows(report.label_problems)
    ]
    return [_counts(("label file, and why rows of it cannot be used", "rows"), rows)] if rows else []


def _unnamed(report: AuditReport) -> list[str]:
    rows = [(folder.word, f"{folder.images:,}") for folder in report.unnamed]
    return [_counts(("folder that names no diagnosis", "images"), rows)] if rows else []


def _contradictions(report: AuditReport) -> list[str]:
    counts = Counter((item.kind, _diagnoses(item)) for item in report.contradictions)
    rows = [
        (kind, diagnoses, f"{number:,}")
        for (kind, diagnoses), number in sorted(
            counts.items(), key=lambda item: (item[0][0], -item[1], item[0])
        )
    ]
    return [table(("contradiction", "diagnoses", "images"), rows, numbers_from=2)] if rows else []


def _diagnoses(item: Contradiction) -> str:
    folders = {said.labels[0] for said in item.said if said.who == "folder" and said.labels}
    official = {said.labels[0] for said in item.said if said.who != "folder" and said.labels}
    if item.kind == "authorities disagree":
        return listed(sorted(map(name_of, official)))
    named = listed(sorted(map(name_of, folders)))
    return (
        named
        if item.kind == "two folders"
        else f"{named}, officially {listed(sorted(map(name_of, official)))}"
    )


def _leaks(report: AuditReport) -> list[str]:
    counts = Counter(leak.kind for leak in report.leaks)
    rows = [(words, f"{counts[kind]:,}") for kind, words in LEAK_KINDS.items() if counts[kind]]
    return [_counts(("held-out file that another split also holds as", "files"), rows)] if rows else []


def _copies(report: AuditReport) -> list[str]:
    counts = Counter(copy_kind(group) for group in report.copies)
    rows = [(_COPIES[kind], f"{counts[kind]:,}") for kind in COPY_KINDS if counts[kind]]
    if report.id_clashes:
        rows.append(("another picture than the id says", counted(len(report.id_clashes), "file")))
    return [_counts(("pictures with several files", "pictures"), rows)] if rows else []


def _classes(report: AuditReport) -> str:
    head = ("diagnosis", "files before", "images used", "train", "validation", "test", "excluded")
    rows = [
        (
            name_of(item.label),
            *(f"{number:,}" for number in (item.files_before, item.images_after, item.train)),
            *(f"{number:,}" for number in (item.validation, item.test, item.excluded)),
            f"{item.confirmed:,} of {item.checked:,}" if item.checked else "none known",
        )
        for item in report.classes
    ]
    return _counts((*head, "official labels agree"), rows)


def _shortcuts(report: AuditReport) -> list[str]:
    if not report.shortcuts:
        return []
    codes = [code for code, _ in report.shortcuts[0].recall]
    rows = [_shortcut(item) for item in report.shortcuts]
    return [_counts(("signal", "balanced accuracy", "95% interval", *codes), rows)]


def _shortcut(item: Shortcut) -> tuple[str, ...]:
    if tells_nothing_at_all(item):
        return (item.signal, "the same in every file", *("" for _ in ("interval", *item.recall)))
    shares = (f"{value:.0%}" for _, value in item.recall)
    return item.signal, f"{item.balanced_accuracy:.0%}", f"{item.low:.0%} to {item.high:.0%}", *shares
