"""The manifest: every file that was found, with its label, its split and the reason for both."""

from __future__ import annotations

import csv
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path

MANIFEST = "manifest.csv"
SPLITS = ("train", "validation", "test", "excluded", "dropped")


@dataclass(frozen=True)
class ManifestRow:
    """One file.

    Attributes:
        image_id: The image it shows; files with the same id are renditions of one image.
        path: Path from the data root.
        source: The given folder it came from.
        width_px: Width, 0 when the file could not be read.
        height_px: Height, 0 when the file could not be read.
        sha256: Hash of the file, empty when it could not be read.
        lesion: Lesion id, empty when unknown.
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
    lesion: str
    folder_label: str
    official_label: str
    label: str
    why: str
    group: str
    split: str


def write_manifest(rows: Sequence[ManifestRow], folder: Path) -> None:
    """Write `manifest.csv`, `manifest.parquet` and `validation.csv`."""
    import pandas as pd

    table = pd.DataFrame([asdict(row) for row in rows])
    table.to_csv(folder / MANIFEST, index=False)
    table.to_parquet(folder / "manifest.parquet", index=False)
    validation = table[table["split"] == "validation"].rename(columns={"label": "diagnosis"})
    validation[["image_id", "path", "source", "diagnosis", "lesion"]].to_csv(
        folder / "validation.csv", index=False
    )


def read_manifest(path: Path) -> list[ManifestRow]:
    """Read `manifest.csv`; none when it does not exist."""
    if not path.exists():
        return []
    numbers = {field.name for field in fields(ManifestRow) if field.type in (int, "int")}
    with path.open(newline="", encoding="utf-8") as file:
        return [
            ManifestRow(**{name: int(text) if name in numbers else text for name, text in row.items()})
            for row in csv.DictReader(file)
        ]


def images_of(rows: Iterable[ManifestRow], split: str) -> dict[str, list[int]]:
    """Positions of the rows of a split, by image id, in the order of the manifest."""
    images: dict[str, list[int]] = defaultdict(list)
    for index, row in enumerate(rows):
        if row.split == split:
            images[row.image_id].append(index)
    return dict(images)


def count_images(rows: Iterable[ManifestRow], split: str) -> dict[str, dict[str, int]]:
    """Images by source, then by diagnosis code; an image with files in two sources counts in both."""
    seen = {(row.source, row.label, row.image_id) for row in rows if row.split == split}
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for source, label, _ in sorted(seen):
        counts[source][label] += 1
    return {source: dict(counter) for source, counter in counts.items()}
