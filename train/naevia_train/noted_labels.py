"""The label files of a run, also of one that was started from an audit's manifest."""

from __future__ import annotations

import json
from pathlib import Path

from naevia_train.auditing.output import FINDINGS, data_root_of
from naevia_train.config import RunConfig
from naevia_train.manifest import is_manifest


def label_files_of(config: RunConfig) -> list[Path]:
    """The label files that were given; of a manifest those that its audit noted and that are still there.

    An audit notes names alone. They are looked up in the folder that its paths start from, and one folder
    below it.

    Args:
        config: The run's configuration.
    """
    found = [Path(path) for path in config.labels]
    for manifest in (Path(path) for path in config.folders if is_manifest(Path(path))):
        root = data_root_of(manifest.parent)
        if root is not None:
            for name in _noted(manifest.parent):
                places = [root / name, *sorted(root.glob(f"*/{name}"))]
                found += [place for place in places if place.is_file()][:1]
    return found


def _noted(folder: Path) -> list[str]:
    content = json.loads((folder / FINDINGS).read_text(encoding="utf-8"))
    return [Path(str(name)).name for name in content.get("label_files", ())]
