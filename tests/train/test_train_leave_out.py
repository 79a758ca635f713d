"""Whole sources, or folds of them, are kept away from training and tested on."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from naevia.errors import DataError, UsageError
from naevia_train.labelling.manifest import ManifestRow, write_manifest
from naevia_train.preparing.leave_out import LeftOut, leave_out
from naevia_train.preparing.validation_list import (
    ValidationList,
    check_start,
    count_doubtful,
    keep_validation,
    read_validation_list,
)

CODES = ["mel", "nv", "bcc"]


def row(
    number: int, source: str, *, group: str = "", split: str = "train", label: str = "nv", sha256: str = ""
) -> ManifestRow:
    return ManifestRow(
        image_id=f"I{number}", path=f"{source}/{number}.jpg", source=source, width_px=9, height_px=9,
        sha256=sha256, phash="", lesion="", patient="", folder_label="", official_label="", label=label,
        why="", group=group or f"g{number}", split=split,
    )  # fmt: skip


def listed(*image_ids: str) -> ValidationList:
    return ValidationList(frozenset(image_ids))


def test_a_source_becomes_the_test_split_and_takes_its_groups_along() -> None:
    rows = [
        row(0, "clinic/images", group="a"),
        row(1, "other", group="a"),
        row(2, "other", split="validation"),
        row(3, "other", split="test"),
        row(4, "clinic", split="dropped"),
        row(5, "clinical"),
    ]
    found = [made.split for made in leave_out(rows, LeftOut.parse("clinic"), seed=1)]
    assert found == ["test", "excluded", "validation", "excluded", "dropped", "train"]


@settings(max_examples=50, deadline=None)
@given(
    seed=st.integers(0, 99),
    folds=st.integers(2, 5),
    members=st.lists(
        st.tuples(st.integers(0, 20), st.sampled_from(["a", "b"]), st.sampled_from(CODES)), min_size=1
    ),
)
def test_folds_cover_a_source_once_and_no_group_parts(
    seed: int, folds: int, members: list[tuple[int, str, str]]
) -> None:
    labels = {group: label for group, _, label in members}
    rows = [
        row(number, source, group=f"g{group}", label=labels[group])
        for number, (group, source, _) in enumerate(members)
    ]
    if not any(made.source == "a" for made in rows):
        return
    tested = []
    for fold in range(1, folds + 1):
        made = leave_out(rows, LeftOut("a", fold, folds), seed=seed)
        by_group = {one.group: one.split for one in made if one.split == "train"}
        assert not any(one.group in by_group for one in made if one.split in ("test", "excluded"))
        tested += [one.image_id for one in made if one.split == "test"]
    assert sorted(tested) == sorted(one.image_id for one in rows if one.source == "a")


@pytest.mark.parametrize("text", ["ham10000:0/5", "ham10000:6/5", "ham10000:x", ":1/5", "ham10000:1/"])
def test_a_wrong_form_is_named(text: str) -> None:
    with pytest.raises(UsageError, match="expected SOURCE or SOURCE:FOLD/FOLDS"):
        LeftOut.parse(text)


def test_an_unknown_source_is_named_with_those_there_are() -> None:
    with pytest.raises(DataError, match="choose one of ham10000/images"):
        leave_out([row(0, "ham10000/images")], LeftOut("isic"), seed=1)


def test_the_validation_images_of_an_earlier_model_stay_validation() -> None:
    rows = [
        row(0, "one", group="a", split="validation"),
        row(1, "one", group="b"),
        row(2, "one", group="b"),
        row(3, "one", split="test"),
        row(4, "one", split="dropped"),
    ]
    found = [made.split for made in keep_validation(rows, listed("I1", "I3", "I4", "gone"))]
    assert found == ["train", "validation", "excluded", "test", "dropped"]
    with pytest.raises(DataError, match="none of the listed validation images"):
        keep_validation(rows, listed("I3"))


def test_validation_images_are_known_by_their_files_when_their_ids_have_changed(tmp_path: Path) -> None:
    earlier = [
        row(1, "one", split="validation", sha256="a"),
        row(2, "one", split="validation"),
        row(3, "one", sha256="c"),
    ]
    write_manifest(earlier, tmp_path)
    kept = read_validation_list(tmp_path / "validation.csv")
    now = [row(11, "one", sha256="a"), row(12, "one"), row(13, "one", split="validation", sha256="c")]
    assert [made.split for made in keep_validation(now, kept)] == ["validation", "train", "train"]
    with pytest.raises(UsageError, match=r"1 images .* may have learnt from them"):
        check_start(now, tmp_path / "validation.csv", left_out=False, say=print)


def test_weights_are_not_measured_on_what_they_may_have_learnt_from(tmp_path: Path) -> None:
    kept = tmp_path / "validation.csv"
    kept.write_text("image_id\nI1\nI2\n", encoding="utf-8")
    fresh = [row(1, "one", split="validation"), row(3, "one"), row(4, "one", split="test")]
    said: list[str] = []
    check_start(fresh, kept, left_out=False, say=said.append)
    assert said == []
    with pytest.raises(UsageError, match=r"1 images .* give --validation"):
        check_start(fresh, kept, left_out=True, say=said.append)
    with pytest.raises(UsageError, match="may have learnt from them"):
        check_start([row(1, "one"), row(3, "one", split="validation")], kept, left_out=False, say=said.append)


def test_test_images_are_doubtful_unless_every_earlier_model_kept_them_apart(tmp_path: Path) -> None:
    rows = [row(number, "one", split="test", sha256=f"h{number}") for number in range(4)]
    known, renamed, silent = (tmp_path / name for name in ("known", "renamed", "silent"))
    for folder, kept in ((known, rows), (renamed, [row(17, "other", split="test", sha256="h0"), *rows[1:]])):
        folder.mkdir()
        write_manifest([replace(rows[3], split="validation"), *kept[:3], row(9, "one")], folder)
        if folder == renamed:
            write_manifest([*kept[:2], row(9, "one")], folder)
    silent.mkdir()
    rows = [*rows, row(9, "one")]
    assert count_doubtful(rows, []) == 0
    assert count_doubtful(rows, [known]) == 0
    assert count_doubtful(rows, [known, renamed]) == 2
    assert count_doubtful(rows, [known, silent]) == 4


def test_what_could_not_be_checked_is_said(tmp_path: Path) -> None:
    kept = tmp_path / "validation.csv"
    kept.write_text("image_id\nI1\nI2\n", encoding="utf-8")
    said: list[str] = []
    other_data = [row(8, "new", split="validation"), row(9, "new")]
    check_start(other_data, kept, left_out=False, say=said.append)
    check_start(other_data, tmp_path / "none.csv", left_out=False, say=said.append)
    assert f"shares no image with {kept}; nothing could be checked" in said[0]
    assert f"there is no {tmp_path / 'none.csv'}; nothing could be checked" in said[1]
    assert not any("\n" in line for line in said)


def test_a_validation_list_without_ids_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "validation.csv"
    path.write_text("path,diagnosis\na.jpg,nv\n", encoding="utf-8")
    with pytest.raises(DataError, match="expected a column image_id"):
        read_validation_list(path)
    with pytest.raises(DataError, match="cannot be read"):
        read_validation_list(tmp_path / "none.csv")
    path.write_text("path,image_id\na.jpg,I1\nb.jpg\n", encoding="utf-8")
    with pytest.raises(DataError, match=r"row 3: expected 2 columns"):
        read_validation_list(path)
