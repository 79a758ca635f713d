"""Grouped, stratified splits."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

VALIDATION_SHARE = 0.13


def split_groups(
    groups: Sequence[str], labels: Sequence[str], declared: Sequence[str | None], *, seed: int
) -> list[str]:
    """Assign every image to a split, whole groups at a time.

    A group with an image that was declared `test` never enters training or validation: its declared images
    are `test`, the others `excluded`. The same holds for a declared validation folder, whose images are
    `validation`. Of the remaining groups, each label gives about 13 % of its images to `validation`.

    Args:
        groups: Group of each image.
        labels: Label of each image.
        declared: `test`, `validation`, `train` or None, per image.
        seed: The same seed and images give the same split.

    Returns:
        `train`, `validation`, `test` or `excluded`, per image.
    """
    declared_groups = {
        split: {group for group, said in zip(groups, declared, strict=True) if said == split}
        for split in ("test", "validation")
    }
    held_out = declared_groups["test"] | declared_groups["validation"]
    free = [group not in held_out for group in groups]
    chosen = _choose_validation(
        [group for group, is_free in zip(groups, free, strict=True) if is_free],
        [label for label, is_free in zip(labels, free, strict=True) if is_free],
        seed=seed,
    )
    return [
        _split_of(group, said, declared_groups, chosen) for group, said in zip(groups, declared, strict=True)
    ]


def _split_of(
    group: str, declared: str | None, declared_groups: Mapping[str, set[str]], chosen: set[str]
) -> str:
    for split in ("test", "validation"):
        if group in declared_groups[split]:
            return split if declared == split else "excluded"
    return "validation" if group in chosen else "train"


def _choose_validation(groups: Sequence[str], labels: Sequence[str], *, seed: int) -> set[str]:
    totals = Counter(labels)
    rank = {label: (number, label) for label, number in totals.items()}
    images: Counter[str] = Counter(groups)
    rarest: dict[str, str] = {}
    for group, label in zip(groups, labels, strict=True):
        # A group with several labels counts for its rarest one, which is the hardest to share out.
        rarest[group] = min(rarest.get(group, label), label, key=rank.__getitem__)
    by_label: dict[str, list[str]] = defaultdict(list)
    for group in sorted(rarest):
        by_label[rarest[group]].append(group)
    chosen: set[str] = set()
    for label in sorted(by_label):
        chosen |= _take_share(shuffled(by_label[label], seed=seed), images)
    return chosen


def shuffled(groups: Sequence[str], *, seed: int) -> list[str]:
    """Groups in an order that depends on the seed and on their names alone.

    A group that is added or taken away leaves the others in their order, so that a data set that changes a
    little keeps nearly the same split.
    """
    return sorted(groups, key=lambda group: hashlib.sha256(f"{seed} {group}".encode()).digest())


def _take_share(members: list[str], images: Mapping[str, int]) -> set[str]:
    """The first groups that hold about the wanted share of images; at least one, and never the last one."""
    wanted = VALIDATION_SHARE * sum(images[group] for group in members)
    taken: set[str] = set()
    held = 0
    for group in members[:-1]:
        if taken and held + images[group] / 2 > wanted:
            break
        taken.add(group)
        held += images[group]
    return taken
