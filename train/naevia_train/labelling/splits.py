"""Grouped, stratified splits."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from naevia_train.labelling.manifest import SPLITS

VALIDATION_SHARE = 0.13


def split_numbers(
    groups: NDArray[np.integer],
    labels: NDArray[np.integer],
    declared: NDArray[np.integer],
    lots: NDArray[np.bytes_],
) -> NDArray[np.int8]:
    """Assign every image to a split, whole groups at a time.

    A group with an image that was declared `test` never enters training or validation: its declared images
    are `test`, the others `excluded`. The same holds for a declared validation folder, whose images are
    `validation`. Of the remaining groups, each label gives about 13 % of its images to `validation`.

    Args:
        groups: Group of each image, from 0 on, shape (n,).
        labels: Label of each image, from 0 on, shape (n,).
        declared: Split that each image's folder declares, a position in `SPLITS`, shape (n,).
        lots: The `lot` of each group, shape (groups,).

    Returns:
        Position in `SPLITS` of `train`, `validation`, `test` or `excluded`, per image.
    """
    splits = np.full(len(groups), SPLITS.index("train"), np.int8)
    free = np.ones(len(groups), bool)
    for held_out in (SPLITS.index("test"), SPLITS.index("validation")):
        with_one = np.zeros(len(lots), bool)
        with_one[groups[declared == held_out]] = True
        mine = free & with_one[groups]
        splits[mine] = np.where(declared[mine] == held_out, held_out, SPLITS.index("excluded"))
        free &= ~mine
    chosen = _choose_validation(groups[free], labels[free], lots)
    splits[free & chosen[groups]] = SPLITS.index("validation")
    return splits


def _choose_validation(
    groups: NDArray[np.integer], labels: NDArray[np.integer], lots: NDArray[np.bytes_]
) -> NDArray[np.bool_]:
    """Which groups are held out for validation."""
    order = np.argsort(np.bincount(labels), kind="stable")
    rank = np.argsort(order)
    images = np.bincount(groups, minlength=len(lots))
    # A group with several labels counts for its rarest one, which is the hardest to share out.
    rarest = np.full(len(lots), len(order))
    np.minimum.at(rarest, groups, rank[labels])
    chosen = np.zeros(len(lots), bool)
    for label in range(len(order)):
        members = np.flatnonzero(rarest == rank[label])
        chosen[_take_share(members[np.argsort(lots[members])], images)] = True
    return chosen


def lot(group: str, *, seed: int) -> bytes:
    """What decides a group's place in a shuffled order: its name and the seed, nothing else."""
    return hashlib.sha256(f"{seed} {group}".encode()).digest()


def shuffled(groups: Sequence[str], *, seed: int) -> list[str]:
    """Groups in an order that depends on the seed and on their names alone.

    A group that is added or taken away leaves the others in their order, so that a data set that changes a
    little keeps nearly the same split.
    """
    return sorted(groups, key=lambda group: lot(group, seed=seed))


def _take_share(members: NDArray[np.intp], images: NDArray[np.intp]) -> list[int]:
    """The first groups that hold about the wanted share of images; at least one, and never the last one."""
    wanted = VALIDATION_SHARE * int(images[members].sum())
    taken: list[int] = []
    held = 0
    for group, size in zip(members[:-1].tolist(), images[members[:-1]].tolist(), strict=True):
        if taken and held + size / 2 > wanted:
            break
        taken.append(group)
        held += size
    return taken
