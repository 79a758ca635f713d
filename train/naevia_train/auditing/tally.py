"""What is counted over all images: each diagnosis before and after, the words of labels, reasons."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath

from naevia.taxonomy import CODES, find_diagnosis
from naevia_train.auditing.findings import ClassCount, ClassProblem, MappingUse
from naevia_train.auditing.judge import JudgedImage, Place
from naevia_train.labelling.collect import FoundFile
from naevia_train.labelling.label_book import LabelBook
from naevia_train.labelling.manifest import USED

RARE_TIMES = 10
"""A diagnosis with this many times fewer training images than the most frequent one counts as imbalanced."""


class Tally:
    """Counts images one by one.

    Args:
        book: What authorities say.

    Attributes:
        images: Images so far.
        relabelled: Of them those whose final label differs from one of their folders'.
        dropped: Of them those without a label, by reason.
    """

    def __init__(self, book: LabelBook) -> None:
        self._book = book
        self._before: Counter[str] = Counter()
        self._after: Counter[tuple[str, str]] = Counter()
        self._words: Counter[tuple[str, str, tuple[str, ...]]] = Counter()
        self._unnamed: Counter[tuple[str, str]] = Counter()
        self.images = self.relabelled = 0
        self.dropped: Counter[str] = Counter()

    def add(self, image: JudgedImage, split: str) -> None:
        """Count an image that goes to a split."""
        label = image.resolution.label or ""
        self.images += 1
        self._after[label, split] += 1
        for file in image.files:
            self._before[file.found.folder_label or image.resolution.official or ""] += 1
        if not label:
            self.dropped[image.resolution.why.split(":")[0]] += 1
        elif any(code != label for code in image.folders):
            self.relabelled += 1
        self._words.update(self._words_of(image))
        if not image.said and not image.folders:
            self._unnamed.update({self._place(file.found) for file in image.files})

    def _words_of(self, image: JudgedImage) -> set[tuple[str, str, tuple[str, ...]]]:
        used = set()
        for found in (file.found for file in image.files):
            for who, word in self._book.words.get(found.image_id, {}).items():
                used.add((who, word, self._book.statements.get(found.image_id, {}).get(who, ())))
            if found.folder_word:
                labels = (found.folder_label,) if found.folder_label else ()
                used.add((found.source, found.folder_word, labels))
        return used

    def _place(self, found: FoundFile) -> tuple[str, str]:
        """The given folder and the class folder of a file; a flat folder has none where labels were given."""
        given = "" if self._book.places else PurePosixPath(found.source).name
        return found.source, found.folder_word or given

    def mapping(self) -> list[MappingUse]:
        """How the words of authorities and the names of class folders were read, and for how many images."""
        return [MappingUse(*key, images=count) for key, count in sorted(self._words.items())]

    def unnamed(self) -> list[MappingUse]:
        """Folders whose names are no diagnosis, and how many images that leaves without a label."""
        named = ((place, count) for place, count in self._unnamed.most_common() if place[1])
        return [MappingUse(*place, labels=(), images=count) for place, count in named]

    def classes(self, trust: Mapping[Place, tuple[int, int]]) -> list[ClassCount]:
        """Each diagnosis before and after, in taxonomy order, with what its class folders are worth."""
        worth: dict[str, list[tuple[int, int]]] = defaultdict(list)
        for (_, code), counts in trust.items():
            worth[code].append(counts)
        return [
            ClassCount(
                label=code,
                files_before=self._before[code],
                images_after=sum(self._after[code, split] for split in USED),
                train=self._after[code, "train"],
                validation=self._after[code, "validation"],
                test=self._after[code, "test"],
                excluded=self._after[code, "excluded"],
                confirmed=sum(confirmed for confirmed, _ in worth[code]),
                checked=sum(checked for _, checked in worth[code]),
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
