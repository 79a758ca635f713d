"""`audit.md`: what was found, replaced, collapsed and dropped, line by line."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path

from naevia.taxonomy import CODES
from naevia_train.auditing.engine import Audit
from naevia_train.auditing.findings import AuditReport
from naevia_train.auditing.report_text import unnamed_lines
from naevia_train.files import write_text
from naevia_train.labelling.grouping import first_of_each
from naevia_train.labelling.manifest import SPLITS, UNTRUSTED, ManifestRow, first_files, images_of
from naevia_train.markdown import table

Notes = dict[str, list[str]]
UNNAMED = "Folders that name no diagnosis (dropped)"
_MOST_NAMED = 5


def audit_notes(audit: Audit) -> Notes:
    """The findings as lines, by heading; headings without lines are left out."""
    notes: Notes = defaultdict(list)
    for problem in audit.report.problems:
        heading = "Files with odd names (used)" if problem.used else "Files that cannot be used (dropped)"
        notes[heading].append(f"{problem.file.path}: {problem.message}")
    if audit.report.unnamed:
        notes[UNNAMED] = unnamed_lines(audit.report)
    _note_copies(audit.report, notes)
    for clash in audit.report.id_clashes:
        notes["Files of one id that show different pictures (kept together)"].append(
            f"{clash.second.path} does not look like {clash.first.path}"
        )
    _note_contradictions(audit.report, notes)
    for leak in audit.report.leaks:
        others = ", ".join(file.path for file in leak.seen)
        notes["Held-out files that training could have seen (kept apart)"].append(
            f"{leak.held_out.path}: same {leak.kind} as {others}"
        )
    for row in _dropped_images(audit.rows):
        heading = "Images that only an untrusted folder labels (dropped)"
        if not row.why.startswith(UNTRUSTED):
            heading = "Images without a label that can be trusted (dropped)"
        notes[heading].append(f"{row.image_id}: {row.why}")
    return dict(notes)


def _note_copies(report: AuditReport, notes: Notes) -> None:
    headings = {
        "bytes": "Byte-identical copies (collapsed)",
        "pixels": "Copies with the same pixels (collapsed)",
        "appearance": "Pictures that look the same (one image)",
    }
    for group in report.copies:
        for link in group.links:
            if link.kind in headings:
                turned = f", {link.turned}" if link.turned not in ("", "as it is") else ""
                notes[headings[link.kind]].append(f"{link.second} is {link.first}{turned}")


def _note_contradictions(report: AuditReport, notes: Notes) -> None:
    for found in report.contradictions:
        folders = ", ".join(sorted(said.labels[0] for said in found.said if said.who == "folder"))
        if found.kind == "two folders":
            outcome = f"{found.label} ({found.why})" if found.label else f"dropped ({found.why})"
            notes["Images under two diagnoses"].append(f"{found.image_id}: {folders} -> {outcome}")
        elif found.kind == "authorities disagree":
            outcome = found.label or "dropped"
            notes["Authorities that disagree"].append(f"{found.image_id}: {outcome} ({found.why})")
        elif found.label:
            notes["Folder labels replaced by official ones"].append(
                f"{found.image_id}: {folders} -> {found.label} ({found.why})"
            )


def _dropped_images(rows: Iterable[ManifestRow]) -> list[ManifestRow]:
    """The first row of each image that has a group but no label."""
    dropped = [row for row in rows if row.group and not row.label]
    return [dropped[position] for position in first_of_each(row.image_id for row in dropped)]


def audit_summary(rows: Sequence[ManifestRow], notes: Notes) -> list[str]:
    """The audit in a few lines for the screen."""
    lines = []
    for heading, found in notes.items():
        lines.append(f"  {heading}: {len(found)}")
        if heading == UNNAMED:
            lines += [f"    {line}" for line in found[:_MOST_NAMED]]
    for split in SPLITS[:-1]:
        if images := images_of(rows, split):
            files = sum(len(indices) for indices in images.values())
            lines.append(
                f"  {split}: {len(images):,} images in {files:,} files ({diagnoses_in(rows, split)})"
            )
    return ["audit:", *lines]


def write_audit(rows: Sequence[ManifestRow], notes: Notes, run: Path) -> None:
    """Write `audit.md` into the run folder."""
    parts = ["# What the audit found", ""]
    counted = []
    for split in SPLITS[:-1]:
        images = images_of(rows, split)
        counts = _count_labels(rows, split)
        files = sum(len(indices) for indices in images.values())
        counted.append((split, len(images), files, *(counts[code] for code in CODES)))
    parts.append(table(("split", "images", "files", *CODES), counted))
    reasons = Counter(row.why for row in rows if row.split != "dropped")
    parts += ["", "Where the labels of the files come from:", ""]
    parts += [f"- {reason}: {count}" for reason, count in reasons.most_common()]
    for heading, lines in notes.items():
        parts += ["", f"## {heading}: {len(lines)}", "", *(f"- {line}" for line in lines)]
    write_text(run / "audit.md", "\n".join(parts) + "\n")


def diagnoses_in(rows: Sequence[ManifestRow], split: str) -> str:
    """The images of a split by diagnosis, such as `mel 12, nv 40`; empty where it has none."""
    counts = _count_labels(rows, split)
    return ", ".join(f"{code} {counts[code]}" for code in CODES if counts[code])


def _count_labels(rows: Sequence[ManifestRow], split: str) -> Counter[str]:
    return Counter(row.label for row in first_files(rows, split))
