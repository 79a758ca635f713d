"""What an audit found, in words: the verdict in one paragraph, and how to read each shortcut."""

from __future__ import annotations

from collections.abc import Iterable

from naevia.taxonomy import TAXONOMY
from naevia_train.auditing.findings import (
    AuditReport,
    Contradiction,
    CopyGroup,
    CopyKind,
    MappingUse,
    Shortcut,
    UnreadColumns,
)
from naevia_train.auditing.unusable_rows import unusable_rows

NAMES = {diagnosis.code: diagnosis.name for diagnosis in TAXONOMY}
MALIGNANT_CODES = frozenset(diagnosis.code for diagnosis in TAXONOMY if diagnosis.malignant)

LEAK_KINDS = {
    "bytes": "the same file",
    "pixels": "the same pixels",
    "appearance": "the same picture",
    "id": "the same image id",
    "lesion": "the same lesion",
    "patient": "the same patient",
}
"""What a held-out file shares with another split, in words."""

COPY_KINDS: tuple[CopyKind, ...] = ("appearance", "pixels", "bytes", "id")
"""From the kind of copy that only looking can find to the one that the name gives away."""

_LITTLE, _MUCH = 0.1, 0.25
"""Shares of the way from guessing to perfect: a convention for the words, not a measurement."""
_MOST_NAMED = 5


def counted(number: int, singular: str, plural: str = "") -> str:
    """A number with its noun, such as `1 image` or `2,359 images`."""
    return f"{number:,} {singular if number == 1 else plural or singular + 's'}"


def name_of(code: str) -> str:
    """The full name of a diagnosis code."""
    return NAMES.get(code, code)


def listed(words: Iterable[str]) -> str:
    """Words joined as in a sentence: `a, b and c`."""
    *most, last = words
    return f"{', '.join(most)} and {last}" if most else last


def copy_kind(group: CopyGroup) -> CopyKind:
    """The kind of link in a group of copies that is hardest to find without looking."""
    kinds = {link.kind for link in group.links}
    return next(kind for kind in COPY_KINDS if kind in kinds)


def hides_malignant(contradiction: Contradiction) -> bool:
    """Whether a class folder calls benign what another folder or an authority calls malignant."""
    folders = {said.labels[0] for said in contradiction.said if said.who == "folder" and said.labels}
    everyone = {said.labels[0] for said in contradiction.said if said.labels}
    return bool(folders - MALIGNANT_CODES) and bool(everyone & MALIGNANT_CODES)


def advantage(shortcut: Shortcut) -> float:
    """Where the interval's lower end lies between guessing (0) and perfect (1); may be below 0."""
    return (shortcut.low - shortcut.chance) / (1 - shortcut.chance)


def tells_nothing_at_all(shortcut: Shortcut) -> bool:
    """Whether a signal is the same in every file, so that there was nothing to measure."""
    return shortcut.low == shortcut.high == shortcut.chance


def shortcut_words(shortcut: Shortcut) -> str:
    """How much a signal tells, in two or three words."""
    if tells_nothing_at_all(shortcut):
        return "the same in every file"
    above = advantage(shortcut)
    if above <= 0:
        return "tells nothing"
    return "tells a little" if above < _LITTLE else "tells much" if above < _MUCH else "tells very much"


def summary_sentence(report: AuditReport) -> str:
    """The verdict in one paragraph of plain text."""
    sentences = [
        _found(report),
        *(rows.sentence() for rows in unusable_rows(report.label_problems)),
        *map(_unread, report.unread_columns),
        _clashing(report),
        _contradicted(report),
        _leaked(report),
        _ungrouped(report),
        _unnamed(report),
        _unsupported(report),
        _missing(report),
        _shortcut(report),
    ]
    return " ".join(sentence for sentence in (*sentences, _outcome(report)) if sentence)


def _found(report: AuditReport) -> str:
    text = f"{counted(report.files, 'image file')} in {counted(len(report.folders), 'folder')}"
    broken = report.files - report.readable
    if broken:
        text += f", {broken:,} of them unreadable,"
    return f"{text} hold {counted(report.images, 'different image')}."


def _unread(found: UnreadColumns) -> str:
    named = [f'"{name}"' for name in found.columns[:_MOST_NAMED]]
    if more := len(found.columns) - len(named):
        named.append(counted(more, "more column"))
    return f"Of {found.csv} nothing reads {listed(named)}."


def _ungrouped(report: AuditReport) -> str:
    if report.grouped_by:
        return ""
    return (
        "Neither lesion nor patient ids were given (columns lesion_id, patient_id): photos of one lesion or "
        "patient may stand both in training and in validation."
    )


def _clashing(report: AuditReport) -> str:
    number = len(report.id_clashes)
    if not number:
        return ""
    return (
        f"{counted(number, 'file shows', 'files show')} another picture than the first file of the same id."
    )


def _contradicted(report: AuditReport) -> str:
    ids = {item.image_id for item in report.contradictions}
    if not ids:
        if report.label_files:
            return "No image is contradicted."
        return (
            "Official labels were not checked: no label file was given. No image lies in two class folders."
        )
    parts = []
    for kind, words in (
        ("two folders", "under two diagnoses at once"),
        ("folder against authority", "in a folder that an official label contradicts"),
        ("authorities disagree", "under official labels that disagree"),
    ):
        if number := len({item.image_id for item in report.contradictions if item.kind == kind}):
            parts.append(f"{number:,} {words}")
    text = f"{counted(len(ids), 'image')} {'is' if len(ids) == 1 else 'are'} contradicted: {listed(parts)}."
    hidden = len({item.image_id for item in report.contradictions if hides_malignant(item)})
    if hidden:
        share = "all" if hidden == len(ids) > 1 else f"{hidden:,}"
        text += (
            f" In {share} of these a folder calls benign what another folder or an official label calls"
            " malignant."
        )
    return text


def _leaked(report: AuditReport) -> str:
    if not report.leaks:
        why = leaks_unchecked(report)
        return f"Leaks were not checked: {why}." if why else ""
    files = len({leak.held_out.path for leak in report.leaks})
    same_lesion = len({leak.held_out.path for leak in report.leaks if leak.kind in ("lesion", "patient")})
    parts = [f"{files - same_lesion:,} as the same photo"] if files > same_lesion else []
    parts += [f"{same_lesion:,} as another photo of the same lesion or patient"] if same_lesion else []
    verb = "leaks" if files == 1 else "leak"
    return f"{counted(files, 'held-out file')} {verb} from another split: {listed(parts)}."


def leaks_unchecked(report: AuditReport) -> str:
    """Why no leak could be found, in words; empty where one could."""
    return "" if len(report.declared) > 1 else "no two folders are named after splits, such as Train and Test"


def unnamed_lines(report: AuditReport) -> list[str]:
    """One line for each folder whose name leaves images without a label."""
    return [
        f"{_folder(folder)} names none of the nine diagnoses; rename the folder, "
        "or label its images with --labels"
        for folder in report.unnamed
    ]


def _folder(folder: MappingUse) -> str:
    return f'"{folder.word}" ({counted(folder.images, "image")})'


def _unnamed(report: AuditReport) -> str:
    if len(report.unnamed) == 1:
        return f"{unnamed_lines(report)[0]}."
    if not report.unnamed:
        return ""
    named = [_folder(folder) for folder in report.unnamed[:_MOST_NAMED]]
    if more := len(report.unnamed) - len(named):
        named.append(counted(more, "more folder"))
    return (
        f"{listed(named)} name none of the nine diagnoses; rename the folders, "
        "or label their images with --labels."
    )


def _unsupported(report: AuditReport) -> str:
    names = [name_of(item.label) for item in report.class_problems if item.kind == "unsupported"]
    return f"No trustworthy image supports {listed(names)}." if names else ""


def _missing(report: AuditReport) -> str:
    names = [name_of(item.label) for item in report.class_problems if item.kind == "missing"]
    if len(names) == len(report.classes):
        return "No image shows any of the nine diagnoses."
    return f"No image shows {listed(names)}." if names else ""


def _shortcut(report: AuditReport) -> str:
    alone = [item for item in report.shortcuts if item.signal != "everything" and advantage(item) > 0]
    if not alone:
        return ""
    best = max(alone, key=lambda item: item.balanced_accuracy)
    return (
        f"Without looking at the lesion, {best.signal} alone predicts the diagnosis with a balanced accuracy"
        f" of {best.balanced_accuracy:.0%}, where guessing among {len(best.recall)} diagnoses gives "
        f"{best.chance:.1%}."
    )


def _outcome(report: AuditReport) -> str:
    dropped = sum(number for _, number in report.dropped)
    excluded = sum(item.excluded for item in report.classes)
    text = f"The manifest uses {counted(report.used, 'image')}"
    if report.relabelled:
        text += f", {report.relabelled:,} of them under another diagnosis than a folder of theirs"
    text += f"; it drops {dropped:,}" if dropped else ""
    if excluded:
        text += (
            f"{' and' if dropped else ';'} keeps {excluded:,} away from training because of held-out images"
        )
    if report.remaining:
        left = counted(report.remaining, "contradiction or leak remains", "contradictions and leaks remain")
        return f"{text}. {left} in it."
    settled = bool(report.contradictions or report.leaks)
    return f"{text}. No contradiction and no leak is left in it." if settled else f"{text}."
