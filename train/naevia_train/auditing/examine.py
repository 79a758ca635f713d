"""From judged images to findings: odd files, contradictions, leaks, and what became of each diagnosis."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import PurePath

from naevia.taxonomy import CODES, find_diagnosis
from naevia_train.auditing.copies import groups_of
from naevia_train.auditing.findings import (
    ClassCount,
    ClassProblem,
    Contradiction,
    ContradictionKind,
    CopyGroup,
    CopyLink,
    FileProblem,
    FileRef,
    IdClash,
    LabelProblem,
    Leak,
    LeakKind,
    MappingUse,
    Resolve,
)
from naevia_train.auditing.identity import UNLIKE
from naevia_train.auditing.judge import TINY_PX, JudgedImage, folder_trust
from naevia_train.auditing.survey import Survey
from naevia_train.collect import FoundFile
from naevia_train.labels import LabelBook
from naevia_train.manifest import ManifestRow

RARE_TIMES = 10
"""A diagnosis with this many times fewer training images than the most frequent one counts as imbalanced."""

_SUFFIXES = {
    "JPEG": {".jpg", ".jpeg", ".jpe", ".jfif"},
    "PNG": {".png"},
    "BMP": {".bmp", ".dib"},
    "DIB": {".bmp", ".dib"},
    "TIFF": {".tif", ".tiff"},
    "WEBP": {".webp"},
    "DICOM": {".dcm", ".dicom"},
    "HEIF": {".heic", ".heif"},
}


def reference(found: FoundFile) -> FileRef:
    """A file as findings name it."""
    return FileRef(found.name, found.image_id, found.source, found.folder_label or "", found.declared or "")


def file_problems(survey: Survey) -> list[FileProblem]:
    """Files that cannot be used, are tiny, or are named like another format."""
    problems = [
        FileProblem(reference(file.found), file.problem, file.message, used=False)
        for file in survey.unreadable
    ]
    for file in survey.files:
        ref, suffix = reference(file.found), PurePath(file.found.name).suffix.lower()
        if min(file.width_px, file.height_px) < TINY_PX:
            size = f"the photo is {file.width_px}x{file.height_px} px, expected {TINY_PX} px or more"
            problems.append(FileProblem(ref, "tiny", f"{size}; find a larger one", used=False))
        elif suffix not in _SUFFIXES.get(file.format, {suffix}):
            named = f"is named {suffix}" if suffix else "has no extension"
            message = f"the file is a {file.format} and {named}; rename it"
            problems.append(FileProblem(ref, "extension", message, used=True))
    return problems


def copy_groups(images: Sequence[JudgedImage], links: Iterable[CopyLink], survey: Survey) -> list[CopyGroup]:
    """Images with several files, and why they count as one."""
    by_file: dict[str, list[CopyLink]] = {}
    for group in groups_of(links).values():
        for link in group:
            by_file[link.first] = by_file[link.second] = group
    found = []
    for image in images:
        if len(image.files) > 1:
            files = tuple(reference(survey.files[index].found) for index in image.files)
            found.append(CopyGroup(image.image_id, files, tuple(by_file[files[0].path])))
    return found


def id_clashes(links: Iterable[CopyLink], survey: Survey) -> list[IdClash]:
    """Files of one id that show different pictures."""
    clashing = [link for link in links if link.kind == "id" and 0 <= link.similarity < UNLIKE]
    named = {path for link in clashing for path in (link.first, link.second)}
    files = {file.found.name: reference(file.found) for file in survey.files if file.found.name in named}
    return [
        IdClash(files[link.first], files[link.second], link.hash_bits, link.similarity) for link in clashing
    ]


def contradictions(images: Sequence[JudgedImage], survey: Survey, policy: Resolve) -> list[Contradiction]:
    """Images about which two statements exclude each other, by kind."""
    found = []
    for image in images:
        kinds: list[ContradictionKind] = []
        if len(image.folders) > 1:
            kinds.append("two folders")
        if image.contradicted_folders:
            kinds.append("folder against authority")
        if image.authorities_disagree:
            kinds.append("authorities disagree")
        for kind in kinds:
            found.append(
                Contradiction(
                    kind=kind,
                    image_id=image.image_id,
                    files=tuple(reference(survey.files[index].found) for index in image.files),
                    said=image.statements(),
                    label=image.resolution.label or "",
                    why=image.resolution.why,
                    resolved=policy != "keep",
                )
            )
    return found


def leaks(
    images: Sequence[JudgedImage], survey: Survey, links: Iterable[CopyLink], rows: Iterable[ManifestRow]
) -> list[Leak]:
    """Files of declared test and validation folders whose picture, lesion or patient is in another split."""
    split_of = {row.path: row.split for row in rows}
    found = [*_picture_leaks(images, survey, links, split_of)]
    known = {leak.held_out.path for leak in found}
    for kind in ("lesion", "patient"):
        for leak in _shared_leaks(images, survey, kind, split_of):
            if leak.held_out.path not in known:
                known.add(leak.held_out.path)
                found.append(leak)
    order = {file.found.name: number for number, file in enumerate(survey.files)}
    return sorted(found, key=lambda leak: order[leak.held_out.path])


def _picture_leaks(
    images: Sequence[JudgedImage], survey: Survey, links: Iterable[CopyLink], split_of: Mapping[str, str]
) -> Iterable[Leak]:
    looks = {frozenset((link.first, link.second)) for link in links if link.kind == "appearance"}
    for image in images:
        for index in image.files:
            held_out = survey.files[index]
            members = [survey.files[other] for other in image.files]
            others = [other for other in members if _gives_away(held_out.found, other.found)]
            by_kind: dict[LeakKind, list[FoundFile]] = defaultdict(list)
            for other in others:
                if other.sha256 == held_out.sha256:
                    by_kind["bytes"].append(other.found)
                elif other.pixels == held_out.pixels:
                    by_kind["pixels"].append(other.found)
                elif frozenset((other.found.name, held_out.found.name)) in looks:
                    by_kind["appearance"].append(other.found)
                elif other.found.image_id == held_out.found.image_id:
                    by_kind["id"].append(other.found)
                else:
                    by_kind["appearance"].append(other.found)  # by way of a third file
            for kind in ("bytes", "pixels", "appearance", "id"):
                if by_kind[kind]:
                    yield _leak(kind, held_out.found, by_kind[kind], "", split_of)
                    break


def _shared_leaks(
    images: Sequence[JudgedImage], survey: Survey, kind: LeakKind, split_of: Mapping[str, str]
) -> Iterable[Leak]:
    members: dict[str, list[FoundFile]] = defaultdict(list)
    for image in images:
        for key in image.lesions if kind == "lesion" else image.patients:
            members[key] += [survey.files[index].found for index in image.files]
    for key, files in members.items():
        for held_out in files:
            if seen := [other for other in files if _gives_away(held_out, other)]:
                yield _leak(kind, held_out, seen, key, split_of)


def _gives_away(held_out: FoundFile, other: FoundFile) -> bool:
    """Whether the other file lies in a split that is used before the held-out one."""
    used_before = {"test": ("train", "validation"), "validation": ("train",)}
    return other.declared in used_before.get(held_out.declared or "", ())


def _leak(
    kind: LeakKind, held_out: FoundFile, seen: Sequence[FoundFile], key: str, split_of: Mapping[str, str]
) -> Leak:
    splits = {split_of[other.name] for other in seen} - {"dropped", "excluded"}
    mine = split_of[held_out.name]
    apart = mine in ("dropped", "excluded") or not splits - {mine}
    return Leak(kind, reference(held_out), tuple(reference(other) for other in seen), key, resolved=apart)


def label_problems(book: LabelBook, survey: Survey, label_files: Sequence[str]) -> list[LabelProblem]:
    """Bad rows, then ids without images, then images without ids."""
    found = list(book.problems)
    present = {file.found.image_id: None for file in (*survey.files, *survey.unreadable)}
    for image_id, (csv, row) in book.places.items():
        if image_id not in present:
            message = f"{csv}, row {row}: no image of {image_id} was found"
            found.append(LabelProblem("id without image", csv, row, image_id, message))
    if label_files:
        for file in (*survey.files, *survey.unreadable):
            if file.found.image_id not in book.places:
                message = f"{file.found.name} stands in no label file"
                found.append(LabelProblem("image without id", "", 0, file.found.name, message))
    return found


def mapping(images: Sequence[JudgedImage], survey: Survey, book: LabelBook) -> list[MappingUse]:
    """How the words of authorities and the names of class folders were read, and for how many images."""
    counts: Counter[tuple[str, str, tuple[str, ...]]] = Counter()
    for image in images:
        used = set()
        for index in image.files:
            found = survey.files[index].found
            for who, word in book.words.get(found.image_id, {}).items():
                used.add((who, word, book.statements.get(found.image_id, {}).get(who, ())))
            if found.folder_word:
                labels = (found.folder_label,) if found.folder_label else ()
                used.add((found.source, found.folder_word, labels))
        counts.update(used)
    return [MappingUse(*key, images=count) for key, count in sorted(counts.items())]


def class_counts(images: Sequence[JudgedImage], splits: Sequence[str], survey: Survey) -> list[ClassCount]:
    """Each diagnosis before and after, in taxonomy order."""
    before: Counter[str] = Counter()
    after: Counter[tuple[str, str]] = Counter()
    for image, split in zip(images, splits, strict=True):
        after[image.resolution.label or "", split] += 1
        for index in image.files:
            before[survey.files[index].found.folder_label or image.resolution.official or ""] += 1
    trust: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for (_, code), counts in folder_trust(images, survey).items():
        trust[code].append(counts)
    return [
        ClassCount(
            label=code,
            files_before=before[code],
            images_after=sum(after[code, split] for split in ("train", "validation", "test")),
            train=after[code, "train"],
            validation=after[code, "validation"],
            test=after[code, "test"],
            excluded=after[code, "excluded"],
            confirmed=sum(confirmed for confirmed, _ in trust[code]),
            checked=sum(checked for _, checked in trust[code]),
        )
        for code in CODES
    ]


def class_problems(classes: Sequence[ClassCount]) -> list[ClassProblem]:
    """Diagnoses that are missing, that no trustworthy image supports, or that are rare."""
    found = []
    most = max(classes, key=lambda count: count.train)
    for count in classes:
        name = _name(count.label)
        if not count.files_before and not count.images_after:
            found.append(ClassProblem("missing", count.label, f"there is no image of {name}"))
        elif not count.images_after:
            message = f"none of the {count.files_before:,} files of {name} can be trusted"
            if count.checked:
                message += f": authorities confirm {count.confirmed:,} of the {count.checked:,} they know"
            found.append(ClassProblem("unsupported", count.label, message))
        elif count.train * RARE_TIMES < most.train:
            message = f"{name} has {count.train:,} training images, {_name(most.label)} has {most.train:,}"
            found.append(ClassProblem("imbalance", count.label, message))
    return found


def _name(code: str) -> str:
    diagnosis = find_diagnosis(code)
    return diagnosis.name if diagnosis else code
