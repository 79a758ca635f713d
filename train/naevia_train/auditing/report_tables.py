"""The sections of the report that count: diagnoses, splits, shortcuts, label files."""

from __future__ import annotations

from collections import Counter
from html import escape
from itertools import islice

from naevia_train.auditing.findings import AuditReport, ClassCount, Shortcut
from naevia_train.auditing.report_parts import SHOWN_AS_TEXT, chip, nothing
from naevia_train.auditing.report_text import (
    MALIGNANT_CODES,
    advantage,
    counted,
    name_of,
    shortcut_words,
    tells_nothing_at_all,
)
from naevia_train.page import section, table

_SIGNALS = {
    "source": "which of the given folders the file came from",
    "image size": "width, height and their ratio",
    "JPEG quantisation": "the compression tables that the camera or the archive wrote",
    "sharpness": "fine detail and noise in the middle of the photo",
    "border colour": "the colour of the outermost pixels",
    "vignette": "how dark the corners and edges are",
    "ruler and ink marks": "evenly spaced ticks along the border, and blue, green or violet patches",
    "colour statistics": "the mean, spread and percentiles of red, green and blue, wherever they are",
    "everything": "all of these together",
}


def classes_section(report: AuditReport) -> str:
    """Each diagnosis before and after."""
    most = max((max(item.files_before, item.images_after) for item in report.classes), default=0) or 1
    rows = [_class_row(item, most) for item in report.classes]
    head = ("diagnosis", "before and after", "files before", "images used", "official labels agree")
    notes = "".join(
        f'<li class="{escape(item.kind)}">{escape(item.message[:1].upper() + item.message[1:])}</li>'
        for item in report.class_problems
    )
    return section(
        "classes",
        "Diagnoses before and after",
        "Pale: files as their folder, or else their label, names them. Dark: images under their final"
        " diagnosis, every photo counted once."
        ' <span class="key malignant"></span> malignant or pre-malignant, <span class="key benign"></span>'
        " benign.",
        table(head, rows, numbers_from=2),
        f'<ul class="notes">{notes}</ul>' if notes else "",
    )


def _class_row(item: ClassCount, most: int) -> tuple[str, ...]:
    kind = "malignant" if item.label in MALIGNANT_CODES else "benign"
    bars = (
        f'<span class="pair"><i class="before" style="width:{100 * item.files_before / most:.1f}%"></i>'
        f'<i class="after {kind}" style="width:{100 * item.images_after / most:.1f}%"></i></span>'
    )
    agree = f"{item.confirmed:,} of {item.checked:,}" if item.checked else "none known"
    if item.checked and 2 * item.confirmed < item.checked:
        agree = f'<strong class="bad">{agree}</strong>'
    return chip(item.label), bars, f"{item.files_before:,}", f"{item.images_after:,}", agree


def splits_section(report: AuditReport) -> str:
    """Images by split and diagnosis."""
    names = ("train", "validation", "test", "excluded")
    rows = [
        (chip(item.label), *(f"{number:,}" if number else "·" for number in _splits(item)))
        for item in report.classes
    ]
    totals = [sum(column) for column in zip(*(_splits(item) for item in report.classes), strict=True)]
    rows.append(("<b>all</b>", *(f"<b>{number:,}</b>" for number in totals)))
    dropped = "".join(f"<li><b>{number:,}</b> {escape(why)}</li>" for why, number in report.dropped)
    return section(
        "splits",
        "The split",
        "Images, not files. All photos of one lesion, and all files of one photo, stay together. Excluded"
        " images share"
        " a lesion or a picture with a held-out one and are used nowhere.",
        table(("diagnosis", *names), rows),
        f'<h3>Dropped images, by reason</h3><ul class="reasons">{dropped}</ul>' if dropped else "",
    )


def _splits(item: ClassCount) -> tuple[int, int, int, int]:
    return item.train, item.validation, item.test, item.excluded


def shortcuts_section(report: AuditReport) -> str:
    """What else tells the diagnosis."""
    title = "Shortcuts"
    if not report.shortcuts:
        text = "Too few images of at least two diagnoses to measure any."
        return section(
            "shortcuts", title, "What tells the diagnosis without looking at the lesion.", nothing(text)
        )
    chance = report.shortcuts[0].chance
    lead = (
        "A simple classifier sees no lesion, only one property of the file or the frame, and guesses the"
        " diagnosis of photos it was not fitted to. The line marks blind guessing among the"
        f" {len(report.shortcuts[0].recall)} diagnoses (<b>{chance:.1%}</b>), the thin bar the 95% interval."
        " Whatever lies right of the line is a road that a network can take instead of learning"
        " skin. Some of it is honest: a melanoma is often darker than a keratosis. Where the camera, the file"
        " or the border tells as much, judge the network on photos from another clinic."
    )
    bars = "".join(_shortcut_bar(item) for item in report.shortcuts)
    codes = [code for code, _ in report.shortcuts[0].recall]
    rows = [
        (escape(item.signal), *(_heat(value, chance) for _, value in item.recall))
        for item in report.shortcuts
        if not tells_nothing_at_all(item)
    ]
    heads = ("share recognised", *(escape(name_of(code)) for code in codes))
    files = counted(report.shortcuts[0].files, "file")
    note = f"Measured on {files}, in five folds; files of one lesion are never on both sides."
    return section(
        "shortcuts",
        title,
        lead,
        f'<ul class="shortcuts">{bars}</ul><h3>Diagnosis by diagnosis</h3>',
        table(heads, rows),
        f'<p class="small">{escape(note)}</p>',
    )


def _shortcut_bar(item: Shortcut) -> str:
    left, width = 100 * item.low, 100 * (item.high - item.low)
    level = "strong" if advantage(item) >= 0.1 else "weak" if advantage(item) > 0 else "none"
    return (
        f'<li class="{level}"><span class="what"><b>{escape(item.signal)}</b>'
        f"<small>{escape(_SIGNALS.get(item.signal, ''))}</small></span>"
        f'<span class="track"><i class="fill" style="width:{100 * item.balanced_accuracy:.1f}%"></i>'
        f'<i class="interval" style="left:{left:.1f}%;width:{width:.1f}%"></i>'
        f'<i class="chance" style="left:{100 * item.chance:.1f}%"></i></span>'
        f'<span class="value">{_value(item)}<em>{escape(shortcut_words(item))}</em></span></li>'
    )


def _value(item: Shortcut) -> str:
    if tells_nothing_at_all(item):
        return ""
    return f"<b>{item.balanced_accuracy:.0%}</b> <small>{item.low:.0%} to {item.high:.0%}</small>"


def _heat(value: float, chance: float) -> str:
    strength = max(0.0, (value - chance) / (1 - chance))
    return f'<span class="heat" style="--heat:{strength:.2f}">{value:.0%}</span>'


def labels_section(report: AuditReport) -> str:
    """How labels were read, and which rows do not fit."""
    rows = [
        (
            escape(use.who),
            escape(use.word),
            " or ".join(map(chip, use.labels)) or "says nothing",
            f"{use.images:,}",
        )
        for use in report.mapping
    ]
    mapping = (
        table(("source of labels", "its word", "read as", "images"), rows, numbers_from=3) if rows else ""
    )
    if not report.label_problems:
        fits = nothing("Every row and every id fits.") if report.label_files else ""
        return section("labels", "How labels were read", _LABELS_LEAD, mapping, fits)
    kinds = Counter(problem.kind for problem in report.label_problems)
    lists = "".join(_label_problems(report, kind, number) for kind, number in sorted(kinds.items()))
    return section("labels", "How labels were read", _LABELS_LEAD, mapping, lists)


_LABELS_LEAD = (
    "Classes of different archives do not line up one to one. Where a word covers two diagnoses, the finer"
    " source decides,"
    " and the first one stands where there is none."
)


def _label_problems(report: AuditReport, kind: str, number: int) -> str:
    of_kind = (problem for problem in report.label_problems if problem.kind == kind)
    items = list(islice(of_kind, SHOWN_AS_TEXT))
    lines = "".join(f"<li>{escape(problem.message)}</li>" for problem in items)
    left_out = number - len(items)
    more = f"<p>and {left_out:,} more, all in audit.json</p>" if left_out else ""
    head = f"<summary>{escape(kind)}: {number:,}</summary>"
    return f'<details>{head}<ol class="lines">{lines}</ol>{more}</details>'
