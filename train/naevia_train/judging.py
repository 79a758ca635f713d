"""Files joined into images, and each image's label judged. Whatever is replaced or dropped is noted."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace

from naevia_train.collect import FoundFile
from naevia_train.decoding import DecodedFile
from naevia_train.grouping import UnionFind
from naevia_train.labels import LabelBook, Resolution, resolve

TRUST_CHECKED, TRUST_AGREEMENT = 10, 0.5
"""A class folder is trusted unless authorities know 10 or more of its images and confirm less than half."""

Notes = dict[str, list[str]]


@dataclass
class JudgedImage:
    """One image while it is judged.

    Attributes:
        image_id: Its id; the first one where it goes by several.
        files: Its renditions, without byte-identical copies.
        resolution: The label that holds, and why.
        lesions: Lesion ids that label files give.
        folders: Diagnosis codes of every class folder it was found in, copies included.
        declared: `test` or `validation` when any of its files lies in a folder of that name.
    """

    image_id: str
    files: list[DecodedFile]
    resolution: Resolution
    lesions: frozenset[str]
    folders: frozenset[str]
    declared: str | None

    def drop(self, why: str) -> None:
        """Take the label away, with the reason."""
        self.resolution = replace(self.resolution, label=None, why=why)


def collapse_copies(
    decoded: Sequence[DecodedFile],
) -> tuple[list[DecodedFile], list[tuple[DecodedFile, DecodedFile]]]:
    """Keep the first file of each content; the others come back as pairs of copy and original."""
    first: dict[str, DecodedFile] = {}
    copies = []
    for item in decoded:
        original = first.setdefault(item.sha256, item)
        if original is not item:
            copies.append((item, original))
    return list(first.values()), copies


def gather_images(
    kept: Sequence[DecodedFile], copies: Sequence[tuple[DecodedFile, DecodedFile]], book: LabelBook
) -> list[JudgedImage]:
    """Join files into images: by id, and by bytes where one picture goes by several ids."""
    same = UnionFind()
    for copy, original in copies:
        same.join((original.found.image_id, copy.found.image_id))
    files: dict[object, list[DecodedFile]] = defaultdict(list)
    found: dict[object, list[FoundFile]] = defaultdict(list)
    for item in kept:
        files[same.find(item.found.image_id)].append(item)
    for item in (*kept, *(copy for copy, _ in copies)):
        found[same.find(item.found.image_id)].append(item.found)
    return [_image(files[key], found[key], book) for key in files]


def _image(files: list[DecodedFile], found: Sequence[FoundFile], book: LabelBook) -> JudgedImage:
    ids = list(dict.fromkeys(item.image_id for item in found))
    statements = {}
    for image_id in ids:
        statements |= {
            name: said for name, said in book.statements.get(image_id, {}).items() if name not in statements
        }
    folders = frozenset(item.folder_label for item in found if item.folder_label)
    declared = {item.declared for item in found}
    return JudgedImage(
        image_id=files[0].found.image_id,
        files=files,
        resolution=resolve(statements, folders),
        lesions=frozenset(book.lesions[image_id] for image_id in ids if image_id in book.lesions),
        folders=folders,
        declared=next((split for split in ("test", "validation") if split in declared), None),
    )


def note_relabelled(images: Sequence[JudgedImage], notes: Notes) -> None:
    """Note labels that an authority replaced, and authorities that contradict each other."""
    for image in images:
        label, official = image.resolution.label, image.resolution.official
        if official and label and image.folders - {label}:
            folders = ", ".join(sorted(image.folders))
            notes["Folder labels replaced by official ones"].append(
                f"{image.image_id}: {folders} -> {label} ({image.resolution.why})"
            )
        if "against" in image.resolution.why:
            notes["Authorities that disagree (the higher one holds)"].append(
                f"{image.image_id}: {label} ({image.resolution.why})"
            )


def drop_untrusted_folders(images: Sequence[JudgedImage], notes: Notes) -> None:
    """Drop images that nothing but a class folder labels which the authorities mostly contradict."""
    checked: Counter[tuple[str, str]] = Counter()
    confirmed: Counter[tuple[str, str]] = Counter()
    for image in images:
        if image.resolution.official:
            for place in {(item.found.source, code) for item in image.files for code in image.folders}:
                checked[place] += 1
                confirmed[place] += place[1] == image.resolution.label
    for image in images:
        if image.resolution.why != "folder":
            continue
        place = (image.files[0].found.source, str(image.resolution.label))
        if checked[place] >= TRUST_CHECKED and confirmed[place] < TRUST_AGREEMENT * checked[place]:
            image.drop(f"untrusted folder: authorities confirm {confirmed[place]} of {checked[place]} in it")
            notes["Images that only an untrusted folder labels (dropped)"].append(
                f"{image.image_id}: {place[1]} in {place[0]} ({image.resolution.why})"
            )


def settle_look_alikes(
    images: Sequence[JudgedImage],
    kept: Sequence[DecodedFile],
    twins: Sequence[tuple[int, int]],
    notes: Notes,
) -> None:
    """One picture under two ids with two labels: the official one holds; without any, none does."""
    owner = {item.found.name: image for image in images for item in image.files}
    for first, second in twins:
        pair = (owner[kept[first].found.name], owner[kept[second].found.name])
        if pair[0] is pair[1]:
            continue
        ids = f"{pair[0].image_id} and {pair[1].image_id}"
        labels = [image.resolution.label for image in pair]
        if labels[0] == labels[1] or None in labels:
            heading = notes["Pictures that look the same (kept in one split)"]
            if ids not in heading:
                heading.append(ids)
            continue
        said = f"{ids}: {labels[0]} and {labels[1]}"
        losers = [image for image in pair if not image.resolution.official]
        for image in losers:
            image.drop("looks like an image with another label")
        outcome = (
            f"dropped {', '.join(image.image_id for image in losers)}"
            if losers
            else "both are official, kept"
        )
        notes["Pictures that look the same under two labels"].append(f"{said}: {outcome}")


def note_dropped(images: Sequence[JudgedImage], notes: Notes) -> None:
    """Note images that no single folder and no authority labels."""
    for image in images:
        if image.resolution.why.startswith(("contradictory", "no label")):
            notes["Images without a label that can be trusted (dropped)"].append(
                f"{image.image_id}: {image.resolution.why}"
            )
