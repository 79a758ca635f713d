"""What `naevia evaluate` leaves out, it counts and names: on the screen, on the page and in the metrics."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from html import unescape
from pathlib import Path

import pytest
from drawn_folders import draw_file, draw_folders, write

from naevia.contract import sha256_of
from naevia.session import Session
from naevia.taxonomy import TAXONOMY
from naevia_train.evaluating.evaluation import evaluate_files
from naevia_train.evaluating.left_out_text import left_out_reasons
from naevia_train.evaluating.overlap import count_overlap, overlap_sentence
from naevia_train.labelling.diagnosis_set import NINE, DiagnosisSet, find_set
from naevia_train.labelling.metadata import read_metadata
from naevia_train.labelling.scoring_folders import find_labelled_files
from naevia_train.labelling.scoring_table import FilesToScore, read_labelled_csv

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


def reasons(found: FilesToScore) -> list[str]:
    return left_out_reasons(found.left_out, NINE)


def with_list(tiny_model: Path, folder: Path, ids: list[str], hashes: list[str]) -> Path:
    """The tiny model with a list of its validation images."""
    rows = [f"{image_id},{digest}" for image_id, digest in zip(ids, hashes, strict=True)]
    shutil.copytree(tiny_model, folder)
    return as_table(folder / "validation.csv", ["image_id,sha256", *rows]).parent


def test_images_that_the_model_was_validated_on_are_counted(
    tiny_model: Path, photos: Path, tmp_path: Path
) -> None:
    files = sorted(photos.rglob("*.png"))
    ids, hashes = [file.stem for file in files], [sha256_of(file) for file in files]
    session = Session.open(tiny_model)
    found = find_labelled_files([photos], []).files
    scored = evaluate_files(session, found, session.contract.input, NINE)
    for model, count, words in (
        (tiny_model, None, "The model brings no list of its validation images"),
        (with_list(tiny_model, tmp_path / "all", ids, hashes), 27, "27 of 27 images are among the model's"),
    ):
        listed = count_overlap(scored, model / "validation.csv")
        assert (listed, overlap_sentence(listed, None, 27).startswith(words)) == (count, True)


def test_the_more_of_a_models_own_data_is_scored_the_less_is_claimed() -> None:
    assert "whether it learnt from them cannot be seen" in overlap_sentence(0, 0, 27)
    assert "20 among its test images" in overlap_sentence(0, 20, 27)
    assert overlap_sentence(0, 27, 27).endswith("its training kept all of them apart, as test images.")
    assert "The others are of the same data" in overlap_sentence(3, 0, 27)
    assert "these figures do not measure it" in overlap_sentence(3, 0, 27)
    assert "chose its epoch, temperature and thresholds" in overlap_sentence(27, 0, 27)


def test_class_folders_below_the_root_are_no_sources(photos: Path, tmp_path: Path) -> None:
    rows = [row.replace(f",{photos.name}/", ",") for row in drawn_table(photos)]
    found = read_labelled_csv(as_table(tmp_path / "own.csv", rows), [photos])
    assert {file.source for file in found.files} == {photos.name}


def test_everything_that_is_left_out_is_counted_on_screen_page_and_metrics(
    tiny_model: Path, photos: Path, tmp_path: Path, naevia: Program
) -> None:
    for folder, number in (("moles", 6), ("unsorted", 1), (".", 2)):
        for seed in range(number):
            draw_file(photos / folder / f"more-{seed}.png", "nv", seed)
    for folder in ("melanoma", "nevus"):
        draw_file(photos / folder / "ISIC_0000000.png", "mel", 40)
    draw_folders(photos / "Train", {"melanoma": range(10, 12)})
    draw_folders(photos / "Test", {"melanoma": range(20, 21)})
    write(photos / "melanoma" / "notes.txt", "no photo")
    own = sha256_of(photos / "nevus" / "nv-0.png")
    model = with_list(tiny_model, tmp_path / "model", ["photos/melanoma/mel-0", "else"], ["", own])
    report = tmp_path / "report"
    code, out, _ = naevia("evaluate", photos, "--model", model, "--split", "test", "--output", report)
    assert (code, "on 28 images" in out) == (1, True)
    page = unescape((report / "report.html").read_text(encoding="utf-8"))
    text = (report / "report.md").read_text(encoding="utf-8")
    listed = "2 of 28 images are among the model's validation images. The others are of the same data, and"
    assert out.startswith(listed) and listed in page
    for words in (
        "1 images whose folders or rows state different diagnoses, such as ISIC_0000000; correct them, or "
        "settle folders with --labels",
        "9 files without a diagnosis, as their folders name none of the nine: "
        '"moles" (6 files), "directly in photos" (2 files), "unsorted" (1 file); '
        "name folders after diagnoses, or give --labels",
        '2 files of other splits: "train" (2 files)',
    ):
        assert f"left out: {words}" in out and f"left out: {words}" in text and words in page
    assert "photos/melanoma/notes.txt: not a JPEG" in out
    metrics = json.loads((report / "metrics.json").read_text())
    assert {name: metrics[name] for name in ("outside", "contradictory", "unlabelled", "other_splits")} == {
        "outside": 0,
        "contradictory": 1,
        "unlabelled": {"directly in photos": 2, "moles": 6, "unsorted": 1},
        "other_splits": {"train": 2},
    }
    assert metrics["images_of_the_models_validation"] == 2
    assert list(metrics["unread"]) == ["photos/melanoma/notes.txt"]


@pytest.mark.parametrize("separator", [";", "\t"])
def test_a_table_as_a_spreadsheet_writes_it_is_read(photos: Path, tmp_path: Path, separator: str) -> None:
    rows = [
        row.replace(",", separator) for row in drawn_table(photos, head=",Sex", cells=lambda _: ",female")
    ]
    table = as_table(tmp_path / "own.csv", [rows[0].title(), *rows[1:]])
    assert len(read_labelled_csv(table, []).files) == 27
    assert {facts.sex for facts in read_metadata([table]).values()} == {"female"}


def test_nothing_is_said_to_be_left_out_where_nothing_is(photos: Path) -> None:
    found = find_labelled_files([photos], [])
    assert (len(found.files), reasons(found)) == (27, [])


def test_images_in_folders_of_two_diagnoses_are_left_out_unless_a_label_settles_them(
    photos: Path, tmp_path: Path
) -> None:
    for number in range(3):
        for folder, seed in (("melanoma", 40), ("nevus", 50)):
            draw_file(photos / folder / f"ISIC_000000{number}.png", "mel", seed + number)
    found = find_labelled_files([photos], [])
    assert len(found.files) == 27
    assert found.left_out.contradictory == ("ISIC_0000000", "ISIC_0000001", "ISIC_0000002")
    labels = write(tmp_path / "labels.csv", "image_id,diagnosis\nISIC_0000001,mel\n")
    settled = find_labelled_files([photos], [labels])
    assert len({file.image_id for file in settled.files}) == 28
    assert settled.left_out.contradictory == ("ISIC_0000000", "ISIC_0000002")


@pytest.mark.parametrize("known", [NINE, find_set("isic2018")], ids=["nine", "isic2018"])
def test_rows_that_state_two_diagnoses_of_an_image_are_left_out(
    known: DiagnosisSet, photos: Path, tmp_path: Path
) -> None:
    rows = drawn_table(photos)
    other = next(row for row in rows if row.startswith("mel-0,")).replace(",melanoma", ",nevus")
    again = next(row for row in rows if row.startswith("bcc-0,")).replace(",basal cell carcinoma", ",BCC")
    found = read_labelled_csv(as_table(tmp_path / "table.csv", [*rows, other, again]), [], known=known)
    assert len({file.image_id for file in found.files}) == 26
    assert found.left_out.contradictory == ("mel-0",)


def test_a_table_that_contradicts_itself_throughout_gets_one_line(
    tiny_model: Path, tmp_path: Path, naevia: Program
) -> None:
    table = as_table(tmp_path / "t.csv", ["path,diagnosis", "a.png,mel", "a.png,nv"])
    code, _, err = naevia("evaluate", table, "--model", tiny_model)
    assert (code, "state different diagnoses; correct them" in err, err.count("\n")) == (2, True, 1)


def test_a_split_of_folders_is_scored_alone_and_the_rest_is_counted(photos: Path) -> None:
    for split, seeds in (("Train", range(10, 14)), ("Test", range(20, 22)), ("val", range(30, 31))):
        draw_folders(photos / split, {"melanoma": seeds, "nevus": seeds})
    everything = find_labelled_files([photos], [])
    assert (len(everything.files), reasons(everything)) == (41, [])
    found = find_labelled_files([photos], [], split="test")
    assert len(found.files) == 31  # with the 27 that no folder gives a split
    assert reasons(found) == ['10 files of other splits: "train" (8 files), "validation" (2 files)']


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
    manifest = as_table(tmp_path / "manifest.csv", rows)
    found = read_labelled_csv(manifest, [])
    assert len(found.files) == 9
    assert reasons(found) == ['18 files of other splits: "test" (9 files), "train" (9 files)']
    assert {file.split for file in read_labelled_csv(manifest, [], split="test").files} == {"test"}
    code, _, err = naevia("evaluate", manifest, "--model", tiny_model, "--split", "tset")
    assert (code, "no rows of the split tset, only of test, train, validation" in err) == (2, True)


def test_whatever_the_clinic_would_judge_is_scored_however_it_is_named(
    tiny_model: Path, photos: Path, tmp_path: Path
) -> None:
    drawn = draw_file(tmp_path / "drawn.png", "mel", 30).read_bytes()
    for number, ending in enumerate((".jpe", ".jfif", ".heic", ".heif", ".dicom", "", ".JPG")):
        (photos / "v1.0" / "melanoma").mkdir(parents=True, exist_ok=True)
        (photos / "v1.0" / "melanoma" / f"{number}{ending}").write_bytes(drawn)
    write(photos / "melanoma" / "notes.txt", "no photo")
    (photos / "nevus" / "gone.jpg").symlink_to("nowhere.jpg")
    session = Session.open(tiny_model)
    files = find_labelled_files([photos], []).files
    scored = evaluate_files(session, files, session.contract.input, NINE)
    assert len(scored.files) == 34
    assert list(scored.unread) == ["photos/melanoma/notes.txt", "photos/nevus/gone.jpg"]
    notes, gone = scored.unread.values()
    assert notes.startswith("not a JPEG") and gone.startswith("there is no such file")


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
    def breaking(data: bytes, admit: object) -> None:
        raise RecursionError("too deep")

    monkeypatch.setattr("naevia.image.read_png_header", breaking)
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
