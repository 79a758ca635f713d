"""What `naevia evaluate` leaves out, it counts and names: on the screen, on the page and in the metrics."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from drawn_folders import draw_file, draw_folders, write

from naevia.contract import sha256_of
from naevia.taxonomy import TAXONOMY

Program = Callable[..., tuple[int, str, str]]


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    return draw_folders(tmp_path / "photos", {diagnosis.name: range(3) for diagnosis in TAXONOMY})


def drawn_table(
    photos: Path, *, head: str = "", cells: Callable[[int], str] = lambda number: ""
) -> list[str]:
    """Rows of a CSV with one row for each photo; `cells` gives more cells for a row's number."""
    rows = [f"image_id,path,diagnosis{head}"]
    for number, path in enumerate(sorted(photos.rglob("*.png"))):
        place = path.relative_to(photos.parent).as_posix()
        rows.append(f"{path.stem},{place},{path.parent.name}{cells(number)}")
    return rows


def as_table(path: Path, rows: list[str]) -> Path:
    return write(path, "\n".join(rows) + "\n")


def metrics_of(report: Path) -> dict[str, Any]:
    return dict(json.loads((report / "metrics.json").read_text()))


@pytest.mark.parametrize("separator", [";", "\t"])
def test_a_table_as_a_spreadsheet_writes_it_is_read(
    tiny_model: Path, photos: Path, tmp_path: Path, naevia: Program, separator: str
) -> None:
    rows = [
        row.replace(",", separator) for row in drawn_table(photos, head=",Sex", cells=lambda _: ",female")
    ]
    table = as_table(tmp_path / "own.csv", [rows[0].title(), *rows[1:]])
    report = tmp_path / "report"
    code, out, _ = naevia("evaluate", table, "--model", tiny_model, "--output", report)
    assert (code, "on 27 images" in out) == (0, True)
    assert "female" in (report / "report.md").read_text(encoding="utf-8")


def with_list(tiny_model: Path, folder: Path, ids: list[str], hashes: list[str]) -> Path:
    """The tiny model with a list of its validation images."""
    rows = [f"{image_id},{digest}" for image_id, digest in zip(ids, hashes, strict=True)]
    shutil.copytree(tiny_model, folder)
    return as_table(folder / "validation.csv", ["image_id,sha256", *rows]).parent


def test_images_that_the_model_was_validated_on_are_counted(
    tiny_model: Path, photos: Path, tmp_path: Path, naevia: Program
) -> None:
    table = as_table(tmp_path / "own.csv", drawn_table(photos))
    files = sorted(photos.rglob("*.png"))
    ids, hashes = [file.stem for file in files], [sha256_of(file) for file in files]
    models = {
        "The model brings no list of its validation images": (tiny_model, None),
        "2 of 27 images are among the model's validation images; whether": (
            with_list(tiny_model, tmp_path / "some", [ids[0], "elsewhere"], ["", hashes[1]]),
            2,
        ),
        "27 of 27 images are among the model's validation images.": (
            with_list(tiny_model, tmp_path / "all", ids, hashes),
            27,
        ),
    }
    for words, (model, count) in models.items():
        report = tmp_path / f"report-{count}"
        code, out, _ = naevia("evaluate", table, "--model", model, "--output", report)
        assert (code, out.startswith(words)) == (0, True)
        assert words in unescape((report / "report.html").read_text(encoding="utf-8"))
        assert metrics_of(report)["images_of_the_models_validation"] == count


def test_class_folders_below_the_root_are_no_sources(
    tiny_model: Path, photos: Path, tmp_path: Path, naevia: Program
) -> None:
    rows = [row.replace(f",{photos.name}/", ",") for row in drawn_table(photos)]
    table, report = as_table(tmp_path / "own.csv", rows), tmp_path / "report"
    code, _, err = naevia("evaluate", table, "--root", photos, "--model", tiny_model, "--output", report)
    assert (code, err) == (0, "")
    assert {g["name"] for g in metrics_of(report)["subgroups"] if g["by"] == "source"} == {photos.name}


def test_folders_that_name_no_diagnosis_are_counted_and_named(
    tiny_model: Path, photos: Path, tmp_path: Path, naevia: Program
) -> None:
    for folder, number in (("moles", 6), ("unsorted", 1), (".", 2)):
        for seed in range(number):
            draw_file(photos / folder / f"more-{seed}.png", "nv", seed)
    report = tmp_path / "report"
    code, out, _ = naevia("evaluate", photos, "--model", tiny_model, "--output", report)
    assert (code, "on 27 images" in out) == (0, True)
    words = (
        'left out: 9 files without a diagnosis, as their folders name none of the nine: "moles" (6 files), '
        '"directly in photos" (2 files), "unsorted" (1 file); name folders after diagnoses, or give --labels'
    )
    assert words in out and words in (report / "report.md").read_text(encoding="utf-8")
    page = unescape((report / "report.html").read_text(encoding="utf-8"))
    assert words.removeprefix("left out: ") in page
    named = {"directly in photos": 2, "moles": 6, "unsorted": 1}
    assert metrics_of(report)["unlabelled"] == named


def test_nothing_is_said_to_be_left_out_where_nothing_is(
    tiny_model: Path, photos: Path, tmp_path: Path, naevia: Program
) -> None:
    report = tmp_path / "report"
    code, out, _ = naevia("evaluate", photos, "--model", tiny_model, "--output", report)
    assert (code, "left out" in out) == (0, False)
    metrics = metrics_of(report)
    assert [metrics[name] for name in ("outside", "contradictory", "unlabelled", "other_splits")] == [
        0,
        0,
        {},
        {},
    ]


def test_images_in_folders_of_two_diagnoses_are_left_out_and_counted(
    tiny_model: Path, photos: Path, tmp_path: Path, naevia: Program
) -> None:
    for number in range(3):
        for folder, seed in (("melanoma", 40), ("nevus", 50)):
            draw_file(photos / folder / f"ISIC_000000{number}.png", "mel", seed + number)
    arguments = ("evaluate", photos, "--model", tiny_model, "--output", tmp_path / "report")
    code, out, _ = naevia(*arguments)
    assert code == 0
    assert "on 27 images" in out
    assert "left out: 3 images whose folders or rows state different diagnoses, such as ISIC_0000000" in out
    assert metrics_of(tmp_path / "report")["contradictory"] == 3
    labels = write(tmp_path / "labels.csv", "image_id,diagnosis\nISIC_0000001,mel\n")
    code, out, _ = naevia(*arguments, "--labels", labels)
    assert (code, "on 28 images" in out, "left out: 2 images" in out) == (0, True, True)


@pytest.mark.parametrize("more", [(), ("--taxonomy", "isic2018")])
def test_rows_that_state_two_diagnoses_of_an_image_are_left_out_and_counted(
    more: tuple[str, ...], tiny_model: Path, photos: Path, tmp_path: Path, naevia: Program
) -> None:
    rows = drawn_table(photos)
    other = next(row for row in rows if row.startswith("mel-0,")).replace(",melanoma", ",nevus")
    again = next(row for row in rows if row.startswith("bcc-0,")).replace(",basal cell carcinoma", ",BCC")
    table = as_table(tmp_path / "table.csv", [*rows, other, again])
    report = tmp_path / "report"
    code, out, _ = naevia("evaluate", table, "--model", tiny_model, "--output", report, *more)
    assert (code, "on 26 images" in out) == (0, True)
    assert "left out: 1 images whose folders or rows state different diagnoses, such as mel-0;" in out
    assert metrics_of(report)["contradictory"] == 1


def test_a_table_that_contradicts_itself_throughout_gets_one_line(
    tiny_model: Path, tmp_path: Path, naevia: Program
) -> None:
    table = as_table(tmp_path / "t.csv", ["path,diagnosis", "a.png,mel", "a.png,nv"])
    code, _, err = naevia("evaluate", table, "--model", tiny_model)
    assert (code, "state different diagnoses; correct them" in err, err.count("\n")) == (2, True, 1)


def test_a_split_of_folders_is_scored_alone_and_the_rest_is_counted(
    tiny_model: Path, photos: Path, tmp_path: Path, naevia: Program
) -> None:
    for split, seeds in (("Train", range(10, 14)), ("Test", range(20, 22)), ("val", range(30, 31))):
        draw_folders(photos / split, {"melanoma": seeds, "nevus": seeds})
    arguments = ("evaluate", photos, "--model", tiny_model, "--output", tmp_path / "report")
    code, out, _ = naevia(*arguments)
    assert (code, "on 41 images" in out, "other splits" in out) == (0, True, False)
    code, out, _ = naevia(*arguments, "--split", "test")
    assert (code, "on 31 images" in out) == (0, True)  # with the 27 that no folder gives a split
    assert 'left out: 10 files of other splits: "train" (8 files), "validation" (2 files)' in out
    assert metrics_of(tmp_path / "report")["other_splits"] == {"train": 8, "validation": 2}


def test_a_split_that_no_folder_and_no_column_declares_is_refused(
    tiny_model: Path, photos: Path, tmp_path: Path, naevia: Program
) -> None:
    arguments = ("--model", tiny_model, "--split", "test")
    code, _, err = naevia("evaluate", photos, *arguments)
    assert (code, "is called after the split test, nor after any other" in err) == (2, True)
    draw_folders(photos / "Train", {"melanoma": range(3)})
    code, _, err = naevia("evaluate", photos, *arguments)
    assert (code, "is called after the split test, only after train" in err) == (2, True)
    code, _, err = naevia("evaluate", as_table(tmp_path / "t.csv", drawn_table(photos)), *arguments)
    assert (code, "t.csv has no column split" in err, err.count("\n")) == (2, True, 1)


def test_of_a_manifest_validation_is_scored_unless_another_split_is_named(
    tiny_model: Path, photos: Path, tmp_path: Path, naevia: Program
) -> None:
    rows = drawn_table(
        photos, head=",split", cells=lambda number: f",{('validation', 'test', 'train')[number % 3]}"
    )
    arguments = ("evaluate", as_table(tmp_path / "manifest.csv", rows), "--model", tiny_model)
    code, out, _ = naevia(*arguments)
    assert (code, "on 9 images" in out) == (0, True)
    assert 'left out: 18 files of other splits: "test" (9 files), "train" (9 files)' in out
    code, out, _ = naevia(*arguments, "--split", "test")
    assert (code, 'other splits: "train" (9 files), "validation" (9 files)' in out) == (0, True)
    code, _, err = naevia(*arguments, "--split", "tset")
    assert (code, "no rows of the split tset, only of test, train, validation" in err) == (2, True)


def test_whatever_the_clinic_would_judge_is_scored_however_it_is_named(
    tiny_model: Path, photos: Path, tmp_path: Path, naevia: Program
) -> None:
    drawn = draw_file(tmp_path / "drawn.png", "mel", 30).read_bytes()
    for number, ending in enumerate((".jpe", ".jfif", ".heic", ".heif", ".dicom", "", ".JPG")):
        (photos / "v1.0" / "melanoma").mkdir(parents=True, exist_ok=True)
        (photos / "v1.0" / "melanoma" / f"{number}{ending}").write_bytes(drawn)
    write(photos / "melanoma" / "notes.txt", "no photo")
    (photos / "nevus" / "gone.jpg").symlink_to("nowhere.jpg")
    report = tmp_path / "report"
    code, out, _ = naevia("evaluate", photos, "--model", tiny_model, "--output", report)
    assert (code, "on 34 images" in out) == (1, True)
    assert "photos/melanoma/notes.txt: not a JPEG" in out
    assert "photos/nevus/gone.jpg: there is no such file" in out
    assert list(metrics_of(report)["unread"]) == ["photos/melanoma/notes.txt", "photos/nevus/gone.jpg"]


def test_a_folder_that_cannot_be_listed_is_named(
    tiny_model: Path, photos: Path, naevia: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed, listed = photos / "nevus", os.scandir

    def scandir(folder: Path) -> object:
        if Path(folder) == closed:
            raise PermissionError(13, "Permission denied", str(folder))
        return listed(folder)

    monkeypatch.setattr(os, "scandir", scandir)
    code, _, err = naevia("evaluate", photos, "--model", tiny_model)
    assert (code, err.count("\n")) == (2, 1)
    assert f"{closed} cannot be listed (Permission denied); give yourself the right" in err


def test_a_photo_that_breaks_its_decoder_is_named_and_the_work_goes_on(
    tiny_model: Path, photos: Path, tmp_path: Path, naevia: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaking(data: bytes) -> None:
        raise RecursionError("too deep")

    monkeypatch.setattr("naevia.image.check_png", breaking)
    draw_file(photos / "nevus" / "fine.bmp", "nv", 70)
    draw_file(photos / "melanoma" / "fine.bmp", "mel", 70)
    code, out, _ = naevia("evaluate", photos, "--model", tiny_model)
    assert (code, "on 2 images" in out) == (1, True)
    assert "mel-0.png: the photo cannot be judged: RecursionError: too deep" in out
    audited = ("audit", photos, "--output", tmp_path / "audit", "--cache", tmp_path / "cache")
    assert (naevia(*audited)[0], json.loads((tmp_path / "audit/audit.json").read_text())["readable"]) == (
        0,
        2,
    )
    assert "RecursionError: too deep" in (tmp_path / "audit" / "audit.html").read_text(encoding="utf-8")
    monkeypatch.undo()  # what may pass is not remembered
    assert (naevia(*audited)[0], json.loads((tmp_path / "audit/audit.json").read_text())["readable"]) == (
        0,
        29,
    )
