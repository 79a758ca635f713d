"""The label files of a run, also of one that was started from an audit's manifest."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from naevia_train.auditing.output import read_noted
from naevia_train.labelling.manifest import is_manifest


def label_files_of(folders: Sequence[Path], labels: Sequence[Path]) -> list[Path]:
    """The label files that were given; of a manifest those that its audit noted and that are still there.

    An audit notes names alone. They are looked up in the folder that its paths start from, and one folder
    below it.

    Args:
        folders: What the run was given: folders of images, or a manifest.
        labels: The label files that it was given.

    Raises:
        DataError: The audit's findings are damaged.
    """
    found = list(labels)
    for manifest in filter(is_manifest, folders):
        if noted := read_noted(manifest.parent):
            for name in noted.label_files:
                places = [noted.root / name, *sorted(noted.root.glob(f"*/{name}"))]
                found += [place for place in places if place.is_file()][:1]
    return found
