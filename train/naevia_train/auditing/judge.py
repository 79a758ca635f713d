"""Files joined into images, and each image's label judged by a policy. Whatever is dropped says why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from naevia_train.auditing.findings import Resolve, Said
from naevia_train.auditing.ledger import SurveyedFile
from naevia_train.labelling.label_book import LabelBook
from naevia_train.labelling.manifest import UNTRUSTED
from naevia_train.labelling.statements import AUTHORITIES, Resolution, Statement, resolve

TRUST_CHECKED, TRUST_AGREEMENT = 10, 0.5
"""A class folder is trusted unless authorities know 10 or more of its images and confirm less than half."""

TINY_PX = 32
"""A photo with a shorter side is not used: nothing of a lesion's structure is left in it."""

Place = tuple[str, str]
"""A class folder: the given folder it is in, and the diagnosis code of its name."""

_UNDECIDED = Resolution(None, None, "")


@dataclass(slots=True)
class JudgedImage:
    """One image while it is judged.

    Attributes:
        image_id: Its id; the first one where it goes by several.
        files: All its files, in order.
        said: What every authority says; several statements where it goes by several ids.
        folders: Diagnosis codes of every class folder it was found in, copies included, in order.
        lesions: Lesion ids that label files give.
        patients: Patient ids that label files give.
        declared: `test` or `validation` when any of its files lies in a folder of that name.
        resolution: The label that holds, and why.
    """

    image_id: str
    files: tuple[SurveyedFile, ...]
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
    def number(self) -> int:
        """What it is known by: the number of its first file."""
        return self.files[0].number

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


def is_tiny(file: SurveyedFile) -> bool:
    """Whether nothing of a lesion's structure is left in a photo."""
    return min(file.width_px, file.height_px) < TINY_PX


def is_rendition(file: SurveyedFile) -> bool:
    """Whether training may use a file: it is large enough and no copy of the same bytes or pixels."""
    return not file.repeated and not is_tiny(file)


def image_of(files: tuple[SurveyedFile, ...], book: LabelBook) -> JudgedImage:
    """The image that files show, with everything that is said about it."""
    ids = list(dict.fromkeys(file.found.image_id for file in files))
    said: dict[str, tuple[Statement, ...]] = {}
    for who in AUTHORITIES:
        stated = [book.statements[key][who] for key in ids if who in book.statements.get(key, {})]
        if stated:
            said[who] = tuple(dict.fromkeys(stated))
    declared = {file.found.declared for file in files}
    return JudgedImage(
        image_id=ids[0],
        files=files,
        said=said,
        folders=tuple(dict.fromkeys(file.found.folder_label for file in files if file.found.folder_label)),
        lesions=_known(ids, book.lesions),
        patients=_known(ids, book.patients),
        declared=next((split for split in ("test", "validation") if split in declared), None),
    )


def _known(ids: Iterable[str], by_id: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    return tuple(sorted({known for image_id in ids for known in by_id.get(image_id, ())}))


def judge(image: JudgedImage, policy: Resolve, trust: Mapping[Place, tuple[int, int]]) -> None:
    """Give an image its resolution.

    Args:
        image: Changed in place.
        policy: `authority` lets the official label hold where one is, and drops what is left undecided;
            `drop` drops every image with a contradiction; `keep` leaves each file its own folder's label.
        trust: What every class folder is worth, by `folder_trust`.
    """
    image.resolution = _resolution(image)
    if policy == "drop" and image.is_contradictory:
        image.drop(f"contradictory: {_in_words(image)}")
    if policy == "keep":
        _keep(image)
    if not any(map(is_rendition, image.files)):
        image.drop(f"tiny: the shorter side is under {TINY_PX} px")
    if policy != "keep" and image.resolution.label and not image.said:
        _drop_untrusted(image, trust)


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


def folder_trust(images: Iterable[JudgedImage]) -> dict[Place, tuple[int, int]]:
    """How many images of a class folder authorities confirm, and how many they know."""
    checked: Counter[Place] = Counter()
    confirmed: Counter[Place] = Counter()
    for image in images:
        if image.said:
            for place in {_place(file) for file in image.files}:
                if place[1]:
                    checked[place] += 1
                    confirmed[place] += place[1] == _resolution(image).label
    return {place: (confirmed[place], checked[place]) for place in checked}


def _place(file: SurveyedFile) -> Place:
    return file.found.source, file.found.folder_label or ""


def _drop_untrusted(image: JudgedImage, trust: Mapping[Place, tuple[int, int]]) -> None:
    """Drop an image that nothing but a class folder labels which the authorities mostly contradict."""
    for file in image.files:
        confirmed, checked = trust.get(_place(file), (0, 0))
        if checked >= TRUST_CHECKED and confirmed < TRUST_AGREEMENT * checked:
            image.drop(f"{UNTRUSTED}: authorities confirm {confirmed} of {checked} in it")
            break
