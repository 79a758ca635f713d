"""The sections of the report that show photos: leaks, copies, broken files."""

from __future__ import annotations

from collections import Counter
from html import escape

from naevia_train.auditing.findings import AuditReport, CopyGroup, CopyKind, FileProblem, IdClash, Leak
from naevia_train.auditing.report_parts import MOST_PICTURES, findings, not_checked, nothing, picture
from naevia_train.auditing.report_text import (
    COPY_KINDS,
    LEAK_KINDS,
    copy_kind,
    counted,
    leaks_unchecked,
    listed,
)
from naevia_train.auditing.report_thumbnails import Thumbnails
from naevia_train.page import section

_COPIES: dict[CopyKind, tuple[str, str]] = {
    "appearance": (
        "Found by looking",
        "Other bytes and another id, yet the same picture: resized, compressed again, mirrored, turned or"
        " cropped. The least alike come first.",
    ),
    "pixels": ("The same pixels in another file", "Decoded, the files agree in every pixel."),
    "bytes": ("The same file twice", "Byte for byte the same file under two names or in two folders."),
    "id": ("Renditions", "One photo under one id in several sizes or crops. Training may use all of them."),
}


def leaks_section(report: AuditReport, thumbnails: Thumbnails) -> str:
    """Held-out files that training could have seen."""
    title = "Leaks between splits"
    if not report.leaks:
        return section(
            "leaks",
            title,
            "Held-out folders (test, validation) compared with the others.",
            not_checked(why) if (why := leaks_unchecked(report)) else nothing("None was found."),
        )
    files = len({leak.held_out.path for leak in report.leaks})
    lead = (
        f"<b>{counted(files, 'file')}</b> in a test or validation folder can be answered from memory:"
        f" training holds"
        " the same photo, or another photo of the same lesion. A score on such a folder is too good."
    )
    numbers = Counter(leak.kind for leak in report.leaks)
    parts = []
    for kind, words in LEAK_KINDS.items():
        if numbers[kind]:
            parts.append(f"<h3>{escape(words.capitalize())} <span>{numbers[kind]:,}</span></h3>")
            parts.append(
                findings(
                    (leak for leak in report.leaks if leak.kind == kind),
                    numbers[kind],
                    noun="leak",
                    card=lambda leak: _leak_card(leak, thumbnails),
                    line=_leak_line,
                )
            )
    return section("leaks", title, lead, *parts)


def _leak_card(leak: Leak, thumbnails: Thumbnails) -> str:
    seen = "".join(picture(thumbnails, file) for file in leak.seen[:1])
    more = len(leak.seen) - 1
    note = f"<p>and {counted(more, 'further file')}</p>" if more > 0 else ""
    key = f" <small>{escape(leak.key)}</small>" if leak.key else ""
    state = "" if leak.resolved else " remains"
    outcome = "Kept apart in the manifest" if leak.resolved else "Remains in the manifest"
    return (
        f"<h4>{escape(leak.held_out.image_id)}{key}</h4>"
        f'<div class="pictures against">{picture(thumbnails, leak.held_out)}<span class="and">seen'
        f" as</span>{seen}</div>{note}"
        f'<p class="outcome{state}">{outcome}</p>'
    )


def _leak_line(leak: Leak) -> str:
    seen = ", ".join(file.path for file in leak.seen)
    key = f" ({leak.key})" if leak.key else ""
    shared = escape(LEAK_KINDS[leak.kind] + key)
    return f"<b>{escape(leak.held_out.path)}</b> is {shared} as <small>{escape(seen)}</small>"


def copies_section(report: AuditReport, thumbnails: Thumbnails) -> str:
    """Files that show one picture."""
    title = "Copies and renditions"
    if not report.copies and not report.id_clashes:
        return section(
            "copies", title, "Every picture compared with every other.", nothing("None was found.")
        )
    files = sum(len(group.files) for group in report.copies)
    lead = (
        f"<b>{counted(files, 'file')}</b> show only <b>{counted(len(report.copies), 'picture')}</b>. Each"
        f" picture counts"
        " once, and all its files stay in one split."
    )
    parts = [_clashes(report, thumbnails)]
    numbers = Counter(map(copy_kind, report.copies))
    for kind in COPY_KINDS:
        if numbers[kind]:
            heading, text = _COPIES[kind]
            parts.append(f"<h3>{escape(heading)} <span>{numbers[kind]:,}</span></h3><p>{escape(text)}</p>")
            parts.append(
                findings(
                    (group for group in report.copies if copy_kind(group) == kind),
                    numbers[kind],
                    noun="picture",
                    card=lambda group: _copy_card(group, thumbnails),
                    line=_copy_line,
                    order=_likeness,
                )
            )
    return section("copies", title, lead, *parts)


def _clashes(report: AuditReport, thumbnails: Thumbnails) -> str:
    """Files of one id that show different pictures, as cards."""
    if not report.id_clashes:
        return ""
    text = (
        "The id says that these files are one image; what they show says otherwise. They stay together in one"
        " split. Look at them: one is probably named wrongly."
    )
    return (
        f"<h3>One id, two pictures <span>{len(report.id_clashes):,}</span></h3><p>{escape(text)}</p>"
        + findings(
            report.id_clashes,
            len(report.id_clashes),
            noun="file",
            card=lambda clash: _clash_card(clash, thumbnails),
            line=lambda clash: (
                f"<b>{escape(clash.second.path)}</b> <small>{escape(clash.first.path)}</small>"
            ),
        )
    )


def _clash_card(clash: IdClash, thumbnails: Thumbnails) -> str:
    evidence = f"likeness {clash.similarity:.2f}, {clash.hash_bits} of 64 hash bits differ"
    return (
        f'<h4>{escape(clash.first.image_id)}</h4><div class="pictures against">'
        f'{picture(thumbnails, clash.first)}<span class="and">is not</span>'
        f"{picture(thumbnails, clash.second)}</div>"
        f'<ul class="evidence"><li>{escape(evidence)}</li></ul>'
    )


def _likeness(group: CopyGroup) -> float:
    """How alike the least alike pair of a group found by looking is; the same for all other groups."""
    return min((link.similarity for link in group.links if link.kind == "appearance"), default=1.0)


def _copy_card(group: CopyGroup, thumbnails: Thumbnails) -> str:
    first_of_id = {file.image_id: file for file in reversed(group.files)}
    ordered = sorted(group.files, key=lambda file: first_of_id[file.image_id] is not file)
    pictures = "".join(picture(thumbnails, file) for file in ordered[:MOST_PICTURES])
    more = len(group.files) - MOST_PICTURES
    note = f"<p>and {counted(more, 'further file')}</p>" if more > 0 else ""
    looks = [link for link in group.links if link.kind == "appearance"]
    texts = dict.fromkeys(
        f"{link.turned}: likeness {link.similarity:.2f}, {link.hash_bits} of 64 hash bits differ"
        for link in sorted(looks, key=lambda link: link.similarity)
    )
    evidence = "".join(f"<li>{escape(text)}</li>" for text in list(texts)[:MOST_PICTURES])
    return (
        f'<h4>{escape(group.image_id)}</h4><div class="pictures">{pictures}</div>{note}'
        f'<ul class="evidence">{evidence}</ul>'
    )


def _copy_line(group: CopyGroup) -> str:
    paths = ", ".join(file.path for file in group.files)
    return f"<b>{escape(group.image_id)}</b> <small>{escape(paths)}</small>"


def files_section(report: AuditReport, thumbnails: Thumbnails) -> str:
    """Files that are broken, or not what they seem."""
    title = "Broken and odd files"
    if not report.problems:
        return section("files", title, "Every file was opened and decoded.", nothing("All files are sound."))
    kinds = Counter(problem.kind for problem in report.problems)
    lead = (
        f"<b>{counted(len(report.problems), 'file')}</b>: "
        + escape(listed(f"{number:,} {kind}" for kind, number in sorted(kinds.items())))
        + "."
    )
    return section(
        "files",
        title,
        lead,
        findings(
            report.problems,
            len(report.problems),
            noun="file",
            card=lambda problem: _problem_card(problem, thumbnails),
            line=_problem_line,
            order=lambda problem: (problem.used, problem.file.path),
        ),
    )


def _problem_card(problem: FileProblem, thumbnails: Thumbnails) -> str:
    outcome = "Used all the same" if problem.used else "Not used"
    return (
        f'<h4>{escape(problem.kind)}</h4><div class="pictures">{picture(thumbnails, problem.file)}</div>'
        f"<p>{escape(problem.message)}</p><p"
        f' class="outcome{"" if problem.used else " dropped"}">{outcome}</p>'
    )


def _problem_line(problem: FileProblem) -> str:
    return f"<b>{escape(problem.file.path)}</b> {escape(problem.kind)}: {escape(problem.message)}"
