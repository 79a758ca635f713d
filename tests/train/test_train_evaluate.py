from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path

import cv2
import pytest
from drawn_folders import draw_folders, write

from naevia.taxonomy import TAXONOMY

Program = Callable[..., tuple[int, str, str]]


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    return draw_folders(tmp_path / "photos", {diagnosis.name: range(3) for diagnosis in TAXONOMY})


def test_class_folders_are_scored(tiny_model: Path, photos: Path, tmp_path: Path, naevia: Program) -> None:
    code, out, _ = naevia("evaluate", photos, "--model", tiny_model, "--output", tmp_path / "report")
    assert code == 0
    for words in ("macro AUC", "melanoma AUC", "balanced accuracy", "calibration error", "on 27 images"):
        assert words in out
    metrics = json.loads((tmp_path / "report" / "metrics.json").read_text())
    assert metrics["images"] == 27
    assert f"{metrics['figures']['accuracy']['value']:.3f}" in out
    with (tmp_path / "report" / "predictions.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    right = sum(row["answer"] == row["diagnosis"] for row in rows)
    assert right / 27 == pytest.approx(metrics["figures"]["accuracy"]["value"])
    assert (tmp_path / "report" / "confusion.png").exists()


def test_a_table_is_scored_with_the_agreement_of_renditions(
    tiny_model: Path, photos: Path, tmp_path: Path, naevia: Program
) -> None:
    rows = "image_id,path,source,diagnosis,lesion\n"
    for path in sorted(photos.rglob("*.png")):
        small = tmp_path / "small" / path.name
        small.parent.mkdir(exist_ok=True)
        cv2.imwrite(str(small), cv2.imread(str(path))[:, 8:56])
        for place, source in ((path, "photos"), (small, "small")):
            rows += f"{path.stem},{place.relative_to(tmp_path).as_posix()},{source},{path.parent.name},\n"
    table = write(tmp_path / "elsewhere.csv", rows)
    code, out, _ = naevia("evaluate", table, "--model", tiny_model, "--root", tmp_path)
    assert code == 0
    assert "on 27 images (no lesion ids: each counts as a lesion), one" in out
    assert "photos and small: " in out
    assert " of 27 images" in out.split("photos and small: ")[1].splitlines()[0]


def test_an_unreadable_photo_is_named_and_left_out(tiny_model: Path, photos: Path, naevia: Program) -> None:
    write(photos / "melanoma" / "broken.png", "no image")
    code, out, _ = naevia("evaluate", photos, "--model", tiny_model)
    assert code == 1
    assert "not readable, left out: 1 files" in out
    assert "broken.png" in out


def test_files_of_a_table_that_are_gone_or_broken_are_named_and_left_out(
    tiny_model: Path, photos: Path, tmp_path: Path, naevia: Program
) -> None:
    write(photos / "broken.png", "no image")
    rows = [f"{path.relative_to(photos).as_posix()},{path.parent.name}" for path in photos.glob("*/*.png")]
    table = write(
        tmp_path / "t.csv", "\n".join(["path,diagnosis", "gone.jpg,nv", "broken.png,nv", *rows]) + "\n"
    )
    code, out, _ = naevia("evaluate", table, "--root", photos, "--model", tiny_model)
    assert (code, "on 27 images" in out, "not readable, left out: 2 files" in out) == (1, True, True)
    assert "  gone.jpg: there is no such file" in out and "  broken.png: not a JPEG" in out


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("path,diagnosis\ngone.jpg,nv\nlost.jpg,nv\n", "gone.jpg is in none of"),
        ("path,diagnosis\ngone.jpg,wart\n", "row 2: 'wart' is none of the nine diagnoses; correct the row"),
        ("path,diagnosis\na.jpg,malignant\n", "give --taxonomy binary, or correct the row"),
        ("path,age\na.jpg,4\n", "expected the columns path and diagnosis"),
        ("path,label,split\na.jpg,nv,train\n", "no rows of the split validation"),
        ("path,diagnosis\na.jpg\n", "row 2: expected 2 columns"),
        ("path,label,split\na.jpg,nv\n", "row 2: expected 3 columns"),
    ],
)
def test_a_table_that_cannot_be_used_gets_one_line(
    text: str, part: str, tiny_model: Path, tmp_path: Path, naevia: Program
) -> None:
    code, _, err = naevia(
        "evaluate", write(tmp_path / "t.csv", text), "--model", tiny_model, "--root", tmp_path / "data"
    )
    assert code == 2
    assert part in err
    assert err.count("\n") == 1


def test_a_photo_that_is_gone_is_looked_for_in_whole_paths(
    tiny_model: Path, tmp_path: Path, naevia: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NAEVIA_DATA", raising=False)
    monkeypatch.chdir(write(tmp_path / "t.csv", "path,diagnosis\ngone.jpg,nv\n").parent)
    _, _, err = naevia("evaluate", "t.csv", "--root", "data", "--model", tiny_model)
    assert f"gone.jpg is in none of {tmp_path.resolve() / 'data'}, {tmp_path.resolve()};" in err
    _, _, err = naevia("evaluate", "t.csv", "--model", tiny_model)
    assert f"gone.jpg is not in {tmp_path.resolve()};" in err


def test_options_say_what_they_take(naevia: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    code, out, _ = naevia("evaluate", "--help")
    assert (code, "<str>" in out, "--model" in out) == (0, False, True)


def test_folders_without_labels_get_one_line(tiny_model: Path, tmp_path: Path, naevia: Program) -> None:
    draw_folders(tmp_path / "photos", {"nevus": range(1)})
    (tmp_path / "photos" / "nevus").rename(tmp_path / "photos" / "unsorted")
    code, _, err = naevia("evaluate", tmp_path / "photos", "--model", tiny_model)
    told = f'no image in {tmp_path / "photos"} has a label, as no diagnosis is called "unsorted"; name class'
    assert (code, told in err, "taxonomy" in err) == (2, True, False)


def test_a_missing_model_is_a_model_error(photos: Path, tmp_path: Path, naevia: Program) -> None:
    code, _, err = naevia("evaluate", photos, "--model", tmp_path / "gone")
    assert code == 3
    assert "no model at" in err


@pytest.mark.data
@pytest.mark.timeout(1200)
def test_the_real_data_are_audited_into_a_large_validation_split(data_root: Path) -> None:
    from drawn_folders import audit_folders

    from naevia_train.labelling.manifest import images_of

    labels = [data_root / "ham10000" / "HAM10000_metadata.csv"]
    labels += sorted((data_root / "labels").glob("*.csv"))
    folders = [
        data_root / name for name in ("isic9", "ham10000/images", "ham10000/images_224", "isic2017_train")
    ]
    data = audit_folders(*folders, labels=labels)
    validation = images_of(data.rows, "validation")
    assert len(validation) >= 1000
    lesions = {
        split: {row.lesion for row in data.rows if row.split == split and row.lesion}
        for split in ("train", "validation", "test")
    }
    assert not lesions["train"] & (lesions["validation"] | lesions["test"])
    assert not lesions["validation"] & lesions["test"]
    labelled = {row.image_id: row.label for row in data.rows if row.split in ("train", "validation")}
    assert sum(label == "sk" for label in labelled.values()) >= 250
