"""The audit of the real data set against a plain reading of its folders and label files."""

from __future__ import annotations

import csv
import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from naevia_train.auditing.engine import audit_folders
from naevia_train.auditing.findings import AuditReport

pytestmark = pytest.mark.data

IN_2019 = {
    "actinic keratosis": "AK",
    "basal cell carcinoma": "BCC",
    "dermatofibroma": "DF",
    "melanoma": "MEL",
    "nevus": "NV",
    "pigmented benign keratosis": "BKL",
    "seborrheic keratosis": "BKL",
    "squamous cell carcinoma": "SCC",
    "vascular lesion": "VASC",
}


@pytest.fixture(scope="module")
def labels(data_root: Path) -> tuple[Path, Path]:
    """HAM10000 metadata and the ISIC 2019 ground truth."""
    truth = data_root / "labels" / "ISIC_2019_Training_GroundTruth.csv"
    return data_root / "ham10000" / "HAM10000_metadata.csv", truth


@pytest.fixture(scope="module")
def report(
    data_root: Path, labels: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[AuditReport]:
    with audit_folders([data_root / "isic9"], labels, cache=tmp_path_factory.mktemp("cache")) as audit:
        yield audit.report


@pytest.fixture(scope="module")
def files(data_root: Path) -> dict[str, Path]:
    """The files by the name that the audit gives them."""
    found = sorted((data_root / "isic9").rglob("*.jpg"))
    return {path.relative_to(data_root).as_posix(): path for path in found}


@pytest.fixture(scope="module")
def same_bytes(files: dict[str, Path]) -> list[list[str]]:
    """Names of files with the same bytes."""
    names = defaultdict(list)
    for name, path in files.items():
        names[hashlib.sha256(path.read_bytes()).hexdigest()].append(name)
    return list(names.values())


def test_every_image_in_two_class_folders_is_listed(report: AuditReport, same_bytes: list[list[str]]) -> None:
    expected = {name for names in same_bytes if len({n.split("/")[2] for n in names}) > 1 for name in names}
    two_folders = [item for item in report.contradictions if item.kind == "two folders"]
    assert len(expected) > 200
    assert expected <= {file.path for item in two_folders for file in item.files}


def test_every_test_image_whose_bytes_or_lesion_stand_in_train_is_listed(
    report: AuditReport, same_bytes: list[list[str]], files: dict[str, Path], labels: tuple[Path, Path]
) -> None:
    with labels[0].open(newline="") as file:
        lesion_of = {row["image_id"]: row["lesion_id"] for row in csv.DictReader(file)}
    by_lesion = defaultdict(list)
    for name, path in files.items():
        if path.stem in lesion_of:
            by_lesion[lesion_of[path.stem]].append(name)
    expected = set()
    for names in (*same_bytes, *by_lesion.values()):
        if any("/Train/" in name for name in names):
            expected |= {name for name in names if "/Test/" in name}
    assert len(expected) > 20
    assert expected <= {leak.held_out.path for leak in report.leaks}


def test_every_folder_label_that_an_official_label_contradicts_is_listed(
    report: AuditReport, files: dict[str, Path], labels: tuple[Path, Path]
) -> None:
    with labels[1].open(newline="") as file:
        rows = list(csv.DictReader(file))
    truth = {row["image"]: next(name for name, mark in row.items() if mark == "1.0") for row in rows}
    expected = {
        name
        for name, path in files.items()
        if path.stem in truth and truth[path.stem] != IN_2019[path.parent.name]
    }
    against = [item for item in report.contradictions if item.kind == "folder against authority"]
    assert len(expected) > 50
    assert expected <= {file.path for item in against for file in item.files}


def test_a_class_that_no_trustworthy_image_supports_is_named(
    data_root: Path, labels: tuple[Path, Path], tmp_path: Path
) -> None:
    official = [*labels, data_root / "labels" / "ISIC-2017_Training_Part3_GroundTruth.csv"]
    with audit_folders([data_root / "isic9"], official, cache=tmp_path) as audit:
        problems = [(item.kind, item.label) for item in audit.report.class_problems]
    assert problems == [("unsupported", "sk")]


def test_the_page_shows_what_the_command_writes(
    data_root: Path, tmp_path: Path, naevia: Callable[..., tuple[int, str, str]]
) -> None:
    names = [
        "ham10000/HAM10000_metadata.csv",
        "labels/ISIC_2019_Training_GroundTruth.csv",
        "labels/ISIC_2019_Training_Metadata.csv",
        "labels/ISIC-2017_Training_Part3_GroundTruth.csv",
    ]
    labels = [argument for name in names for argument in ("--labels", data_root / name)]
    given = (data_root / "isic9", *labels, "--output", tmp_path / "audit", "--cache", tmp_path / "cache")
    assert naevia("audit", *given)[0] == 0
    written = (tmp_path / "audit" / "summary.md").read_text(encoding="utf-8")
    assert written in (Path(__file__).parents[2] / "docs" / "audit.md").read_text(encoding="utf-8")
