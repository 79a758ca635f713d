"""The section of the report on contradictions: one image, two diagnoses."""

from __future__ import annotations

from collections import Counter
from html import escape

from naevia_train.auditing.findings import AuditReport, Contradiction, ContradictionKind, Said
from naevia_train.auditing.report_parts import (
    MOST_PICTURES,
    chip,
    findings,
    flows,
    not_checked,
    nothing,
    picture,
)
from naevia_train.auditing.report_text import counted, hides_malignant, name_of
from naevia_train.auditing.report_thumbnails import Thumbnails
from naevia_train.page import section

_CONTRADICTIONS: dict[ContradictionKind, tuple[str, str]] = {
    "two folders": (
        "One image in two class folders",
        "The same picture is taught as two diagnoses. Whatever a network answers, one of the two counts as"
        " wrong.",
    ),
    "folder against authority": (
        "The folder says one thing, the official label another",
        "The archive that published the image gives it another diagnosis than the folder it was put in.",
    ),
    "authorities disagree": (
        "Official labels disagree",
        "Two label sources publish different diagnoses for one image. The higher authority holds.",
    ),
}


_NO_LABELS = "no label file was given. No image lies in two class folders"


def contradictions_section(report: AuditReport, thumbnails: Thumbnails) -> str:
    """Images about which folders and authorities say things that exclude each other."""
    title = "Contradictions"
    if not report.contradictions:
        return section(
            "contradictions",
            title,
            "Folders and official labels compared, image by image.",
            nothing("None was found.") if report.label_files else not_checked(_NO_LABELS),
        )
    images = {item.image_id for item in report.contradictions}
    hidden = {item.image_id for item in report.contradictions if hides_malignant(item)}
    lead = f"<b>{counted(len(images), 'image')}</b> cannot be what everything about them says."
    if hidden:
        lead += (
            f" In <b>{len(hidden):,}</b>, shown first, a folder calls benign what another folder or an"
            f" official"
            " label calls malignant: a network fitted to such folders learns to overlook cancer."
        )
    return section(
        "contradictions",
        title,
        lead,
        *(_contradiction_kind(report, kind, thumbnails) for kind in _CONTRADICTIONS),
    )


def _contradiction_kind(report: AuditReport, kind: ContradictionKind, thumbnails: Thumbnails) -> str:
    pairs = Counter(_pair(item) for item in report.contradictions if item.kind == kind)
    if not pairs:
        return ""
    title, lead = _CONTRADICTIONS[kind]
    return (
        f"<h3>{escape(title)} <span>{pairs.total():,}</span></h3><p>{escape(lead)}</p>"
        + flows(
            [
                (pair, number)
                for pair, number in sorted(pairs.items(), key=lambda entry: (-entry[1], entry[0]))
            ]
        )
        + findings(
            (item for item in report.contradictions if item.kind == kind),
            pairs.total(),
            noun="image",
            order=lambda item: (not hides_malignant(item), item.image_id),
            card=lambda item: _contradiction_card(item, thumbnails),
            line=_contradiction_line,
        )
    )


def _pair(item: Contradiction) -> str:
    """The diagnoses that stand against each other, as chips."""
    folders = sorted({said.labels[0] for said in item.said if said.who == "folder" and said.labels})
    official = list(
        dict.fromkeys(said.labels[0] for said in item.said if said.who != "folder" and said.labels)
    )
    if item.kind == "two folders":
        return '<span class="and">and</span>'.join(map(chip, folders))
    if item.kind == "authorities disagree":
        return '<span class="and">or</span>'.join(map(chip, official))
    return (
        "".join(map(chip, folders)) + '<span class="and">is officially</span>' + "".join(map(chip, official))
    )


def _contradiction_card(item: Contradiction, thumbnails: Thumbnails) -> str:
    files = list({file.folder_label: file for file in reversed(item.files)}.values())[::-1]
    pictures = "".join(picture(thumbnails, file) for file in files[:MOST_PICTURES])
    official = [said for said in item.said if said.who != "folder"]  # the pictures' captions name the folders
    said = "".join(f"<li><span>{escape(said.who)}</span>{_labels(said)}</li>" for said in official)
    return (
        f'<h4>{escape(item.image_id)}</h4><div class="pictures">{pictures}</div>'
        f'<ul class="said">{said}</ul>{_outcome(item)}'
    )


def _labels(said: Said) -> str:
    return '<span class="and">or</span>'.join(map(chip, said.labels))


def _outcome(item: Contradiction) -> str:
    if not item.resolved:
        return f'<p class="outcome remains">Remains: {escape(item.why)}</p>'
    if item.label:
        return f'<p class="outcome">Used as {chip(item.label)} <small>{escape(item.why)}</small></p>'
    return f'<p class="outcome dropped">Dropped <small>{escape(item.why)}</small></p>'


def _contradiction_line(item: Contradiction) -> str:
    said = "; ".join(f"{said.who}: {' or '.join(map(name_of, said.labels))}" for said in item.said)
    end = f"used as {name_of(item.label)}" if item.label else "dropped"
    paths = ", ".join(file.path for file in item.files)
    return f"<b>{escape(item.image_id)}</b> {escape(said)}; {escape(end)} <small>{escape(paths)}</small>"
