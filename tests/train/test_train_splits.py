from __future__ import annotations

from collections import Counter, defaultdict

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from naevia_train.labelling.grouping import UnionFind
from naevia_train.labelling.manifest import SPLITS
from naevia_train.labelling.splits import lot, split_numbers

IMAGES = st.lists(
    st.tuples(
        st.integers(0, 30),
        st.sampled_from(["mel", "nv", "bcc"]),
        st.sampled_from([None, None, "test", "validation"]),
    ),
    min_size=1,
    max_size=80,
)


def split_groups(groups: list[str], labels: list[str], declared: list[str | None], *, seed: int) -> list[str]:
    """The splits of images that are given by names."""
    names, group_of = np.unique(groups, return_inverse=True)
    splits = split_numbers(
        group_of,
        np.unique(labels, return_inverse=True)[1],
        np.array([SPLITS.index(said or "train") for said in declared]),
        np.array([lot(name, seed=seed) for name in names.tolist()]),
    )
    return [SPLITS[split] for split in splits.tolist()]


@settings(deadline=None)
@given(images=IMAGES, seed=st.integers(0, 5))
def test_a_group_is_never_on_both_sides(images: list[tuple[int, str, str | None]], seed: int) -> None:
    groups = [f"g{group}" for group, _, _ in images]
    declared = [said for _, _, said in images]
    splits = split_groups(groups, [label for _, label, _ in images], declared, seed=seed)
    by_group = defaultdict(set)
    for group, split in zip(groups, splits, strict=True):
        by_group[group].add(split)
    for found in by_group.values():
        assert not {"train", "validation"} <= found
        assert "test" not in found or found <= {"test", "excluded"}
    for said, split in zip(declared, splits, strict=True):
        if said == "test":
            assert split == "test"
        if said == "validation":
            assert split in ("validation", "excluded")


def test_every_diagnosis_gives_its_share_and_the_seed_decides() -> None:
    labels = ["nv"] * 1000 + ["mel"] * 200 + ["df"] * 16
    groups = [f"g{index // 2}" for index in range(len(labels))]
    declared: list[str | None] = [None] * len(labels)
    splits = split_groups(groups, labels, declared, seed=3)
    counts = Counter(label for label, split in zip(labels, splits, strict=True) if split == "validation")
    assert 120 <= counts["nv"] <= 140
    assert 24 <= counts["mel"] <= 28
    assert counts["df"] == 2
    assert split_groups(groups, labels, declared, seed=3) == splits
    assert split_groups(groups, labels, declared, seed=4) != splits


def test_the_last_group_of_a_diagnosis_stays_in_training() -> None:
    labels = ["nv"] * 40 + ["mel", "bcc", "bcc"]
    splits = split_groups([f"g{number}" for number in range(43)], labels, [None] * 43, seed=1)
    assert splits[40] == "train"
    assert sorted(splits[41:]) == ["train", "validation"]


@settings(deadline=None)
@given(pairs=st.lists(st.tuples(st.integers(0, 20), st.integers(0, 20)), max_size=30))
def test_joined_things_end_in_one_set(pairs: list[tuple[int, int]]) -> None:
    sets = UnionFind()
    for pair in pairs:
        sets.join(pair)
    reachable = {thing: {thing} for thing in range(21)}
    for _ in range(21):
        for first, second in pairs:
            both = reachable[first] | reachable[second]
            reachable[first] = reachable[second] = both
            for thing in both:
                reachable[thing] = reachable[thing] | both
    for first in range(21):
        for second in range(21):
            assert (sets.find(first) == sets.find(second)) == (second in reachable[first])
