"""Faults of every kind are planted among clean images: all are found, and nothing else is."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import cv2
import pytest
from planted import APPEARANCES, Pixels, Planted, Planter, contents, lay_out

from naevia.synthetic import draw_lesion
from naevia_train.auditing.engine import Audit, audit_folders
from naevia_train.auditing.output import write_outputs

FOLDERS = {"melanoma": "mel", "nevus": "nv", "dermatofibroma": "df"}
FEW, MANY = 220, 2000

HELD_TWICE = frozenset({"ISIC_0029880", "ISIC_0029036", "ISIC_0034186"})
"""Photos that HAM10000 holds a second time, in other colours and under another lesion id: not clean."""


def drawn(count: int) -> Iterator[Pixels]:
    codes = list(FOLDERS.values())
    for seed in range(count):
        yield draw_lesion(codes[seed % 3], seed=seed, width_px=160, height_px=120)[..., ::-1]


def photos(data_root: Path, count: int) -> Iterator[Pixels]:
    """Photos of different lesions."""
    seen: set[str] = set()
    with (data_root / "ham10000" / "HAM10000_metadata.csv").open(newline="") as file:
        for row in csv.DictReader(file):
            if row["image_id"] not in HELD_TWICE and row["lesion_id"] not in seen and len(seen) < count:
                seen.add(row["lesion_id"])
                yield cv2.imread(str(data_root / "ham10000" / "images" / f"{row['image_id']}.jpg"))


@contextmanager
def planted_audit(pictures: Iterable[Pixels], folder: Path) -> Iterator[tuple[Planted, Audit]]:
    planted = Planter(lay_out(pictures, folder / "set", FOLDERS), FOLDERS).plant()
    with audit_folders([planted.root], [planted.labels], cache=folder / "cache") as audit:
        yield planted, audit


def outputs(audit: Audit, folder: Path) -> dict[str, bytes]:
    """What an audit writes, by name."""
    write_outputs(audit, folder)
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def check_all(planted: Planted, audit: Audit) -> None:
    """Everything planted is found, by kind, and nothing else."""
    report = audit.report
    found = {
        frozenset((link.first, link.second)): link.kind for group in report.copies for link in group.links
    }
    for kind, pairs in planted.copies.items():
        expected = "appearance" if kind in APPEARANCES else kind
        assert {found.get(pair) for pair in pairs} == {expected}, kind
    assert set(found) == set().union(*planted.copies.values())

    assert {problem.file.path: problem.kind for problem in report.problems} == planted.broken

    two_folders = [item for item in report.contradictions if item.kind == "two folders"]
    assert {file.path for item in two_folders for file in item.files} == planted.two_folders
    against = [item for item in report.contradictions if item.kind == "folder against authority"]
    assert {item.files[0].path: item.label for item in against} == planted.relabelled
    assert len(report.contradictions) == len(two_folders) + len(against)

    leaks: dict[str, set[str]] = {}
    for leak in report.leaks:
        leaks.setdefault(leak.kind, set()).add(leak.held_out.path)
    assert leaks == planted.leaks
    assert report.remaining == 0
    assert not report.id_clashes

    splits: dict[str, set[str]] = {}
    for row in audit.rows:
        if row.split in ("train", "validation", "test"):
            splits.setdefault(row.group, set()).add(row.split)
    assert all(len(together) == 1 for together in splits.values())
    assert len(audit.rows) == len(list(audit.rows)) == report.files
    assert report.files == planted.clean + sum(map(len, planted.copies.values())) + 6


@pytest.fixture(scope="module")
def few(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Planted, Audit]]:
    with planted_audit(drawn(FEW), tmp_path_factory.mktemp("few")) as audited:
        yield audited


def test_every_planted_fault_is_found_and_nothing_else(few: tuple[Planted, Audit]) -> None:
    check_all(*few)


@pytest.mark.parametrize("workers", [1, 3])
def test_the_result_is_the_same_for_every_number_of_workers_and_from_the_cache(
    few: tuple[Planted, Audit], tmp_path: Path, workers: int
) -> None:
    planted, audit = few
    before = outputs(audit, tmp_path / "before")
    for which in ("fresh", "remembered"):
        with audit_folders(
            [planted.root], [planted.labels], workers=workers, cache=tmp_path / "cache"
        ) as again:
            assert outputs(again, tmp_path / which) == before


def test_the_folders_are_left_as_they_were(few: tuple[Planted, Audit], tmp_path: Path) -> None:
    planted, audit = few
    outputs(audit, tmp_path / "outputs")
    assert planted.contents
    assert contents(planted.root) == planted.contents


@pytest.mark.slow
def test_two_thousand_clean_drawings_give_no_false_alarm(tmp_path: Path) -> None:
    with planted_audit(drawn(MANY), tmp_path) as audited:
        check_all(*audited)


@pytest.mark.data
def test_two_thousand_clean_photos_give_no_false_alarm(tmp_path: Path, data_root: Path) -> None:
    with planted_audit(photos(data_root, MANY), tmp_path) as audited:
        check_all(*audited)
