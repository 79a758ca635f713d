"""Finding labelled image files in folders."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from naevia.errors import DataError
from naevia.taxonomy import find_diagnosis

SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".bmp", ".tif", ".tiff", ".webp", ".dcm"})

_DECLARED = {"train": "train", "training": "train", "val": "validation", "valid": "validation"}
_DECLARED |= {"validation": "validation", "test": "test", "testing": "test"}
_ISIC_ID = re.compile(r"ISIC_\d{7}(?!\d)")


@dataclass(frozen=True)
class FoundFile:
    """One image file and what its place says about it.

    Attributes:
        path: Where it is.
        name: The path from the data root, with forward slashes.
        source: The given folder it was found in, as seen from the data root.
        image_id: Which image it shows; several files of one id are renditions of one image.
        folder_label: Diagnosis code of its class folder, or None.
        declared: `train`, `validation` or `test` when a folder of that name is above it, else None.
    """

    path: Path
    name: str
    source: str
    image_id: str
    folder_label: str | None
    declared: str | None


def data_root(folders: Sequence[Path]) -> Path:
    """The folder that paths are written from: the deepest one above all given folders."""
    return Path(os.path.commonpath([folder.resolve().parent for folder in folders]))


def find_files(folders: Sequence[Path], known_ids: Iterable[str] = ()) -> list[FoundFile]:
    """Find every image file under the folders, in the order of the folders, then by name.

    Args:
        folders: Class-folder trees, trees with declared splits, or flat folders.
        known_ids: Ids that label files list. A file's name counts as an image id when it is listed there or
            is an ISIC id; other names (`1.jpg` of two folders) say nothing, and each such file is an image of
            its own.

    Raises:
        DataError: A folder does not exist, or no image was found in any of them.
    """
    known, root = frozenset(known_ids), data_root(folders)
    found: dict[Path, FoundFile] = {}
    for folder in (folder.resolve() for folder in folders):
        if not folder.is_dir():
            raise DataError(f"{folder} is not a folder; give folders of images")
        for path in sorted(folder.rglob("*")):
            if path.suffix.lower() in SUFFIXES and path.is_file() and path not in found:
                found[path] = _describe(path, folder, root, known)
    if not found:
        given = ", ".join(str(folder) for folder in folders)
        raise DataError(f"no images in {given}; expected files such as <diagnosis>/<name>.jpg")
    return list(found.values())


def _describe(path: Path, folder: Path, root: Path, known: frozenset[str]) -> FoundFile:
    above = path.relative_to(folder).parts[:-1]
    labels = [diagnosis.code for part in above if (diagnosis := find_diagnosis(part))]
    declared = [_DECLARED[part.lower()] for part in above if part.lower() in _DECLARED]
    name = path.relative_to(root).as_posix()
    return FoundFile(
        path=path,
        name=name,
        source=folder.relative_to(root).as_posix(),
        image_id=_image_id(path.stem, name, known),
        folder_label=labels[-1] if labels else None,
        declared=declared[-1] if declared else None,
    )


def _image_id(stem: str, name: str, known: frozenset[str]) -> str:
    if stem in known:
        return stem
    if match := _ISIC_ID.match(stem):
        return match.group()
    return name.rsplit(".", 1)[0]
