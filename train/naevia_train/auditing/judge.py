"""Files joined into images, and each image's label judged by a policy. Whatever is dropped says why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from types import MappingProxyType

from naevia_train.auditing.findings import CopyLink, Resolve, Said
from naevia_train.auditing.survey import Survey, SurveyedFile
from naevia_train.grouping import UnionFind
from naevia_train.labels import AUTHORITIES, LabelBook, Resolution, Statement, resolve

TRUST_CHECKED, TRUST_AGREEMENT = 10, 0.5
"""A class folder is trusted unless authorities know 10 or more of its images and confirm less than half."""

TINY_PX = 32
"""A photo with a shorter side is not used: nothing of a lesion's structure is left in it."""


_UNDECIDED = Resolution(None, None, "")
_NOTHING: Mapping[str, tuple[Statement, ...]] = MappingProxyType({})


@dataclass(slots=True)
class JudgedImage:
    """One image while it is judged. What many images have in common, they share.

    Attributes:
        image_id: Its id; the first one where it goes by several.
        files: All its files, as positions in the survey, in order.
        kept: Of them the renditions, without copies of the same bytes or pixels.
        said: What every authority says; several statements where it goes by several ids.
        folders: Diagnosis codes of every class folder it was found in, copies included, in order.
        lesions: Lesion ids that label files give.
        patients: Patient ids that label files give.
        declared: `test` or `validation` when any of its files lies in a folder of that name.
        resolution: The label that holds, and why.
    """

    image_id: str
    files: tuple[int, ...]
    kept: tuple[int, ...]
    said: Mapping[str, tuple[Statement, ...]]
    folders: tuple[str, ...]
    lesions: tuple[str, ...]
    patients: tuple[str, ...]
    declared: str | None
    resolution: Resolution = _UNDECIDED

    def drop(self, why: str) -> None:
        """Take the label away, with the reason."""
        self.resolution = replace(self.resolution, label=None, why=why)

    def statements(self) -> tuple[Said, ...]:
        """What folders and authorities say, authorities first."""
        official = [Said(who, labels) for who, several in self.said.items() for labels in several]
        return (*official, *(Said("folder", (code,)) for code in self.folders))

    @property
    def contradicted_folders(self) -> list[str]:
        """Folder labels that some authority excludes."""
        stated = [labels for several in self.said.values() for labels in several]
        return [code for code in self.folders if any(code not in labels for labels in stated)]

    @property
    def authorities_disagree(self) -> bool:
        """Whether the official statements have no diagnosis in common."""
        stated = [set(labels) for several in self.said.values() for labels in several]
        return bool(stated) and not set.intersection(*stated)

    @property
    def is_contradictory(self) -> bool:
        """Whether any two statements exclude each other."""
        return len(self.folders) > 1 or bool(self.contradicted_folders) or self.authorities_disagree


def join_images(survey: Survey, links: Iterable[CopyLink], book: LabelBook) -> list[JudgedImage]:
    """Join files that show one picture into images, in the order of their first files."""
    same = UnionFind()
    repeated = set()
    for link in links:
        same.join((link.first, link.second))
        if link.kind in ("bytes", "pixels"):
            repeated.add(link.second)
    members: dict[object, tuple[int, ...]] = {}
    for index, file in enumerate(survey.files):
        root = same.find(file.found.name)
        members[root] = (*members.get(root, ()), index)
    return [
        _image(files, [survey.files[index] for index in files], repeated, book) for files in members.values()
    ]


def _image(
    indices: tuple[int, ...], files: Sequence[SurveyedFile], repeated: set[str], book: LabelBook
) -> JudgedImage:
    ids = list(dict.fromkeys(file.found.image_id for file in files))
    said: dict[str, tuple[Statement, ...]] = {}
    for who in AUTHORITIES:
        stated = [book.statements[key][who] for key in ids if who in book.statements.get(key, {})]
        if stated:
            said[who] = tuple(dict.fromkeys(stated))
    declared = {file.found.declared for file in files}
    kept = tuple(
        index
        for index, file in zip(indices, files, strict=True)
        if file.found.name not in repeated and min(file.width_px, file.height_px) >= TINY_PX
    )
    return JudgedImage(
        image_id=ids[0],
        files=indices,
        kept=indices if kept == indices else kept,
        said=said or _NOTHING,
        folders=_shared(dict.fromkeys(file.found.folder_label for file in files if file.found.folder_label)),
        lesions=_known(ids, book.lesions),
        patients=_known(ids, book.patients),
        declared=next((split for split in ("test", "validation") if split in declared), None),
    )


def _shared(words: Iterable[str]) -> tuple[str, ...]:
    return _one_of_each(tuple(words))


@cache
def _one_of_each(words: tuple[str, ...]) -> tuple[str, ...]:
    """The first of all equal tuples: there are few different ones and very many images."""
    return words


def _known(ids: Iterable[str], by_id: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(sorted({by_id[image_id] for image_id in ids if image_id in by_id}))


def judge(images: Sequence[JudgedImage], survey: Survey, policy: Resolve) -> None:
    """Give every image its resolution.

    Args:
        images: Changed in place.
        survey: Their files.
        policy: `authority` lets the official label hold where one is, and drops what is left undecided;
            `drop` drops every image with a contradiction; `keep` leaves each file its own folder's label.
    """
    known: dict[Resolution, Resolution] = {}
    for image in images:
        resolution = _resolution(image)
        image.resolution = known.setdefault(resolution, resolution)
        if policy == "drop" and image.is_contradictory:
            image.drop(f"contradictory: {_in_words(image)}")
        if policy == "keep":
            _keep(image)
        if not image.kept:
            image.drop(f"tiny: the shorter side is under {TINY_PX} px")
    if policy != "keep":
        _drop_untrusted_folders(images, survey)


def _resolution(image: JudgedImage) -> Resolution:
    merged: dict[str, Statement] = {}
    for who, several in image.said.items():
        common = tuple(code for code in several[0] if all(code in labels for labels in several))
        if not common:
            codes = ", ".join(sorted(labels[0] for labels in several))
            return Resolution(None, None, f"contradictory labels of one picture in {who}: {codes}")
        merged[who] = common
    return resolve(merged, image.folders)


def _keep(image: JudgedImage) -> None:
    if image.folders:
        official = image.resolution.official
        why = "folder, kept as it is" if image.is_contradictory else image.resolution.why
        image.resolution = Resolution(image.folders[0], official, why)


def _in_words(image: JudgedImage) -> str:
    return ", ".join(f"{said.who} says {' or '.join(said.labels)}" for said in image.statements())


def folder_trust(images: Sequence[JudgedImage], survey: Survey) -> dict[tuple[str, str], tuple[int, int]]:
    """How many images of a class folder authorities confirm, and how many they know, by source and code."""
    checked: Counter[tuple[str, str]] = Counter()
    confirmed: Counter[tuple[str, str]] = Counter()
    for image in images:
        if image.said:
            for place in {_place(survey.files[index]) for index in image.files}:
                if place[1]:
                    checked[place] += 1
                    confirmed[place] += place[1] == _resolution(image).label
    return {place: (confirmed[place], checked[place]) for place in checked}


def _place(file: SurveyedFile) -> tuple[str, str]:
    return file.found.source, file.found.folder_label or ""


def _drop_untrusted_folders(images: Sequence[JudgedImage], survey: Survey) -> None:
    """Drop images that nothing but a class folder labels which the authorities mostly contradict."""
    trust = folder_trust(images, survey)
    for image in images:
        if image.resolution.why != "folder":
            continue
        for index in image.files:
            confirmed, checked = trust.get(_place(survey.files[index]), (0, 0))
            if checked >= TRUST_CHECKED and confirmed < TRUST_AGREEMENT * checked:
                image.drop(f"untrusted folder: authorities confirm {confirmed} of {checked} in it")
                break
