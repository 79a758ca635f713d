"""`audit.md`: what was found, replaced, collapsed and dropped, line by line."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from naevia.taxonomy import CODES
from naevia_train.audit import AuditedData
from naevia_train.files import write_text
from naevia_train.manifest import SPLITS, images_of


def audit_summary(data: AuditedData) -> list[str]:
    """The audit in a few lines for the screen."""
    lines = [f"  {heading}: {len(notes)}" for heading, notes in data.notes.items() if notes]
    for split in SPLITS[:-1]:
        if images := images_of(data.rows, split):
            files = sum(len(indices) for indices in images.values())
            lines.append(f"  {split}: {len(images)} images in {files} files ({_by_code(data, split)})")
    return ["audit:", *lines]


def write_audit(data: AuditedData, run: Path) -> None:
    """Write `audit.md` into the run folder."""
    parts = ["# What the audit found", ""]
    parts += ["| split | images | files | " + " | ".join(CODES) + " |", "|---" * (3 + len(CODES)) + "|"]
    for split in SPLITS[:-1]:
        images = images_of(data.rows, split)
        counts = Counter(data.rows[indices[0]].label for indices in images.values())
        files = sum(len(indices) for indices in images.values())
        parts.append(
            f"| {split} | {len(images)} | {files} | " + " | ".join(str(counts[code]) for code in CODES) + " |"
        )
    reasons = Counter(row.why for row in data.rows if row.split != "dropped")
    parts += ["", "Where the labels of the files come from:", ""]
    parts += [f"- {reason}: {count}" for reason, count in reasons.most_common()]
    for heading, notes in data.notes.items():
        parts += ["", f"## {heading}: {len(notes)}", "", *(f"- {note}" for note in notes)]
    write_text(run / "audit.md", "\n".join(parts) + "\n")


def _by_code(data: AuditedData, split: str) -> str:
    counts = Counter(data.rows[indices[0]].label for indices in images_of(data.rows, split).values())
    return ", ".join(f"{code} {counts[code]}" for code in CODES if counts[code])
