"""Groups that never part, the split of every image, and the rows of the manifest."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from naevia.taxonomy import CODES
from naevia_train.auditing.findings import Resolve
from naevia_train.auditing.judge import TINY_PX, JudgedImage, Place, image_of, is_rendition, is_tiny, judge
from naevia_train.auditing.ledger import Ledger, SurveyedFile
from naevia_train.labelling.collect import FoundFile
from naevia_train.labelling.grouping import UnionFind
from naevia_train.labelling.label_book import LabelBook
from naevia_train.labelling.manifest import COPY, SPLITS, ManifestRow
from naevia_train.labelling.splits import lot, split_numbers

_LABELS = ("", *sorted(CODES))


class JudgedImages:
    """All images with their resolution: worked out whenever they are gone through, and never kept.

    Args:
        ledger: Holds their files.
        book: What authorities say.
        policy: What is done about contradictions.
        trust: What every class folder is worth.
    """

    def __init__(
        self, ledger: Ledger, book: LabelBook, policy: Resolve, trust: Mapping[Place, tuple[int, int]]
    ) -> None:
        self.policy: Resolve = policy
        self.trust = trust
        self._ledger, self._book = ledger, book

    def __iter__(self) -> Iterator[JudgedImage]:
        return map(self._judged, self._ledger.pictures())

    def __getitem__(self, number: int) -> JudgedImage:
        return self._judged(self._ledger.picture(number))

    def _judged(self, files: tuple[SurveyedFile, ...]) -> JudgedImage:
        image = image_of(files, self._book)
        judge(image, self.policy, self.trust)
        return image


@dataclass(frozen=True, eq=False)
class Split:
    """Where every image goes, by its number.

    Attributes:
        groups: Number of the first image of its group, shape (files,), int32.
        splits: Position in `SPLITS`, shape (files,), int8.
    """

    groups: NDArray[np.int32]
    splits: NDArray[np.int8]


def split_images(images: Iterable[JudgedImage], files: int, *, seed: int) -> Split:
    """Group images of one lesion or one patient, and split whole groups.

    Args:
        images: All of them.
        files: Number of files found.
        seed: The same seed and images give the same split.

    Returns:
        Groups, which bear their first image's id, and splits: `dropped` for images without a label.
    """
    together, joined = UnionFind(), []
    labels, declared = np.full((2, files), -1, np.int8)
    lots = np.zeros(files, "S32")
    for image in images:
        labels[image.number] = _LABELS.index(image.resolution.label or "")
        declared[image.number] = SPLITS.index(image.declared or "train")
        lots[image.number] = lot(image.image_id, seed=seed)
        keys = [("lesion", lesion) for lesion in image.lesions]
        keys += [("patient", patient) for patient in image.patients]
        if keys:
            together.join((image.number, *keys))
            joined.append(image.number)
    groups, splits = np.arange(files, dtype=np.int32), np.full(files, SPLITS.index("dropped"), np.int8)
    first: dict[object, int] = {}
    for number in joined:
        groups[number] = first.setdefault(together.find(number), number)
    numbers = np.flatnonzero(labels >= 0)
    # Dropped images count, too: one that lies in a declared test folder marks its whole group.
    chosen = split_numbers(groups[numbers], labels[numbers], declared[numbers], lots)
    splits[numbers] = np.where(labels[numbers] > 0, chosen, splits[numbers])
    return Split(groups, splits)


class ManifestRows:
    """One row per file found: renditions first, then copies, then files that cannot be read.

    Rows are worked out whenever they are gone through, and never kept.

    Args:
        ledger: Holds the files.
        images: The images that they show.
        split: Where the images go.
    """

    def __init__(self, ledger: Ledger, images: JudgedImages, split: Split) -> None:
        self._ledger, self._images, self._split = ledger, images, split

    def __iter__(self) -> Iterator[ManifestRow]:
        for _, row in self.in_use():
            yield row
        for image in self._images:
            for file in image.files:
                if not self._is_used(file, image):
                    yield _unused(file)
        for broken in self._ledger.unreadable():
            yield _row(broken.found, sha256=broken.sha256, why=broken.message)

    def __len__(self) -> int:
        return self._ledger.count("found")

    def in_use(self) -> Iterator[tuple[int, ManifestRow]]:
        """The rows of files that are no copies, each after the number of its group."""
        for image in self._images:
            group = int(self._split.groups[image.number])
            for file in image.files:
                if self._is_used(file, image):
                    yield group, self._used(file, image, group)

    def split_of_image(self, image: JudgedImage) -> str:
        """The split of an image."""
        return SPLITS[self._split.splits[image.number]]

    def split_of(self, file: SurveyedFile, image: JudgedImage) -> str:
        """The split of a file of an image."""
        return self._placed(file, image)[1] if self._is_used(file, image) else "dropped"

    def _is_used(self, file: SurveyedFile, image: JudgedImage) -> bool:
        keeps_all = self._images.policy == "keep" and image.resolution.label
        return bool(keeps_all) or is_rendition(file)

    def _placed(self, file: SurveyedFile, image: JudgedImage) -> tuple[str, str]:
        """The label and the split of a file that is used."""
        label = image.resolution.label or ""
        split = self.split_of_image(image)
        if self._images.policy != "keep" or not label:
            return label, split
        stands = file.found.declared or ("train" if split == "excluded" else split)
        return file.found.folder_label or label, stands

    def _used(self, file: SurveyedFile, image: JudgedImage, group: int) -> ManifestRow:
        label, split = self._placed(file, image)
        return replace(
            _row(file.found, file, why=image.resolution.why),
            image_id=image.image_id,
            lesion=" ".join(image.lesions),
            patient=" ".join(image.patients),
            official_label=image.resolution.official or "",
            label=label,
            group=image.image_id if group == image.number else self._ledger.image_id(group),
            split=split,
        )


def _unused(file: SurveyedFile) -> ManifestRow:
    why = f"tiny: the shorter side is under {TINY_PX} px" if is_tiny(file) else COPY
    row = _row(file.found, file, why=why)
    return replace(row, phash="") if is_tiny(file) else row


def _row(found: FoundFile, file: SurveyedFile | None = None, *, why: str, sha256: str = "") -> ManifestRow:
    """The row of a file that is not used."""
    return ManifestRow(
        image_id=found.image_id,
        path=found.name,
        source=found.source,
        width_px=file.width_px if file else 0,
        height_px=file.height_px if file else 0,
        sha256=file.sha256 if file else sha256,
        phash=file.phash if file else "",
        lesion="",
        patient="",
        folder_label=found.folder_label or "",
        official_label="",
        label="",
        why=why,
        group="",
        split="dropped",
    )
