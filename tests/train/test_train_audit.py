from __future__ import annotations

import shutil
from pathlib import Path

import cv2
import pytest
from drawn_folders import audit_folders, draw_file, draw_folders, write

from naevia.errors import DataError
from naevia_train.auditing import engine
from naevia_train.auditing.findings import Resolve
from naevia_train.labelling.collect import find_files
from naevia_train.labelling.manifest import ManifestRow, read_manifest, write_manifest
from naevia_train.preparing.intake import RunData

GROUND_TRUTH = "image,MEL,NV,BCC,AK,BKL,DF,VASC,SCC,UNK\n"


def truth(image_id: str, place: int) -> str:
    marks = ["1.0" if index == place else "0.0" for index in range(9)]
    return f"{image_id},{','.join(marks)}\n"


def row_of(data: RunData, path: str) -> ManifestRow:
    (row,) = [row for row in data.rows if row.path == path]
    return row


@pytest.fixture
def lesions(tmp_path: Path) -> Path:
    return draw_folders(tmp_path / "lesions", {"melanoma": range(6), "nevus": range(6)})


def test_every_file_found_is_in_the_manifest(lesions: Path, tmp_path: Path) -> None:
    write(lesions / "nevus" / "broken.jpg", "not an image")
    data = audit_folders(lesions)
    assert len(data.rows) == 13
    assert row_of(data, "lesions/nevus/broken.jpg").split == "dropped"
    assert any("broken.jpg" in note for note in data.notes["Files that cannot be used (dropped)"])
    write_manifest(data.rows, tmp_path)
    assert read_manifest(tmp_path / "manifest.csv") == data.rows


def test_a_copy_under_two_labels_is_dropped_and_reported(lesions: Path) -> None:
    shutil.copy(lesions / "melanoma" / "mel-0.png", lesions / "nevus" / "again.png")
    data = audit_folders(lesions)
    splits = {row_of(data, f"lesions/{name}").split for name in ("melanoma/mel-0.png", "nevus/again.png")}
    assert splits == {"dropped"}
    (note,) = data.notes["Images without a label that can be trusted (dropped)"]
    assert "mel-0" in note
    assert "contradictory folders: mel, nv" in note


def test_an_official_label_settles_a_contradiction(lesions: Path, tmp_path: Path) -> None:
    draw_file(lesions / "nevus" / "ISIC_0000007.png", "akiec", 7)
    shutil.copy(lesions / "nevus" / "ISIC_0000007.png", lesions / "melanoma" / "ISIC_0000007.png")
    labels = write(tmp_path / "truth.csv", GROUND_TRUTH + truth("ISIC_0000007", 3))
    data = audit_folders(lesions, labels=[labels])
    kept = [row for row in data.rows if row.image_id == "ISIC_0000007" and row.split != "dropped"]
    assert [(row.label, row.why) for row in kept] == [("akiec", "ISIC 2019")]
    assert data.notes["Folder labels replaced by official ones"] == [
        "ISIC_0000007: mel, nv -> akiec (ISIC 2019)"
    ]


def test_a_folder_that_authorities_contradict_labels_nothing_by_itself(lesions: Path, tmp_path: Path) -> None:
    rows = ""
    for number in range(12):
        draw_file(lesions / "seborrheic keratosis" / f"ISIC_{number:07d}.png", "sk", number)
        if number < 11:
            rows += truth(f"ISIC_{number:07d}", 0)
    data = audit_folders(lesions, labels=[write(tmp_path / "truth.csv", GROUND_TRUTH + rows)])
    assert row_of(data, "lesions/seborrheic keratosis/ISIC_0000003.png").label == "mel"
    left = row_of(data, "lesions/seborrheic keratosis/ISIC_0000011.png")
    assert (left.label, left.split) == ("", "dropped")
    assert "confirm 0 of 11" in left.why


def test_renditions_of_one_image_stay_together(lesions: Path, tmp_path: Path) -> None:
    other = tmp_path / "small"
    for number in range(6):
        source = lesions / "melanoma" / f"mel-{number}.png"
        source.rename(lesions / "melanoma" / f"ISIC_{number:07d}.png")
        pixels = cv2.imread(str(lesions / "melanoma" / f"ISIC_{number:07d}.png"))
        other.mkdir(exist_ok=True)
        cv2.imwrite(str(other / f"ISIC_{number:07d}.jpg"), pixels[:, 8:56])
    data = audit_folders(lesions, other)
    by_image: dict[str, set[tuple[str, str]]] = {}
    for row in data.rows:
        if row.image_id.startswith("ISIC"):
            by_image.setdefault(row.image_id, set()).add((row.split, row.label))
    assert len(by_image) == 6
    assert all(len(said) == 1 for said in by_image.values())
    assert {source for row in data.rows if row.image_id == "ISIC_0000000" for source in [row.source]} == {
        "lesions",
        "small",
    }


def test_names_that_no_label_file_lists_are_not_ids(tmp_path: Path) -> None:
    for folder, code in (("nevus", "nv"), ("melanoma", "mel")):
        for number in range(3):
            draw_file(tmp_path / "clinic" / folder / f"{number}.png", code, number)
    data = audit_folders(tmp_path / "clinic")
    assert {row.image_id for row in data.rows} == {
        f"clinic/{folder}/{number}" for folder in ("nevus", "melanoma") for number in range(3)
    }
    assert not any(row.split == "dropped" for row in data.rows)


def test_a_look_alike_under_another_id_shares_its_group(lesions: Path) -> None:
    pixels = cv2.imread(str(lesions / "melanoma" / "mel-2.png"))
    cv2.imwrite(str(lesions / "melanoma" / "resaved.jpg"), pixels, [cv2.IMWRITE_JPEG_QUALITY, 80])
    data = audit_folders(lesions)
    pair = [row_of(data, f"lesions/melanoma/{name}") for name in ("mel-2.png", "resaved.jpg")]
    assert pair[0].group == pair[1].group
    assert pair[0].split == pair[1].split
    assert data.notes["Pictures that look the same (one image)"] == [
        "lesions/melanoma/resaved.jpg is lesions/melanoma/mel-2.png"
    ]


def test_a_look_alike_with_another_label_is_dropped(lesions: Path) -> None:
    pixels = cv2.imread(str(lesions / "melanoma" / "mel-2.png"))
    cv2.imwrite(str(lesions / "nevus" / "resaved.jpg"), pixels, [cv2.IMWRITE_JPEG_QUALITY, 80])
    data = audit_folders(lesions)
    assert {
        row_of(data, f"lesions/{name}").split for name in ("melanoma/mel-2.png", "nevus/resaved.jpg")
    } == {"dropped"}
    (note,) = data.notes["Images under two diagnoses"]
    assert "mel, nv -> dropped" in note


def test_a_declared_test_folder_stays_out_with_everything_that_shares_its_lesions(tmp_path: Path) -> None:
    root = tmp_path / "set"
    for number in range(8):
        draw_file(root / "Train" / "nevus" / f"ISIC_{number:07d}.png", "nv", number)
        draw_file(root / "Train" / "melanoma" / f"ISIC_{number + 100:07d}.png", "mel", number)
    draw_file(root / "Test" / "nevus" / "ISIC_0000050.png", "nv", 50)
    shutil.copy(root / "Train" / "melanoma" / "ISIC_0000103.png", root / "Test" / "melanoma.png")
    labels = write(
        tmp_path / "meta.csv", "lesion_id,image_id,dx\nHAM_9,ISIC_0000050,nv\nHAM_9,ISIC_0000004,nv\n"
    )
    data = audit_folders(root, labels=[labels])
    assert row_of(data, "set/Test/nevus/ISIC_0000050.png").split == "test"
    assert row_of(data, "set/Train/nevus/ISIC_0000004.png").split == "excluded"
    assert {row.split for row in data.rows if row.image_id == "ISIC_0000103"} <= {"test", "dropped"}


def test_one_diagnosis_is_not_enough(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="at least two diagnoses, found 3 usable of 3 images, all nv"):
        audit_folders(draw_folders(tmp_path, {"nevus": range(3)}))


def test_class_folders_may_be_given_themselves(lesions: Path) -> None:
    whole, parts = audit_folders(lesions), audit_folders(lesions / "melanoma", lesions / "nevus")
    assert parts.rows == whole.rows


def test_a_class_folder_below_a_declared_test_folder_is_still_test(drawn: Path) -> None:
    given = [drawn / split / name for split in ("Train", "Test") for name in ("melanoma", "nevus")]
    splits = {row.path: row.split for row in audit_folders(*given).rows}
    assert all(("/Test/" in path) == (split == "test") for path, split in splits.items())


@pytest.mark.parametrize("place", [".secret.png", "._mel-1.png", ".ipynb_checkpoints/mel-1.png"])
def test_hidden_files_and_folders_are_passed_over(lesions: Path, place: str) -> None:
    draw_file(lesions / "melanoma" / place, "mel", 50)
    draw_file(lesions / ".trash" / "melanoma" / "old.png", "mel", 51)
    assert len(find_files([lesions])) == len(audit_folders(lesions).rows) == 12


def test_a_folder_that_is_hidden_itself_may_be_given(lesions: Path) -> None:
    assert len(find_files([lesions.rename(lesions.with_name(".lesions"))])) == 12


def test_no_images_and_no_folder_are_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no images in"):
        find_files([tmp_path])
    with pytest.raises(DataError, match="is not a folder"):
        find_files([tmp_path / "gone"])


@pytest.mark.parametrize(("confirmed", "checked", "label"), [(4, 10, ""), (5, 10, "sk"), (4, 9, "sk")])
def test_a_folder_is_trusted_until_ten_are_checked_and_less_than_half_confirmed(
    tmp_path: Path, confirmed: int, checked: int, label: str
) -> None:
    root = draw_folders(tmp_path / "set", {"seborrheic keratosis": range(checked + 1), "nevus": range(1)})
    said = ["sk"] * confirmed + ["mel"] * (checked - confirmed)
    rows = "".join(f"sk-{number},{code}\n" for number, code in enumerate(said))
    data = audit_folders(root, labels=[write(tmp_path / "own.csv", f"image_id,diagnosis\n{rows}")])
    assert row_of(data, f"set/seborrheic keratosis/sk-{checked}.png").label == label


def test_a_photo_without_a_label_in_a_test_folder_keeps_its_lesion_out_of_training(tmp_path: Path) -> None:
    root = draw_folders(tmp_path / "set", {"Train/nevus": range(4), "Train/melanoma": range(4)})
    draw_file(root / "Test" / "seen.png", "nv", 50)
    ids = write(tmp_path / "ids.csv", "image_id,lesion_id\nseen,L\nnv-0,L\n")
    data = audit_folders(root, labels=[ids])
    assert row_of(data, "set/Test/seen.png").split == "dropped"
    assert row_of(data, "set/Train/nevus/nv-0.png").split == "excluded"


def test_a_copy_in_a_validation_and_a_test_folder_is_a_leak(tmp_path: Path) -> None:
    root = draw_folders(tmp_path / "set", {"Validation/nevus": range(2), "Test/melanoma": range(1)})
    copy = Path(shutil.copy(root / "Validation/nevus/nv-0.png", root / "Test" / "again.png"))
    with engine.audit_folders([root]) as audit:
        told = [(leak.kind, leak.held_out.path, leak.seen[0].path) for leak in audit.report.leaks]
    assert told == [("bytes", copy.relative_to(tmp_path).as_posix(), "set/Validation/nevus/nv-0.png")]


@pytest.mark.parametrize(("policy", "label"), [("authority", "bcc"), ("drop", "")])
def test_two_tables_that_exclude_each_other_contradict_an_image_in_no_class_folder(
    tmp_path: Path, policy: Resolve, label: str
) -> None:
    root = tmp_path / "flat"
    draw_file(root / "ISIC_0000001.png", "bcc", 1)
    labels = [
        write(tmp_path / "truth.csv", GROUND_TRUTH + truth("ISIC_0000001", 0)),
        write(tmp_path / "own.csv", "image_id,diagnosis\nISIC_0000001,bcc\n"),
    ]
    with engine.audit_folders([root], labels, policy=policy) as audit:
        (row,), (found,) = audit.rows, audit.report.contradictions
    assert (row.label, found.kind, found.label) == (label, "authorities disagree", label)
