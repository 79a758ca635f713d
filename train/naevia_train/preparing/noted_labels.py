"""The label files of a run, also of one that was started from an audit's manifest."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from naevia_train.auditing.output import FINDINGS, data_root_of
from naevia_train.labelling.manifest import is_manifest


def label_files_of(folders: Sequence[Path], labels: Sequence[Path]) -> list[Path]:
    """The label files that were given; of a manifest those that its audit noted and that are still there.

    An audit notes names alone. They are looked up in the folder that its paths start from, and one folder
    below it.

    Args:
        folders: What the run was given: folders of images, or a manifest.
        labels: The label files that it was given.
    """
    found = list(labels)
    for manifest in filter(is_manifest, folders):
        root = data_root_of(manifest.parent)
        if root is not None:
            for name in _noted(manifest.parent):
                places = [root / name, *sorted(root.glob(f"*/{name}"))]
                found += [place for place in places if place.is_file()][:1]
    return found


def _noted(folder: Path) -> list[str]:
    content = json.loads((folder / FINDINGS).read_text(encoding="utf-8"))
    return [Path(str(name)).name for name in content.get("label_files", ())]
