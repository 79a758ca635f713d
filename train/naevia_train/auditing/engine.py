"""The audit, top to bottom: read, find copies, judge, group, split, examine. The folders stay as they are."""

from __future__ import annotations

import json
import os
import sqlite3
import tempfile
from array import array
from collections.abc import Collection, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from itertools import compress
from pathlib import Path

import numpy as np

from naevia.errors import DataError
from naevia.progress import Progress
from naevia_train.auditing import examine
from naevia_train.auditing.copies import find_copies
from naevia_train.auditing.facts import FACTS_VERSION
from naevia_train.auditing.findings import (
    AuditReport,
    Contradiction,
    CopyGroup,
    FileProblem,
    IdClash,
    Leak,
    Resolve,
    Shortcut,
    UnreadColumns,
)
from naevia_train.auditing.freed import give_back
from naevia_train.auditing.judge import folder_trust, image_of
from naevia_train.auditing.leaks import LeakFinder
from naevia_train.auditing.ledger import Ledger
from naevia_train.auditing.shortcuts import draw_files, measure_shortcuts
from naevia_train.auditing.splitting import JudgedImages, ManifestRows, split_images
from naevia_train.auditing.store import FactStore, default_cache
from naevia_train.auditing.survey import survey_files
from naevia_train.auditing.tally import Tally, class_problems
from naevia_train.labelling.collect import data_root, each_file
from naevia_train.labelling.label_book import LabelBook
from naevia_train.labelling.label_files import read_label_files
from naevia_train.labelling.label_problems import LabelProblem
from naevia_train.labelling.manifest import USED, ManifestRow


@dataclass(frozen=True, eq=False)
class Audit:
    """What an audit gives: findings to read, and the manifest to train on.

    Findings and rows lie on disk; each is there only while it is looked at.
    """

    report: AuditReport
    rows: Collection[ManifestRow]


@contextmanager
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
) -> Iterator[Audit]:
    """Audit folders of images; what was found can be read until the context is left.

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
        DataError: A folder or label file cannot be used, no image was found, or the disk for temporary files
            is full.
    """
    book = read_label_files(labels, strict=strict_labels)
    with _words_for_a_full_disk(), Ledger(data_root(folders)) as ledger:
        ledger.add_found(each_file(folders, book.image_ids))
        with (
            _open_store(cache or default_cache()) as store,
            ThreadPoolExecutor(workers or os.cpu_count()) as pool,
        ):
            survey_files(ledger, store, pool, progress)
            find_copies(ledger, store, pool)
            give_back()
            trust = folder_trust(image_of(files, book) for files in ledger.pictures())
            images = JudgedImages(ledger, book, policy, trust)
            rows = ManifestRows(ledger, images, split_images(images, ledger.count("found"), seed=seed))
            shortcuts = _shortcuts(rows, store, seed)
        given = _Given(tuple(folders), tuple(labels), policy, seed)
        yield Audit(_report(given, book, ledger, images, rows, shortcuts), rows)


@contextmanager
def _words_for_a_full_disk() -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        raise DataError(
            f"the audit cannot keep its notes in the folder for temporary files: {error}; free space there, "
            "or set TMPDIR to a folder on another disk"
        ) from error


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


def _shortcuts(rows: ManifestRows, store: FactStore, seed: int) -> tuple[Shortcut, ...]:
    """Measured on a sample of the files that are used, remembered from an earlier run on the same files."""
    labels, groups = [], array("i")
    for group, row in rows.in_use():
        if row.split in USED:
            labels.append(row.label)
            groups.append(group)
    drawn = np.zeros(len(labels), bool)
    drawn[draw_files(labels, groups, seed=seed)] = True
    used = (row for _, row in rows.in_use() if row.split in USED)
    chosen = list(compress(used, drawn))
    columns = [[row.sha256 for row in chosen], [row.source for row in chosen]]
    columns += [[row.label for row in chosen], [row.group for row in chosen]]

    def measure() -> list[dict[str, object]]:
        hashes, sources, codes, groups = columns
        features = np.array([facts.features for facts in store.facts(hashes)], np.float32)
        measured = measure_shortcuts(features, sources=sources, labels=codes, groups=groups, seed=seed)
        return [asdict(item) for item in measured]

    found = store.remembered([json.dumps(["shortcuts 3", FACTS_VERSION, seed, columns])], measure)
    return tuple(Shortcut(**item | {"recall": tuple(map(tuple, item["recall"]))}) for item in found)


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
    ledger: Ledger,
    images: JudgedImages,
    rows: ManifestRows,
    shortcuts: tuple[Shortcut, ...],
) -> AuditReport:
    root = data_root(given.folders)
    label_files = tuple(path.name for path in given.labels)
    problems, clashes = ledger.spool(FileProblem), ledger.spool(IdClash)
    label_problems = ledger.spool(LabelProblem)
    problems.extend(examine.file_problems(ledger))
    clashes.extend(examine.id_clashes(ledger))
    label_problems.extend(examine.label_problems(book, ledger, label_files))
    copies, contradictions, leaks = (ledger.spool(kind) for kind in (CopyGroup, Contradiction, Leak))
    tally, finder = Tally(book), LeakFinder(ledger, images, rows, leaks)
    for image in images:
        links = ledger.links_within(image.number) if len(image.files) > 1 else []
        if links:
            copies.add(examine.copy_group(image, links))
        contradictions.extend(examine.contradictions(image, given.policy))
        finder.look_into(image, links)
        tally.add(image, rows.split_of_image(image))
    finder.finish()
    classes = tally.classes(images.trust)
    return AuditReport(
        root=str(root),
        folders=tuple(folder.resolve().relative_to(root).as_posix() for folder in given.folders),
        label_files=label_files,
        unread_columns=tuple(UnreadColumns(*item) for item in book.unread.items()),
        grouped_by=tuple(name for name, ids in (("lesion", book.lesions), ("patient", book.patients)) if ids),
        resolve=given.policy,
        seed=given.seed,
        declared=ledger.declared(),
        files=ledger.count("found"),
        readable=ledger.count("files"),
        images=tally.images,
        used=sum(count.images_after for count in classes),
        problems=problems,
        copies=copies,
        id_clashes=clashes,
        contradictions=contradictions,
        leaks=leaks,
        label_problems=label_problems,
        mapping=tuple(tally.mapping()),
        unnamed=tuple(tally.unnamed()),
        classes=tuple(classes),
        class_problems=tuple(class_problems(classes)),
        shortcuts=shortcuts,
        relabelled=tally.relabelled,
        dropped=tuple(sorted(tally.dropped.items())),
    )
