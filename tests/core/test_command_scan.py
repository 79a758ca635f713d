from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from drawn_photos import Done, read_csv, write_photo
from programs import BIN
from tiny_model import tiny_contract, write_tiny_model

from naevia import progress
from naevia.cli import run
from naevia.session import Session
from naevia.words import table_words

Naevia = Callable[..., Done]
POSIX_ONLY = pytest.mark.skipif(sys.platform == "win32", reason="a POSIX shell closes the stream")
WITH_FULL = pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")


def test_a_scan_writes_a_row_per_file_and_counts_them(naevia: Naevia, photos: Path, tmp_path: Path) -> None:
    done = naevia("scan", photos, "--output", tmp_path / "x.csv")
    assert done.code == 1
    assert done.err == ""
    files = [path for path in photos.rglob("*") if path.is_file()]
    assert len(read_csv(tmp_path / "x.csv")) == len(files)
    assert "9 ok, 1 refused, 3 errors" in done.out
    assert f"{len(files)} rows in" in done.out
    assert "Research use only, not a medical device." in done.out


@pytest.mark.parametrize(("threshold", "is_said"), [(0.0, False), (0.999, True)])
def test_a_scan_that_says_monitor_says_what_that_is_worth(
    naevia: Naevia, tmp_path: Path, threshold: float, is_said: bool
) -> None:
    contract = tiny_contract()
    point = contract.operating_points[0].model_copy(update={"threshold": threshold})
    model = write_tiny_model(tmp_path / "m", contract.model_copy(update={"operating_points": (point,)}))
    (tmp_path / "in").mkdir()
    write_photo(tmp_path / "in" / "photo.png")
    done = naevia("scan", tmp_path / "in", "-o", tmp_path / "x.csv", "--model", model)
    said = " ".join(done.out.split())
    assert (" ".join(table_words(point).split()) in said) is is_said
    (row,) = read_csv(tmp_path / "x.csv")
    assert (row["operating_point"], float(row["threshold"])) == ("sensitivity-95", threshold)


@pytest.mark.parametrize("format", ["csv", "jsonl", "isic2018"])
def test_a_scan_says_which_photos_were_examined_only_in_part(
    naevia: Naevia, tmp_path: Path, format: str
) -> None:
    contract = tiny_contract()
    spec = contract.input.model_copy(update={"resize": "center_square"})
    model = write_tiny_model(tmp_path / "m", contract.model_copy(update={"input": spec}))
    (tmp_path / "in").mkdir()
    write_photo(tmp_path / "in" / "square.png", width_px=200, height_px=200)
    write_photo(tmp_path / "in" / "wide.png", width_px=360, height_px=200)
    arguments = (tmp_path / "in", "-o", tmp_path / "x", "--format", format, "--model", model)
    said = " ".join(naevia("scan", *arguments).out.split())
    assert "1 photo was examined only in part: what lies beside that was not seen." in said
    caution = "only the middle 56 % of this photo was examined; what lies beside that was not seen"
    if format == "csv":
        rows = read_csv(tmp_path / "x")
        assert [row["caution"] for row in rows] == ["", caution]
        assert list(rows[0])[2:4] == ["error", "caution"]
    if format == "jsonl":
        lines = (tmp_path / "x").read_text(encoding="utf-8").splitlines()
        assert [json.loads(line)["caution"] for line in lines] == [None, caution]


def test_a_scan_without_errors_exits_with_0(naevia: Naevia, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    write_photo(tmp_path / "in" / "photo.png")
    assert naevia("scan", tmp_path / "in", "-o", tmp_path / "x.csv").code == 0


def test_scan_and_predict_agree_to_the_bit(naevia: Naevia, photos: Path, tmp_path: Path) -> None:
    naevia("scan", photos, "-o", tmp_path / "x.csv", "--workers", 3, "--batch-size", 4)
    naevia("scan", photos, "-o", tmp_path / "x.jsonl", "--workers", 1)
    rows = {row["path"]: row for row in read_csv(tmp_path / "x.csv")}
    lines = [json.loads(line) for line in (tmp_path / "x.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [line["path"] for line in lines] == list(rows)
    for line in lines:
        if line["status"] != "error":
            (answer,) = json.loads(naevia("predict", photos / line["path"], "--json").out)
            probabilities = {f"p_{code}": value for code, value in answer["probabilities"].items()}
            assert {name: line[name] for name in probabilities} == probabilities
            row = rows[line["path"]]
            assert {name: row[name] for name in probabilities} == {
                name: repr(value) for name, value in probabilities.items()
            }
            assert row["malignant_probability"] == repr(answer["malignant_probability"])
            assert row["image_sha256"] == answer["image_sha256"]


def test_the_output_in_the_scanned_folder_is_not_scanned(naevia: Naevia, tmp_path: Path) -> None:
    write_photo(tmp_path / "photo.png")
    for _ in range(2):
        assert naevia("scan", tmp_path, "-o", tmp_path / "x.csv").code == 0
        assert [row["path"] for row in read_csv(tmp_path / "x.csv")] == ["photo.png"]


@POSIX_ONLY
def test_an_output_that_is_a_link_in_the_scanned_folder_is_not_scanned(
    naevia: Naevia, tmp_path: Path
) -> None:
    (tmp_path / "in").mkdir()
    write_photo(tmp_path / "in" / "photo.png")
    (tmp_path / "in" / "x.csv").symlink_to(tmp_path / "far.csv")
    for _ in range(2):
        assert naevia("scan", tmp_path / "in", "-o", tmp_path / "in" / "x.csv").code == 0
        assert [row["path"] for row in read_csv(tmp_path / "far.csv")] == ["photo.png"]


def test_the_challenge_submission_tells_what_it_cannot_hold(
    naevia: Naevia, photos: Path, tmp_path: Path
) -> None:
    done = naevia("scan", photos, "-o", tmp_path / "x.csv", "--format", "isic2018")
    assert done.code == 1
    assert "3 files could not be read and are not in the submission" in done.err
    assert len(read_csv(tmp_path / "x.csv")) == 10


@pytest.mark.parametrize(
    ("arguments", "code", "reason"),
    [
        (["{empty}", "-o", "{tmp}/x.csv"], 2, "no files in"),
        (["{tmp}/nowhere", "-o", "{tmp}/x.csv"], 2, "no folder"),
        (["{photos}/dark.png", "-o", "{tmp}/x.csv"], 2, "naevia predict"),
        (["{photos}", "-o", "{tmp}/no/x.csv"], 2, "no folder"),
        (["{photos}", "-o", "{tmp}/x.doc"], 2, "--format"),
        (["{photos}", "-o", "{tmp}", "--format", "csv"], 2, "is a folder"),
        (["{photos}", "-o", "{tmp}/x.csv", "--model", "nothing"], 3, "no model with the id 'nothing'"),
    ],
)
def test_wrong_use_is_one_clear_line(
    naevia: Naevia, photos: Path, tmp_path: Path, arguments: list[str], code: int, reason: str
) -> None:
    (tmp_path / "empty").mkdir()
    places = {"empty": tmp_path / "empty", "tmp": tmp_path, "photos": photos}
    done = naevia("scan", *[argument.format(**places) for argument in arguments])
    assert (done.code, done.out) == (code, "")
    assert reason in done.err
    assert done.err.startswith("naevia: ")
    assert len(done.err.splitlines()) == 1
    assert not list(tmp_path.glob("x.*"))


def test_progress_that_nobody_reads_costs_no_row(
    naevia: Naevia, photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(progress, "_PLAIN_EVERY_S", 0.0)
    read, write = os.pipe()
    os.close(read)
    saved = os.dup(2)
    os.dup2(write, 2)
    os.close(write)
    try:
        code = run(["scan", str(photos), "-o", str(tmp_path / "x.csv")])
    finally:
        os.dup2(saved, 2)
        os.close(saved)
    assert code == 1  # some files could not be read
    assert len(read_csv(tmp_path / "x.csv")) == 13


@WITH_FULL
@pytest.mark.parametrize("reader", ["| true", "> /dev/full", ">&-"])
def test_a_summary_that_nobody_reads_changes_nothing(tiny_model: Path, tmp_path: Path, reader: str) -> None:
    (tmp_path / "in").mkdir()
    write_photo(tmp_path / "in" / "photo.png")
    command = f"({sys.executable} -m naevia scan in -o x.csv --model '{tiny_model}'; echo $? >&2) {reader}"
    done = subprocess.run(["sh", "-c", command], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.stderr == "0\n"
    assert len(read_csv(tmp_path / "x.csv")) == 1


@WITH_FULL
@pytest.mark.parametrize("arguments", [["scan", "nowhere", "-o", "x.csv"], ["scan", "--nonsense"]])
def test_a_complaint_that_nobody_reads_is_still_wrong_use(tmp_path: Path, arguments: list[str]) -> None:
    with Path("/dev/full").open("w", encoding="utf-8") as full:
        command = [sys.executable, "-m", "naevia", *arguments]
        assert subprocess.run(command, cwd=tmp_path, stderr=full, check=False).returncode == 2


@POSIX_ONLY
@pytest.mark.parametrize("arguments", [["scan", "in", "-o", "x.csv"], ["predict", "in/photo.png"]])
def test_without_a_standard_error_everything_works(
    tiny_model: Path, tmp_path: Path, arguments: list[str]
) -> None:
    (tmp_path / "in").mkdir()
    write_photo(tmp_path / "in" / "photo.png")
    command = ["sh", "-c", 'exec "$@" 2>&-', "sh", BIN / "naevia", *arguments, "--model", tiny_model]
    done = subprocess.run(command, cwd=tmp_path, stdout=subprocess.PIPE, check=False)
    assert (done.returncode, b"Research use only" in done.stdout) == (0, True)


@pytest.mark.data
def test_every_odd_image_gets_a_row(naevia: Naevia, data_root: Path, tmp_path: Path) -> None:
    odd = data_root / "odd_images"
    done = naevia("scan", odd, "-o", tmp_path / "odd.csv")
    assert done.code == 1
    assert done.err == ""
    files = {path.relative_to(odd).as_posix() for path in odd.rglob("*") if path.is_file()}
    rows = read_csv(tmp_path / "odd.csv")
    assert {row["path"] for row in rows} == files
    assert len(rows) == len(files)
    for row in rows:
        broken = row["path"].startswith("pngsuite/x") and row["path"].endswith(".png")
        assert (row["status"] == "error") == (broken or not row["path"].endswith((".png", ".jpg"))), row[
            "path"
        ]
    scenes = [row for row in rows if row["path"].startswith("exif_orientation")]
    assert len({(row["width_px"], row["height_px"]) for row in scenes if row["status"] != "error"}) == 1


@pytest.mark.data
def test_every_photo_of_a_real_folder_gets_an_answer(
    naevia: Naevia, data_root: Path, session: Session, tmp_path: Path
) -> None:
    folder = data_root / "isic9" / "Test"
    done = naevia("scan", folder, "-o", tmp_path / "x.jsonl")
    assert done.code == 0
    lines = (tmp_path / "x.jsonl").read_text(encoding="utf-8").splitlines()
    assert len(lines) == sum(path.is_file() for path in folder.rglob("*"))
    assert {json.loads(line)["model_sha256"] for line in lines} == {session.model_sha256}
