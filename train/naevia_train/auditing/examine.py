"""From judged images to findings: odd files, copies, mixed-up ids, contradictions, label files."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from pathlib import PurePath

from naevia.image import EXTENSIONS
from naevia_train.auditing.findings import (
    Contradiction,
    ContradictionKind,
    CopyGroup,
    CopyLink,
    FileProblem,
    FileRef,
    IdClash,
    Resolve,
)
from naevia_train.auditing.identity import UNLIKE
from naevia_train.auditing.judge import TINY_PX, JudgedImage, is_tiny
from naevia_train.auditing.ledger import Ledger, Link
from naevia_train.labelling.collect import FoundFile
from naevia_train.labelling.label_book import LabelBook
from naevia_train.labelling.label_problems import LabelProblem


def reference(found: FoundFile) -> FileRef:
    """A file as findings name it."""
    return FileRef(found.name, found.image_id, found.source, found.folder_label or "", found.declared or "")


def file_problems(ledger: Ledger) -> Iterator[FileProblem]:
    """Files that cannot be used, are tiny, or are named like another format."""
    for broken in ledger.unreadable():
        yield FileProblem(reference(broken.found), broken.problem, broken.message, used=False)
    for file in ledger.files():
        suffix = PurePath(file.found.name).suffix.lower()
        if is_tiny(file):
            size = f"the photo is {file.width_px}x{file.height_px} px, expected {TINY_PX} px or more"
            yield FileProblem(reference(file.found), "tiny", f"{size}; find a larger one", used=False)
        elif suffix not in EXTENSIONS.get(file.format, {suffix}):
            named = f"is named {suffix}" if suffix else "has no extension"
            message = f"the file is a {file.format} and {named}; rename it"
            yield FileProblem(reference(file.found), "extension", message, used=True)


def copy_group(image: JudgedImage, links: Iterable[Link]) -> CopyGroup:
    """The files of an image that has several, and why they count as one."""
    names = {file.number: file.found.name for file in image.files}
    return CopyGroup(
        image.image_id,
        tuple(reference(file.found) for file in image.files),
        tuple(CopyLink(names[link.first], names[link.second], *link[2:]) for link in links),
    )


def id_clashes(ledger: Ledger) -> Iterator[IdClash]:
    """Files of one id that show different pictures."""
    for link in ledger.links("id"):
        if 0 <= link.similarity < UNLIKE:
            first, second = (reference(ledger.found(end, end + 1)[0]) for end in link[:2])
            yield IdClash(first, second, link.hash_bits, link.similarity)


def contradictions(image: JudgedImage, policy: Resolve) -> Iterator[Contradiction]:
    """Statements about an image that exclude each other, by kind."""
    kinds: list[ContradictionKind] = []
    if len(image.folders) > 1:
        kinds.append("two folders")
    if image.contradicted_folders:
        kinds.append("folder against authority")
    if image.authorities_disagree:
        kinds.append("authorities disagree")
    for kind in kinds:
        yield Contradiction(
            kind=kind,
            image_id=image.image_id,
            files=tuple(reference(file.found) for file in image.files),
            said=image.statements(),
            label=image.resolution.label or "",
            why=image.resolution.why,
            resolved=policy != "keep",
        )


def label_problems(book: LabelBook, ledger: Ledger, label_files: Sequence[str]) -> Iterator[LabelProblem]:
    """Bad rows, then ids without images, then images without ids."""
    yield from book.problems
    absent = dict(book.places)
    for found in _all_found(ledger):
        absent.pop(found.image_id, None)
    for image_id, (csv, row) in absent.items():
        message = f"{csv}, row {row}: no image of {image_id} was found"
        yield LabelProblem("id without image", csv, row, image_id, message)
    if label_files:
        for found in _all_found(ledger):
            if found.image_id not in book.places:
                message = f"{found.name} stands in no label file"
                yield LabelProblem("image without id", "", 0, found.name, message)


def _all_found(ledger: Ledger) -> Iterator[FoundFile]:
    """The readable files, then the others."""
    return (file.found for file in chain(ledger.files(), ledger.unreadable()))
