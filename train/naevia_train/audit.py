"""From found files to a manifest: copies, contradictions, look-alikes, groups and splits."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from naevia.errors import DataError
from naevia_train.collect import FoundFile
from naevia_train.decoding import DecodedFile, decode_files
from naevia_train.grouping import UnionFind, similar_pairs
from naevia_train.judging import (
    JudgedImage,
    Notes,
    collapse_copies,
    drop_untrusted_folders,
    gather_images,
    note_dropped,
    note_relabelled,
    settle_look_alikes,
)
from naevia_train.labels import LabelBook
from naevia_train.manifest import ManifestRow
from naevia_train.splits import split_groups


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
    notes: Notes = defaultdict(list)
    decoded, broken = decode_files(files, limit_px=limit_px, workers=workers)
    notes["Files that cannot be read (dropped)"] = [f"{found.name}: {why}" for found, why in broken.items()]
    kept, copies = collapse_copies(decoded)
    notes["Byte-identical copies (collapsed)"] = [
        f"{copy.found.name} is {original.found.name}" for copy, original in copies
    ]
    images = gather_images(kept, copies, book)
    note_relabelled(images, notes)
    drop_untrusted_folders(images, notes)
    twins = similar_pairs(np.stack([item.thumbnail for item in kept])) if kept else []
    settle_look_alikes(images, kept, twins, notes)
    note_dropped(images, notes)
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


def _group_and_split(
    images: Sequence[JudgedImage], kept: Sequence[DecodedFile], twins: Sequence[tuple[int, int]], *, seed: int
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
            f"expected images of at least two diagnoses, found {len(usable)} usable images of "
            f"{len(set(labels))}; name class folders after diagnoses, or give --labels"
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


def _row(item: DecodedFile, image: JudgedImage, group: str, split: str) -> ManifestRow:
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
