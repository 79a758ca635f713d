"""What an earlier model kept apart: the same images to compare both on, and none that it learnt from."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from naevia.errors import DataError, UsageError
from naevia_train.labelling.manifest import TEST, VALIDATION, ManifestRow
from naevia_train.labelling.tables import read_table

_MOVABLE = ("train", "validation")


@dataclass(frozen=True)
class ValidationList:
    """The images of a `validation.csv` or `test.csv`.

    Attributes:
        image_ids: Their ids. An id that no archive gave is a path, and changes with the folders that a run is
            given.
        hashes: SHA-256 of their files, which do not change; none in a list of an earlier version.
    """

    image_ids: frozenset[str]
    hashes: frozenset[str] = frozenset()

    def lists(self, image_id: str, sha256: str) -> bool:
        """Whether an image is listed, by its id or by a file of its."""
        return image_id in self.image_ids or sha256 in self.hashes

    def among(self, rows: Iterable[ManifestRow]) -> set[str]:
        """Ids, as a manifest has them, of the images that are listed by their id or by a file of theirs."""
        return {row.image_id for row in rows if self.lists(row.image_id, row.sha256)}


def read_validation_list(path: Path) -> ValidationList:
    """Read a `validation.csv`.

    Raises:
        DataError: The file cannot be read, has no column `image_id`, or a row that is cut off.
    """
    listed = read_image_list(path)
    if not listed.image_ids:
        raise DataError(
            f"{path}: expected a column image_id with image ids, found none; give a validation.csv"
        )
    return listed


def read_image_list(path: Path) -> ValidationList:
    """Read a `validation.csv` or `test.csv`, which may list nothing.

    Raises:
        DataError: The file cannot be read, or has a row that is cut off.
    """
    table = read_table(path)
    ids = {cells["image_id"] for _, cells in table.rows} if "image_id" in table.columns else set()
    table.require_whole_rows()
    hashes = {cells.get("sha256", "") for _, cells in table.rows}
    return ValidationList(frozenset(ids), frozenset(hashes - {""}))


def keep_validation(rows: Sequence[ManifestRow], listed: ValidationList) -> list[ManifestRow]:
    """Make the listed images the validation split, and every other validation image train.

    What shares a group with a listed image and is not listed is `excluded`: the earlier model may have learnt
    from it, and the new one must not.

    Args:
        rows: The audited manifest.
        listed: Images that an earlier model was validated on. Those that are `test` or `excluded` now stay
            so.

    Raises:
        DataError: None of the images is there.
    """
    image_ids = listed.among(rows)
    groups = {row.group for row in rows if row.image_id in image_ids and row.split in _MOVABLE}
    if not groups:
        raise DataError("none of the listed validation images is among the usable ones; check the list")

    def split(row: ManifestRow) -> str:
        if row.split not in _MOVABLE:
            return row.split
        if row.image_id in image_ids:
            return "validation"
        return "excluded" if row.group in groups else "train"

    return [replace(row, split=split(row)) for row in rows]


def count_doubtful(rows: Sequence[ManifestRow], earlier: Iterable[Path]) -> int:
    """How many test images an earlier model may have learnt from: all that it does not say it kept apart.

    Args:
        rows: The manifest as the run will use it.
        earlier: Folders of the models that the run starts from, learns from or joins.

    Raises:
        DataError: A list of theirs cannot be read.
    """
    tested = {row.image_id for row in rows if row.split == "test"}
    doubtful: set[str] = set()
    for folder in earlier:
        lists = [read_image_list(folder / name) for name in (VALIDATION, TEST) if (folder / name).is_file()]
        doubtful |= tested.difference(*(listed.among(rows) for listed in lists))
    return len(doubtful)


def check_start(
    rows: Sequence[ManifestRow],
    kept: Path,
    *,
    left_out: bool,
    learner: str = "the weights it starts from",
    say: Callable[[str], None],
) -> None:
    """Refuse to measure a network on images that its first weights, or a teacher, were trained on.

    Args:
        rows: The manifest as the run will use it.
        kept: The `validation.csv` beside those weights. Where there is none, or it shares no image with the
            manifest, nothing is refused, and a line says that nothing could be checked.
        left_out: Whether the test split is a source that was left out, and not the declared one.
        learner: What may have learnt from the images, in words.
        say: Prints one line.

    Raises:
        UsageError: An image to be measured on is not in that list, so they may have learnt from it.
        DataError: The list cannot be read.
    """
    unknown = f"whether {learner} may have learnt from what this run is measured on"
    if not kept.is_file():
        say(f"there is no {kept}; nothing could be checked: {unknown} is not known")
        return
    unseen = read_validation_list(kept).among(rows)
    if not unseen:
        say(f"this run shares no image with {kept}; nothing could be checked: {unknown} is not known")
        return
    measured = ("validation", "test") if left_out else ("validation",)
    learnt = {row.image_id for row in rows if row.split in measured} - unseen
    if learnt:
        raise UsageError(
            f"{len(learnt)} images that this run would be measured on are not in {kept}, so {learner} may "
            "have learnt from them; give --validation and that file, and with --leave-out take weights and "
            "teachers that never saw the source"
        )
