from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from drawn_photos import Done, write_photo
from programs import BIN

from naevia.rows import COLUMNS
from naevia.session import Session
from naevia.writers import RowFile

Naevia = Callable[..., Done]


def read_csv(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_a_scan_writes_a_row_per_file_and_counts_them(naevia: Naevia, photos: Path, tmp_path: Path) -> None:
    done = naevia("scan", photos, "--output", tmp_path / "x.csv")
    assert done.code == 1
    assert done.err == ""
    files = [path for path in photos.rglob("*") if path.is_file()]
    assert len(read_csv(tmp_path / "x.csv")) == len(files)
    assert "9 ok, 1 refused, 3 errors" in done.out
    assert f"{len(files)} rows in" in done.out
    assert "Research use only, not a medical device." in done.out


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


def _hear_interrupts() -> None:
    """A shell that starts the tests in the background tells them, and all they start, to ignore Ctrl-C."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signals")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_scan_keeps_its_rows_and_says_where(
    tiny_model: Path, tmp_path: Path, number: signal.Signals
) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    photo = write_photo(tmp_path / "photo.png")
    for copy in range(5000):
        os.link(photo, folder / f"{copy}.png")
    output = tmp_path / "x.csv"
    partial = tmp_path / "x.csv.partial"
    command = [BIN / "naevia", "scan", folder, "-o", output, "--model", tiny_model]
    pipes = {"stderr": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen(command, **pipes, text=True, preexec_fn=_hear_interrupts) as scan:
        deadline_s = time.monotonic() + 60
        while not (partial.exists() and partial.stat().st_size > 2000) and time.monotonic() < deadline_s:
            time.sleep(0.01)
        scan.send_signal(number)
        out, err = scan.communicate(timeout=30)
    assert scan.returncode == 130, err
    assert "Traceback" not in err
    assert f"of 5000 rows are in {partial}" in err
    assert out == ""
    assert not output.exists()
    rows = read_csv(partial)
    assert f"naevia: {len(rows)} of 5000" in err
    assert set(rows[-1]) == set(COLUMNS)
    assert None not in rows[-1].values()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signals")
def test_an_interrupt_between_a_row_and_its_count_waits_for_both(
    tiny_model: Path, photos: Path, tmp_path: Path, naevia: Naevia, monkeypatch: pytest.MonkeyPatch
) -> None:
    put = RowFile._put

    def put_and_interrupt(file: RowFile, text: str) -> None:
        put(file, text)
        if file.written == 1:
            os.kill(os.getpid(), signal.SIGTERM)

    monkeypatch.setattr(RowFile, "_put", put_and_interrupt)
    done = naevia("scan", photos, "-o", tmp_path / "x.csv")
    assert "naevia: 2 of" in done.err
    assert done.code == 130
    assert len(read_csv(tmp_path / "x.csv.partial")) == 2


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
@pytest.mark.parametrize(("name", "code"), [("x.csv", 2), ("x.jsonl", 1)])
def test_a_full_disk_is_one_clear_line(
    naevia: Naevia, photos: Path, tmp_path: Path, name: str, code: int
) -> None:
    (tmp_path / f"{name}.partial").symlink_to("/dev/full")
    done = naevia("scan", photos, "-o", tmp_path / name)
    assert done.code == code
    assert not (tmp_path / name).exists()
    assert "No space left" in done.err
    assert len(done.err.splitlines()) == 1


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
