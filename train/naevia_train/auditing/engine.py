"""The audit, top to bottom: read, find copies, judge, group, split, examine. The folders stay as they are."""

from __future__ import annotations

import hashlib
import json
import os
import sqlite3
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from naevia_train.auditing import examine
from naevia_train.auditing.copies import find_copies
from naevia_train.auditing.facts import FACTS_VERSION
from naevia_train.auditing.findings import AuditReport, CopyLink, Resolve, Shortcut
from naevia_train.auditing.judge import JudgedImage, join_images, judge
from naevia_train.auditing.shortcuts import draw_files, measure_shortcuts
from naevia_train.auditing.splitting import group_images, manifest_rows, split_images
from naevia_train.auditing.store import FactStore, default_cache
from naevia_train.auditing.survey import Survey, survey_files
from naevia_train.collect import data_root, find_files
from naevia_train.labels import LabelBook, read_label_files
from naevia_train.manifest import ManifestRow
from naevia_train.progress import Progress


@dataclass(frozen=True)
class Audit:
    """What an audit gives: findings to read, and the manifest to train on."""

    report: AuditReport
    rows: list[ManifestRow]


def audit_folders(
    folders: Sequence[Path],
    labels: Sequence[Path] = (),
    *,
    policy: Resolve = "authority",
    seed: int = 1,
    workers: int | None = None,
    cache: Path | None = None,
    strict_labels: bool = False,
    progress: Progress = lambda done, total: None,
) -> Audit:
    """Audit folders of images.

    Args:
        folders: Class-folder trees, trees with Train and Test above them, or flat folders.
        labels: Official labels and metadata.
        policy: What is done about contradictions.
        seed: Seed of the split and of the shortcut measurement.
        workers: Threads; as many as the computer has processors by default. The result is the same for all.
        cache: Folder of the cache; the user's own by default.
        strict_labels: Refuse rows of label files that make no sense instead of reporting them.
        progress: Told the files done and the files to do while they are read.

    Raises:
        DataError: A folder or label file cannot be used, or no image was found.
    """
    book = read_label_files(labels, strict=strict_labels)
    with (
        _open_store(cache or default_cache()) as store,
        ThreadPoolExecutor(workers or os.cpu_count()) as pool,
    ):
        found = find_files(folders, book.image_ids, suspicious=True)
        survey = survey_files(found, store, pool, progress)
        links = find_copies(survey, store, pool)
        survey = survey.without_windows()
        images = join_images(survey, links, book)
        judge(images, survey, policy)
        groups = group_images(images)
        splits = split_images(images, groups, seed=seed)
        rows = manifest_rows(images, groups, splits, survey, policy)
        shortcuts = _shortcuts(rows, store, seed)
    given = _Given(tuple(folders), tuple(labels), policy, seed)
    return Audit(_report(given, book, survey, links, images, splits, rows, shortcuts), rows)


@contextmanager
def _open_store(folder: Path) -> Iterator[FactStore]:
    """The cache; where it cannot be used, one that is thrown away afterwards."""
    try:
        store = FactStore(folder)
    except (OSError, sqlite3.Error):
        with tempfile.TemporaryDirectory() as temporary, FactStore(Path(temporary)) as store:
            yield store
        return
    with store:
        yield store


def _shortcuts(rows: Sequence[ManifestRow], store: FactStore, seed: int) -> tuple[Shortcut, ...]:
    """Measured on a sample of the files that are used, remembered from an earlier run on the same files."""
    used = [row for row in rows if row.split in ("train", "validation", "test")]
    drawn = draw_files([row.label for row in used], [row.group for row in used], seed=seed)
    chosen = [used[index] for index in drawn.tolist()]
    columns = [[row.sha256 for row in chosen], [row.source for row in chosen]]
    columns += [[row.label for row in chosen], [row.group for row in chosen]]
    key = hashlib.sha256(json.dumps(["shortcuts 2", FACTS_VERSION, seed, columns]).encode()).hexdigest()
    kept = store.result(key)
    if kept is None:
        hashes, sources, codes, groups = columns
        features = np.array([facts.features for facts in store.facts(hashes)], np.float32)
        measured = measure_shortcuts(features, sources=sources, labels=codes, groups=groups, seed=seed)
        store.keep_result(key, json.dumps([asdict(item) for item in measured]).encode())
        return measured
    return tuple(
        Shortcut(**item | {"recall": tuple((code, value) for code, value in item["recall"])})
        for item in json.loads(kept)
    )


@dataclass(frozen=True)
class _Given:
    """What the person asked for."""

    folders: tuple[Path, ...]
    labels: tuple[Path, ...]
    policy: Resolve
    seed: int


def _report(
    given: _Given,
    book: LabelBook,
    survey: Survey,
    links: Sequence[CopyLink],
    images: Sequence[JudgedImage],
    splits: Sequence[str],
    rows: Sequence[ManifestRow],
    shortcuts: tuple[Shortcut, ...],
) -> AuditReport:
    root = data_root(given.folders)
    label_files = tuple(path.name for path in given.labels)
    classes = examine.class_counts(images, splits, survey)
    dropped = Counter(_reason(image) for image in images if not image.resolution.label)
    return AuditReport(
        root=str(root),
        folders=tuple(folder.resolve().relative_to(root).as_posix() for folder in given.folders),
        label_files=label_files,
        resolve=given.policy,
        seed=given.seed,
        files=len(survey.files) + len(survey.unreadable),
        readable=len(survey.files),
        images=len(images),
        used=sum(count.images_after for count in classes),
        problems=tuple(examine.file_problems(survey)),
        copies=tuple(examine.copy_groups(images, links, survey)),
        id_clashes=tuple(examine.id_clashes(links, survey)),
        contradictions=tuple(examine.contradictions(images, survey, given.policy)),
        leaks=tuple(examine.leaks(images, survey, links, rows)),
        label_problems=tuple(examine.label_problems(book, survey, label_files)),
        mapping=tuple(examine.mapping(images, survey, book)),
        classes=tuple(classes),
        class_problems=tuple(examine.class_problems(classes)),
        shortcuts=shortcuts,
        relabelled=sum(_is_relabelled(image) for image in images),
        dropped=tuple(sorted(dropped.items())),
    )


def _reason(image: JudgedImage) -> str:
    """Why an image is dropped, without the particulars."""
    return image.resolution.why.split(":")[0]


def _is_relabelled(image: JudgedImage) -> bool:
    label = image.resolution.label
    return bool(label) and any(code != label for code in image.folders)
