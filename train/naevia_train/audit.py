"""From found files to a manifest: copies, contradictions, look-alikes, groups, splits. Nothing is dropped silently."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from naevia.errors import DataError, ImageError
from naevia.image import read_photo
from naevia.preprocess import resize_area
from naevia_train.collect import FoundFile
from naevia_train.grouping import THUMBNAIL_PX, UnionFind, similar_pairs
from naevia_train.labels import LabelBook, Resolution, resolve
from naevia_train.manifest import ManifestRow
from naevia_train.splits import split_groups

TRUST_CHECKED, TRUST_AGREEMENT = 10, 0.5
"""A class folder is trusted unless, of 10 or more images that authorities know, they confirm less than half."""


@dataclass(frozen=True, eq=False)
class DecodedFile:
    """A file that could be read.

    Attributes:
        found: The file.
        sha256: Hash of its bytes.
        width_px: Width of the photo.
        height_px: Height of the photo.
        thumbnail: Shape (16, 16, 3), uint8.
        pixels: The photo, shrunk when it was larger than training can use.
    """

    found: FoundFile
    sha256: str
    width_px: int
    height_px: int
    thumbnail: NDArray[np.uint8]
    pixels: NDArray[np.uint8]


@dataclass(frozen=True)
class AuditedData:
    """What the audit hands over.

    Attributes:
        rows: The manifest, one row per file found.
        pixels: Photo by path, for every row that was not dropped.
        notes: Lines for the report, by heading.
    """

    rows: list[ManifestRow]
    pixels: dict[str, NDArray[np.uint8]]
    notes: dict[str, list[str]]


@dataclass
class _Image:
    """One image while it is judged: its files and what is said about it."""

    image_id: str
    files: list[DecodedFile]
    resolution: Resolution
    lesions: frozenset[str]
    folders: frozenset[str]
    declared: str | None
    notes: list[str] = field(default_factory=list)

    def drop(self, why: str) -> None:
        self.resolution = replace(self.resolution, label=None, why=why)


def decode_files(
    files: Sequence[FoundFile], *, limit_px: int, workers: int = 2
) -> tuple[list[DecodedFile], dict[FoundFile, str]]:
    """Read every file.

    Args:
        files: What to read.
        limit_px: Photos whose shorter side is longer are shrunk to it, to save memory.
        workers: Threads.

    Returns:
        The files that could be read, in order, and the reason for each that could not.
    """

    def read(found: FoundFile) -> DecodedFile | str:
        try:
            photo = read_photo(found.path)
        except ImageError as error:
            return str(error)
        scale = min(1.0, limit_px / min(photo.width_px, photo.height_px))
        pixels = photo.rgb_u8
        if scale < 1.0:
            pixels = resize_area(pixels, round(photo.width_px * scale), round(photo.height_px * scale))
        thumbnail = resize_area(pixels, THUMBNAIL_PX, THUMBNAIL_PX)
        return DecodedFile(found, photo.sha256, photo.width_px, photo.height_px, thumbnail, pixels)

    with ThreadPoolExecutor(workers) as pool:
        results = list(pool.map(read, files))
    broken = {found: result for found, result in zip(files, results, strict=True) if isinstance(result, str)}
    return [result for result in results if isinstance(result, DecodedFile)], broken


def audit(
    files: Sequence[FoundFile], book: LabelBook, *, seed: int, limit_px: int, workers: int = 2
) -> AuditedData:
    """Judge every file and assign every usable image to a split.

    Args:
        files: As found.
        book: What the label files say.
        seed: Seed of the split.
        limit_px: See `decode_files`.
        workers: Threads that decode.

    Raises:
        DataError: Fewer than two diagnoses are left.
    """
    notes: dict[str, list[str]] = defaultdict(list)
    decoded, broken = decode_files(files, limit_px=limit_px, workers=workers)
    notes["Files that cannot be read (dropped)"] = [f"{found.name}: {why}" for found, why in broken.items()]
    kept, copies = _collapse_copies(decoded)
    notes["Byte-identical copies (collapsed)"] = [
        f"{copy.found.name} is {original.found.name}" for copy, original in copies
    ]
    images = _gather_images(kept, copies, book)
    _note_relabelled(images, notes)
    _drop_untrusted_folders(images, notes)
    twins = similar_pairs(np.stack([item.thumbnail for item in kept])) if kept else []
    _settle_look_alikes(images, kept, twins, notes)
    _note_dropped(images, notes)
    groups, splits = _group_and_split(images, kept, twins, seed=seed)
    rows = [
        *(
            _row(item, image, groups[image.image_id], splits[image.image_id])
            for image in images
            for item in image.files
        ),
        *(_unused(copy.found, "copy", copy) for copy, _ in copies),
        *(_unused(found, why) for found, why in broken.items()),
    ]
    pixels = {
        item.found.name: item.pixels for image in images if image.resolution.label for item in image.files
    }
    return AuditedData(rows, pixels, dict(notes))


def _collapse_copies(
    decoded: Sequence[DecodedFile],
) -> tuple[list[DecodedFile], list[tuple[DecodedFile, DecodedFile]]]:
    first: dict[str, DecodedFile] = {}
    copies = []
    for item in decoded:
        original = first.setdefault(item.sha256, item)
        if original is not item:
            copies.append((item, original))
    return list(first.values()), copies


def _gather_images(
    kept: Sequence[DecodedFile], copies: Sequence[tuple[DecodedFile, DecodedFile]], book: LabelBook
) -> list[_Image]:
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


def _image(files: list[DecodedFile], found: Sequence[FoundFile], book: LabelBook) -> _Image:
    ids = list(dict.fromkeys(item.image_id for item in found))
    statements = {}
    for image_id in ids:
        statements |= {
            name: said for name, said in book.statements.get(image_id, {}).items() if name not in statements
        }
    folders = frozenset(item.folder_label for item in found if item.folder_label)
    declared = {item.declared for item in found}
    return _Image(
        image_id=files[0].found.image_id,
        files=files,
        resolution=resolve(statements, folders),
        lesions=frozenset(book.lesions[image_id] for image_id in ids if image_id in book.lesions),
        folders=folders,
        declared=next((split for split in ("test", "validation") if split in declared), None),
    )


def _note_relabelled(images: Sequence[_Image], notes: dict[str, list[str]]) -> None:
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


def _drop_untrusted_folders(images: Sequence[_Image], notes: dict[str, list[str]]) -> None:
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


def _settle_look_alikes(
    images: Sequence[_Image],
    kept: Sequence[DecodedFile],
    twins: Sequence[tuple[int, int]],
    notes: dict[str, list[str]],
) -> None:
    """One picture under two ids with two labels: the officially labelled one holds; without any, none does."""
    owner = {item.found.name: image for image in images for item in image.files}
    for first, second in twins:
        pair = (owner[kept[first].found.name], owner[kept[second].found.name])
        if pair[0] is pair[1]:
            continue
        ids = f"{pair[0].image_id} and {pair[1].image_id}"
        labels = [image.resolution.label for image in pair]
        if labels[0] == labels[1] or None in labels:
            notes["Pictures that look the same (kept in one split)"].append(ids)
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


def _note_dropped(images: Sequence[_Image], notes: dict[str, list[str]]) -> None:
    for image in images:
        if image.resolution.why.startswith(("contradictory", "no label")):
            notes["Images without a label that can be trusted (dropped)"].append(
                f"{image.image_id}: {image.resolution.why}"
            )


def _group_and_split(
    images: Sequence[_Image], kept: Sequence[DecodedFile], twins: Sequence[tuple[int, int]], *, seed: int
) -> tuple[dict[str, str], dict[str, str]]:
    owner = {item.found.name: image.image_id for image in images for item in image.files}
    together = UnionFind()
    for image in images:
        together.join((("image", image.image_id), *(("lesion", lesion) for lesion in image.lesions)))
    for first, second in twins:
        together.join((("image", owner[kept[first].found.name]), ("image", owner[kept[second].found.name])))
    numbers: dict[object, str] = {}
    groups = {}
    for image in images:
        root = together.find(("image", image.image_id))
        groups[image.image_id] = numbers.setdefault(root, f"g{len(numbers):06d}")
    usable = [image for image in images if image.resolution.label]
    labels = [str(image.resolution.label) for image in usable]
    if len(set(labels)) < 2:
        raise DataError(
            f"expected images of at least two diagnoses, found {len(usable)} usable images of {len(set(labels))}; "
            "name class folders after diagnoses, or give --labels"
        )
    declared = [image.declared for image in usable]
    # An image that was dropped may still carry a declared test mark for its whole group.
    marked = [(groups[image.image_id], image.declared) for image in images if not image.resolution.label]
    splits = split_groups(
        [groups[image.image_id] for image in usable] + [group for group, _ in marked],
        labels + [""] * len(marked),
        declared + [said for _, said in marked],
        seed=seed,
    )
    result = {image.image_id: "dropped" for image in images}
    return groups, result | dict(zip((image.image_id for image in usable), splits, strict=False))


def _row(item: DecodedFile, image: _Image, group: str, split: str) -> ManifestRow:
    return ManifestRow(
        image_id=image.image_id,
        path=item.found.name,
        source=item.found.source,
        width_px=item.width_px,
        height_px=item.height_px,
        sha256=item.sha256,
        lesion=" ".join(sorted(image.lesions)),
        folder_label=item.found.folder_label or "",
        official_label=image.resolution.official or "",
        label=image.resolution.label or "",
        why=image.resolution.why,
        group=group,
        split=split,
    )


def _unused(found: FoundFile, why: str, item: DecodedFile | None = None) -> ManifestRow:
    return ManifestRow(
        image_id=found.image_id,
        path=found.name,
        source=found.source,
        width_px=item.width_px if item else 0,
        height_px=item.height_px if item else 0,
        sha256=item.sha256 if item else "",
        lesion="",
        folder_label=found.folder_label or "",
        official_label="",
        label="",
        why=why,
        group="",
        split="dropped",
    )
