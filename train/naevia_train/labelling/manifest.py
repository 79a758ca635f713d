"""The manifest: every file that was found, with its label, its split and the reason for both."""

from __future__ import annotations

import csv
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields
from itertools import islice
from operator import attrgetter
from pathlib import Path
from typing import Any

from naevia.errors import DataError
from naevia.files import replaced
from naevia_train.labelling.tables import read_table

MANIFEST, VALIDATION, TEST = "manifest.csv", "validation.csv", "test.csv"
SPLITS = ("train", "validation", "test", "excluded", "dropped")
USED = SPLITS[:3]
COPY, UNTRUSTED, UNLABELLED = "copy", "untrusted folder", "no label"
"""How the reasons begin for which a copy, an image that only a doubtful folder labels, and one that nothing
labels are dropped.
"""
_YOUNGER_COLUMNS = frozenset({"phash", "patient"})
_ROWS_AT_ONCE = 10_000


@dataclass(frozen=True, slots=True)
class ManifestRow:
    """One file.

    Attributes:
        image_id: The image it shows; files with the same id are renditions of one image.
        path: Path from the data root.
        source: The given folder it came from.
        width_px: Width, 0 when the file could not be read.
        height_px: Height, 0 when the file could not be read.
        sha256: Hash of the file, empty when it could not be read.
        phash: Perceptual hash, 16 hexadecimal digits, empty when it is no picture.
        lesion: Lesion id, empty when unknown.
        patient: Patient id, empty when unknown.
        folder_label: Diagnosis code of its class folder, or empty.
        official_label: Diagnosis code by the authorities, or empty.
        label: The code that holds, or empty.
        why: Where the label comes from, or why the file was dropped.
        group: Images of one group never part.
        split: One of `SPLITS`. `excluded` shares a group with a declared test image; `dropped` is not used.
    """

    image_id: str
    path: str
    source: str
    width_px: int
    height_px: int
    sha256: str
    phash: str
    lesion: str
    patient: str
    folder_label: str
    official_label: str
    label: str
    why: str
    group: str
    split: str


def write_manifest(rows: Iterable[ManifestRow], folder: Path) -> None:
    """Write `manifest.csv`, `manifest.parquet`, `validation.csv` and `test.csv`, going over the rows once.

    Earlier ones are replaced when all rows are written, so that nobody trains on the first half of them.
    """
    names = [field.name for field in fields(ManifestRow)]
    wanted = ("image_id", "path", "source", "label", "lesion", "group", "sha256")
    with (
        replaced(folder / MANIFEST) as manifest_csv,
        replaced(folder / VALIDATION) as validation_csv,
        replaced(folder / TEST) as test_csv,
        replaced(folder / "manifest.parquet") as manifest_parquet,
        manifest_csv.open("w", newline="", encoding="utf-8") as all_rows,
        validation_csv.open("w", newline="", encoding="utf-8") as validation_rows,
        test_csv.open("w", newline="", encoding="utf-8") as test_rows,
        _parquet(manifest_parquet, names) as write_parquet,
    ):
        files = (all_rows, validation_rows, test_rows)
        manifest, validation, test = (csv.writer(file, lineterminator="\n") for file in files)
        manifest.writerow(names)
        for kept_apart in (validation, test):
            kept_apart.writerow("diagnosis" if name == "label" else name for name in wanted)
        rest = iter(rows)
        while some := list(islice(rest, _ROWS_AT_ONCE)):
            manifest.writerows(map(attrgetter(*names), some))
            validation.writerows(attrgetter(*wanted)(row) for row in some if row.split == "validation")
            test.writerows(attrgetter(*wanted)(row) for row in some if row.split == "test")
            write_parquet(some)


@contextmanager
def _parquet(path: Path, names: Sequence[str]) -> Iterator[Callable[[Sequence[ManifestRow]], None]]:
    """A Parquet file that takes rows, a few thousand at a time."""
    import pyarrow as pa
    from pyarrow import parquet

    schema = pa.schema([(name, pa.int64() if name.endswith("_px") else pa.string()) for name in names])
    with parquet.ParquetWriter(path, schema) as writer:

        def write(rows: Sequence[ManifestRow]) -> None:
            columns = [[getattr(row, name) for row in rows] for name in names]
            writer.write_table(pa.table(columns, schema=schema))

        yield write


def read_manifest(path: Path) -> list[ManifestRow]:
    """Read `manifest.csv` or `manifest.parquet`; none when it does not exist.

    Raises:
        DataError: It cannot be read, a column is missing, a row is cut off, or a number or split makes no
            sense.
    """
    if not path.exists():
        return []
    table = read_table(path)
    columns = {field.name for field in fields(ManifestRow)}
    if missing := sorted(columns - set(table.columns) - _YOUNGER_COLUMNS):
        raise DataError(
            f"{path}: the manifest has no column {', '.join(missing)}; audit the folders again, or, if "
            "this is a table of labels, give the folder of the images and this table with --labels"
        )
    table.require_whole_rows()
    return [_row(cells, where) for where, cells in table.rows]


def _row(cells: Mapping[str, str], where: str) -> ManifestRow:
    values: dict[str, Any] = {field.name: cells.get(field.name, "") for field in fields(ManifestRow)}
    try:
        values |= {name: int(values[name]) for name in ("width_px", "height_px")}
    except ValueError as error:
        raise DataError(f"{where}: the size is no number; audit the folders again") from error
    if values["split"] not in SPLITS:
        raise DataError(f"{where}: expected a split of {', '.join(SPLITS)}, received {values['split']!r}")
    return ManifestRow(**values)


def is_manifest(path: Path) -> bool:
    """Whether a path names a manifest rather than a folder of images."""
    return path.suffix.lower() in (".csv", ".parquet") and not path.is_dir()


def images_of(rows: Iterable[ManifestRow], split: str) -> dict[str, list[int]]:
    """Positions of the rows of a split, by image id, in the order of the manifest."""
    images: dict[str, list[int]] = defaultdict(list)
    for index, row in enumerate(rows):
        if row.split == split:
            images[row.image_id].append(index)
    return dict(images)


def first_files(rows: Sequence[ManifestRow], split: str) -> list[ManifestRow]:
    """The first row of each image of a split, in the order of the manifest."""
    return [rows[positions[0]] for positions in images_of(rows, split).values()]


def count_images(rows: Iterable[ManifestRow], split: str) -> dict[str, dict[str, int]]:
    """Images by source, then by diagnosis code; an image with files in two sources counts in both."""
    seen = {(row.source, row.label, row.image_id) for row in rows if row.split == split}
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for source, label, _ in sorted(seen):
        counts[source][label] += 1
    return {source: dict(counter) for source, counter in counts.items()}
