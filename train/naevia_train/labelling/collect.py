"""Finding labelled image files in folders."""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path, PurePosixPath

from naevia.errors import DataError
from naevia.image import EXTENSIONS, looks_like_an_image
from naevia.taxonomy import find_diagnosis

SUFFIXES = frozenset(chain.from_iterable(EXTENSIONS.values()))
"""How files of images are named."""

_DECLARED = {"train": "train", "training": "train", "val": "validation", "valid": "validation"}
_DECLARED |= {"validation": "validation", "test": "test", "testing": "test"}
_START_BYTES = 132
_ISIC_ID = re.compile(r"ISIC_\d{7}(?!\d)")


@dataclass(frozen=True, slots=True)
class FoundFile:
    """One image file and what its place says about it.

    Attributes:
        root: The data root.
        name: The path from the data root, with forward slashes.
        source: The given folder it was found in, or of a class folder the one that holds it, as seen from the
            data root.
        image_id: Which image it shows; several files of one id are renditions of one image.
        folder_word: The name of its class folder as it stands, or of the folder it lies in where none above
            it is a diagnosis; empty for a file that lies directly in the given folder.
        folder_label: Diagnosis code of its class folder, or None.
        declared: `train`, `validation` or `test` when a folder of that name is above it, else None.
    """

    root: Path
    name: str
    source: str
    image_id: str
    folder_word: str
    folder_label: str | None
    declared: str | None

    @property
    def path(self) -> Path:
        """Where it is; put together when asked for, because a `Path` is larger than all the rest."""
        return self.root / self.name


def data_root(folders: Sequence[Path]) -> Path:
    """The folder that paths are written from: the deepest one above all given folders.

    A class folder that was given itself, `photos/melanoma` or `photos/Test/melanoma`, is a part of `photos`.
    """
    return Path(os.path.commonpath([set_of(folder.resolve()).parent for folder in folders]))


def set_of(folder: Path) -> Path:
    """A given folder as it stands, but for a class folder the one that holds all classes."""
    if find_diagnosis(folder.name) is None:
        return folder
    above = folder.parent
    return above.parent if above.name.lower() in _DECLARED else above


def find_files(folders: Sequence[Path], known_ids: Iterable[str] = ()) -> list[FoundFile]:
    """Every file that `each_file` finds, as a list."""
    return list(each_file(folders, known_ids))


def each_file(folders: Sequence[Path], known_ids: Iterable[str] = ()) -> Iterator[FoundFile]:
    """Find every image file under the folders, in the order of the folders, then by name.

    An image is what is named like one or begins like one, and whatever else lies in a class folder: reading
    it says what is wrong.

    Hidden files and folders are passed over, those that begin with a dot: copies of notebooks, and what a Mac
    leaves beside each photo.

    Args:
        folders: Class-folder trees, trees with declared splits, class folders, or flat folders. One that lies
            in an earlier one is not gone through again.
        known_ids: Ids that label files list. A file's name counts as an image id when it is listed there or
            is an ISIC id; other names (`1.jpg` of two folders) say nothing, and each such file is an image of
            its own.

    Raises:
        DataError: A folder does not exist or cannot be listed, or no image was found in any of them.
    """
    known, root = frozenset(known_ids), data_root(folders)
    done: list[Path] = []
    empty = True
    for folder in (folder.resolve() for folder in folders):
        if not folder.is_dir():
            raise DataError(f"{folder} is not a folder; give folders of images")
        describe = _Describer(set_of(folder), root, known)
        for path in _files_under(folder, done):
            file = describe(path)
            if file.folder_label or path.suffix.lower() in SUFFIXES or _begins_like_an_image(path):
                empty = False
                yield file
        done.append(folder)
    if empty:
        given = ", ".join(str(folder) for folder in folders)
        raise DataError(f"no images in {given}; expected files such as <diagnosis>/<name>.jpg")


def _files_under(folder: Path, done: Sequence[Path]) -> Iterator[Path]:
    """The files below a folder, by name, without hidden ones, links to folders, and folders that are done."""
    if any(folder.is_relative_to(earlier) for earlier in done):
        return
    try:
        with os.scandir(folder) as entries:
            seen = (entry for entry in entries if not entry.name.startswith("."))
            inside = [(entry.name, entry.is_dir(follow_symlinks=False)) for entry in seen]
    except OSError as error:
        raise DataError(
            f"{folder} cannot be listed ({error.strerror}); "
            "give yourself the right to read it, or move it elsewhere"
        ) from error
    for name, is_folder in sorted(inside, key=lambda entry: os.path.normcase(entry[0])):
        path = folder / name
        if is_folder:
            yield from _files_under(path, done)
        elif path.is_file() or not path.exists():  # a link to nothing: reading it will say so
            yield path


def _begins_like_an_image(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return looks_like_an_image(file.read(_START_BYTES))
    except OSError:
        return False


class _Describer:
    """Says what a file's place below a folder means; worked out once per folder."""

    def __init__(self, folder: Path, root: Path, known: frozenset[str]) -> None:
        self._folder, self._root, self._known = folder, root, known
        self._source = folder.relative_to(root).as_posix()
        self._places: dict[Path, tuple[str, str, str | None, str | None]] = {}

    def __call__(self, path: Path) -> FoundFile:
        if path.parent not in self._places:
            self._places[path.parent] = self._place(path.parent)
        prefix, word, label, declared = self._places[path.parent]
        name = prefix + path.name
        image_id = image_id_of(name, self._known)
        return FoundFile(self._root, name, self._source, image_id, word, label, declared)

    def _place(self, parent: Path) -> tuple[str, str, str | None, str | None]:
        above = parent.relative_to(self._folder).parts
        labels = [(part, diagnosis.code) for part in above if (diagnosis := find_diagnosis(part))]
        declared = [_DECLARED[part.lower()] for part in above if part.lower() in _DECLARED]
        others = [part for part in above if part.lower() not in _DECLARED]
        word, label = labels[-1] if labels else (others[-1] if others else "", None)
        prefix = parent.relative_to(self._root).as_posix() + "/"
        return prefix, word, label, declared[-1] if declared else None


def image_id_of(name: str, known: Collection[str]) -> str:
    """Which image a file shows.

    Args:
        name: Its path, with forward slashes.
        known: Ids that tables list.

    Returns:
        The name of the file where it is such an id; else the ISIC id that it begins with; else the path, as
        `1.jpg` of two folders are two images.
    """
    path = PurePosixPath(name)
    if path.stem in known:
        return path.stem
    if match := _ISIC_ID.match(path.stem):
        return match.group()
    return name.removesuffix(path.suffix)


def stem(text: str) -> str:
    """The id in a cell that may hold a path or a file name; an id may hold dots of its own."""
    path = Path(text.strip())
    return path.stem if path.suffix.lower() in SUFFIXES else path.name
