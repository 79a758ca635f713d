"""Held-out files that training could have seen: as the same picture, or by lesion or patient."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Literal

from naevia_train.auditing.examine import reference
from naevia_train.auditing.findings import Leak, LeakKind
from naevia_train.auditing.judge import JudgedImage
from naevia_train.auditing.ledger import Ledger, Link, SurveyedFile
from naevia_train.auditing.splitting import JudgedImages, ManifestRows
from naevia_train.auditing.spool import Spool
from naevia_train.labelling.collect import FoundFile

_Member = tuple[SurveyedFile, JudgedImage]


class LeakFinder:
    """Notes the leaks of declared test and validation folders, one for each file: its strongest.

    Args:
        ledger: Where pictures of one lesion or patient are noted.
        images: All images.
        rows: The manifest, which says where files go.
        leaks: Takes the leaks, in the order of their files.
    """

    def __init__(self, ledger: Ledger, images: JudgedImages, rows: ManifestRows, leaks: Spool[Leak]) -> None:
        self._ledger, self._images, self._rows, self._leaks = ledger, images, rows, leaks

    def look_into(self, image: JudgedImage, links: Iterable[Link]) -> None:
        """Find the leaks within one image, and note what it may share with others."""
        for kind, keys in (("lesion", image.lesions), ("patient", image.patients)):
            for key in keys:
                self._ledger.add_member(kind, key, image.number, held_out=image.declared is not None)
        if image.declared is None:
            return
        looks = {frozenset((link.first, link.second)) for link in links if link.kind == "appearance"}
        for held_out in image.files:
            by_kind: dict[LeakKind, list[_Member]] = defaultdict(list)
            for other in image.files:
                if _gives_away(held_out.found, other.found):
                    by_kind[_shared(held_out, other, looks)].append((other, image))
            for kind in ("bytes", "pixels", "appearance", "id"):
                if by_kind[kind]:
                    self._note(kind, (held_out, image), by_kind[kind], "")

    def finish(self) -> None:
        """Find the leaks between images of one lesion, then of one patient, when all were looked into."""
        for kind in ("lesion", "patient"):
            for key in self._ledger.held_out_keys(kind):
                self._look_among(kind, key)

    def _look_among(self, kind: Literal["lesion", "patient"], key: str) -> None:
        images = [self._images[number] for number in self._ledger.members(kind, key)]
        members = [(file, image) for image in images for file in image.files]
        for held_out in members:
            if seen := [other for other in members if _gives_away(held_out[0].found, other[0].found)]:
                self._note(kind, held_out, seen, key)

    def _note(self, kind: LeakKind, held_out: _Member, seen: Sequence[_Member], key: str) -> None:
        """Keep a leak, unless a stronger one of the same file is kept already."""
        splits = {self._rows.split_of(*other) for other in seen} - {"dropped", "excluded"}
        mine = self._rows.split_of(*held_out)
        apart = mine in ("dropped", "excluded") or not splits - {mine}
        files = tuple(reference(other.found) for other, _ in seen)
        leak = Leak(kind, reference(held_out[0].found), files, key, resolved=apart)
        self._leaks.add(leak, place=held_out[0].number)


def _shared(held_out: SurveyedFile, other: SurveyedFile, looks: set[frozenset[int]]) -> LeakKind:
    """What two files of one image have in common."""
    if other.sha256 == held_out.sha256:
        return "bytes"
    if other.pixels == held_out.pixels:
        return "pixels"
    if frozenset((other.number, held_out.number)) in looks:
        return "appearance"
    if other.found.image_id == held_out.found.image_id:
        return "id"
    return "appearance"  # by way of a third file


def _gives_away(held_out: FoundFile, other: FoundFile) -> bool:
    """Whether the other file lies in a split that is used before the held-out one."""
    used_before = {"test": ("train", "validation"), "validation": ("train",)}
    return other.declared in used_before.get(held_out.declared or "", ())
