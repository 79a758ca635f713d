"""What the audit removed or relabelled, counted from the manifest alone."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence

from naevia.taxonomy import CODES
from naevia_train.labelling.manifest import COPY, SPLITS, ManifestRow

_KEPT = SPLITS[:-1]


def audit_counts(rows: Sequence[ManifestRow]) -> dict[str, int]:
    """Images, or files where it says so, by what was done to them.

    Args:
        rows: The manifest, with the dropped files.

    Returns:
        Counts by what was done, in words; nothing that did not occur.
    """
    counts = Counter(_dropped(rows))
    counts.update(_relabelled(rows))
    excluded = {row.image_id for row in rows if row.split == "excluded"}
    counts["images used nowhere because they share a lesion or a picture with a held-out one"] = len(excluded)
    return {what: count for what, count in counts.items() if count}


def _dropped(rows: Sequence[ManifestRow]) -> list[str]:
    """One entry per file that is a copy, and per image that has no file left."""
    used = {row.image_id for row in rows if row.split in _KEPT}
    lost: dict[str, str] = {}
    found = []
    for row in rows:
        if row.split == "dropped" and row.why == COPY:
            found.append("files that are copies of another (one is kept)")
        elif row.split == "dropped" and row.image_id not in used:
            lost.setdefault(row.image_id, row.why)
    return found + [f"images dropped: {why}" for why in lost.values()]


def _relabelled(rows: Sequence[ManifestRow]) -> list[str]:
    """One entry per image whose label is not what one of its class folders says."""
    folders: dict[str, set[str]] = defaultdict(set)
    labels: dict[str, str] = {}
    for row in rows:
        if row.folder_label:
            folders[row.image_id].add(row.folder_label)
        if row.split in _KEPT:
            labels[row.image_id] = row.label
    return [
        f"images relabelled: {folder} is {label}"
        for image_id, label in sorted(labels.items(), key=lambda item: CODES.index(item[1]))
        for folder in sorted(folders[image_id] - {label})
    ]
