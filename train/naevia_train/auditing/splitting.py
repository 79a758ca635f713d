"""Groups that never part, the split of every image, and the rows of the manifest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from naevia_train.auditing.findings import Resolve
from naevia_train.auditing.judge import TINY_PX, JudgedImage
from naevia_train.auditing.survey import Survey, SurveyedFile
from naevia_train.collect import FoundFile
from naevia_train.grouping import UnionFind
from naevia_train.manifest import ManifestRow
from naevia_train.splits import split_groups


def group_images(images: Sequence[JudgedImage]) -> list[str]:
    """The group of each image: images of one lesion or one patient share it, and it bears the first's id."""
    together = UnionFind()
    for number, image in enumerate(images):
        together.join(
            (
                number,
                *(("lesion", lesion) for lesion in image.lesions),
                *(("patient", patient) for patient in image.patients),
            )
        )
    names: dict[object, str] = {}
    return [names.setdefault(together.find(number), image.image_id) for number, image in enumerate(images)]


def split_images(images: Sequence[JudgedImage], groups: Sequence[str], *, seed: int) -> list[str]:
    """The split of each image, `dropped` for those without a label."""
    labels = [image.resolution.label or "" for image in images]
    # Dropped images come last: one that lies in a declared test folder still marks its whole group.
    order = sorted(range(len(images)), key=lambda number: not labels[number])
    splits = split_groups(
        [groups[number] for number in order],
        [labels[number] for number in order],
        [images[number].declared for number in order],
        seed=seed,
    )
    result = ["dropped"] * len(images)
    for number, split in zip(order, splits, strict=True):
        if labels[number]:
            result[number] = split
    return result


def manifest_rows(
    images: Sequence[JudgedImage],
    groups: Sequence[str],
    splits: Sequence[str],
    survey: Survey,
    policy: Resolve,
) -> list[ManifestRow]:
    """One row per file found: renditions first, then copies, then files that cannot be read."""
    rows, copies = [], []
    for image, group, split in zip(images, groups, splits, strict=True):
        kept = set(image.kept)
        for index in image.files:
            file = survey.files[index]
            row = _row(file, _phash(survey, index), image, group, split)
            if policy == "keep" and image.resolution.label:
                rows.append(_as_it_stands(row, file))
            elif index in kept:
                rows.append(row)
            elif min(file.width_px, file.height_px) < TINY_PX:
                copies.append(_unused(file.found, f"tiny: the shorter side is under {TINY_PX} px", file))
            else:
                copies.append(_unused(file.found, "copy", file, _phash(survey, index)))
    broken = [_unused(file.found, file.message, sha256=file.sha256) for file in survey.unreadable]
    return [*rows, *copies, *broken]


def _phash(survey: Survey, index: int) -> str:
    return f"{int(survey.hashes[index, 0]):016x}"


def _row(file: SurveyedFile, phash: str, image: JudgedImage, group: str, split: str) -> ManifestRow:
    return ManifestRow(
        image_id=image.image_id,
        path=file.found.name,
        source=file.found.source,
        width_px=file.width_px,
        height_px=file.height_px,
        sha256=file.sha256,
        phash=phash,
        lesion=" ".join(image.lesions),
        patient=" ".join(image.patients),
        folder_label=file.found.folder_label or "",
        official_label=image.resolution.official or "",
        label=image.resolution.label or "",
        why=image.resolution.why,
        group=group,
        split=split,
    )


def _as_it_stands(row: ManifestRow, file: SurveyedFile) -> ManifestRow:
    """The row with the label of the file's own folder and the split that its place declares."""
    split = file.found.declared or ("train" if row.split == "excluded" else row.split)
    return replace(row, label=row.folder_label or row.label, split=split)


def _unused(
    found: FoundFile, why: str, file: SurveyedFile | None = None, phash: str = "", sha256: str = ""
) -> ManifestRow:
    return ManifestRow(
        image_id=found.image_id,
        path=found.name,
        source=found.source,
        width_px=file.width_px if file else 0,
        height_px=file.height_px if file else 0,
        sha256=file.sha256 if file else sha256,
        phash=phash,
        lesion="",
        patient="",
        folder_label=found.folder_label or "",
        official_label="",
        label="",
        why=why,
        group="",
        split="dropped",
    )
