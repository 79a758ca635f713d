"""A folder whose name is no diagnosis is named, because its photos are left out."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from drawn_folders import draw_file, draw_folders, train_arguments, write

Program = Callable[..., tuple[int, str, str]]

MOLES = '"moles" (6 images) names none of the nine diagnoses; rename the folder, '
MOLES += "or label its images with --labels"


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """Four melanomas, four nevi, and six photos in a folder whose name says nothing."""
    folder = draw_folders(tmp_path / "photos", {"melanoma": range(4), "nevus": range(4)})
    for seed in range(6):
        draw_file(folder / "moles" / f"{seed}.png", "nv", 20 + seed)
    return folder


def test_the_audit_names_it_on_the_screen_and_in_the_summary(
    photos: Path, tmp_path: Path, naevia: Program
) -> None:
    code, out, _ = naevia("audit", photos, "--output", tmp_path / "audit")
    assert (code, f"{MOLES}." in out) == (0, True)
    summary = (tmp_path / "audit" / "summary.md").read_text(encoding="utf-8")
    assert MOLES in summary
    assert "| folder that names no diagnosis | images |\n|---|--:|\n| moles | 6 |" in summary


def test_several_are_named_with_the_largest_first(photos: Path, tmp_path: Path, naevia: Program) -> None:
    for number in range(6):
        draw_file(photos / f"wart{number}" / "1.png", "sk", 40 + number)
    _, out, _ = naevia("audit", photos, "--output", tmp_path / "audit")
    assert '"moles" (6 images), "wart0" (1 image)' in out
    assert "and 2 more folders name none of the nine diagnoses; rename the folders" in out


def test_training_names_it_on_the_screen(photos: Path, tmp_path: Path, naevia: Program) -> None:
    code, out, _ = naevia(*train_arguments(photos, tmp_path / "run", "--epochs", 1, "--draws", 32))
    assert code == 0
    assert f"  Folders that name no diagnosis (dropped): 1\n    {MOLES}\n" in out
    assert MOLES in (tmp_path / "run" / "audit.md").read_text(encoding="utf-8")


def test_what_is_left_of_too_little_is_told_with_it(photos: Path, tmp_path: Path, naevia: Program) -> None:
    given = (photos / "nevus", photos / "moles")
    code, _, err = naevia("train", *given, "--output", tmp_path / "run")
    assert (code, err.count("\n")) == (2, 1)
    assert f"found 4 usable of 10 images, all nv; {MOLES}" in err


def test_a_folder_whose_photos_a_table_labels_is_not_named(
    photos: Path, tmp_path: Path, naevia: Program
) -> None:
    table = write(tmp_path / "own.csv", "image_id,diagnosis\n" + "".join(f"{n},nv\n" for n in range(6)))
    _, out, _ = naevia("audit", photos, "--labels", table, "--output", tmp_path / "audit")
    assert "none of the nine" not in out
