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

from naevia.cli import _progress, run
from naevia.journal import Journal, journal_path
from naevia.rows import Row
from naevia.scan import scan
from naevia.session import Session

Naevia = Callable[..., Done]
MANY = 400
POSIX_ONLY = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signals")


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


@pytest.fixture
def many(tmp_path: Path) -> Path:
    """A folder that takes a while."""
    folder = tmp_path / "in"
    folder.mkdir()
    photos = [write_photo(tmp_path / f"photo{seed}.png", seed=seed) for seed in range(3)]
    for copy in range(MANY):
        os.link(photos[copy % 3], folder / f"{copy:04}.png")
    return folder


def start_and_stop(folder: Path, output: Path, model: Path, number: signal.Signals, rows: int) -> Done:
    """Begin a scan and end it by a signal once that many rows are in its journal."""
    command = [BIN / "naevia", "scan", folder, "-o", output, "--model", model]
    pipes = {"stderr": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen(command, **pipes, text=True, preexec_fn=_hear_interrupts) as scan:
        deadline_s = time.monotonic() + 60
        while rows_known(output) < rows and time.monotonic() < deadline_s and scan.poll() is None:
            time.sleep(0.02)
        scan.send_signal(number)
        out, err = scan.communicate(timeout=30)
    return Done(scan.returncode, out, err)


def rows_known(output: Path) -> int:
    """Roughly how many rows a running scan has written; the journal is its own while it runs."""
    log = journal_path(output).with_name(journal_path(output).name + "-wal")
    return log.stat().st_size // 4200 if log.exists() else 0


@POSIX_ONLY
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_scan_says_how_to_go_on(
    tiny_model: Path, many: Path, tmp_path: Path, number: signal.Signals
) -> None:
    output = tmp_path / "x.csv"
    done = start_and_stop(many, output, tiny_model, number, rows=20)
    assert done.code == 130, done.err
    assert "Traceback" not in done.err
    assert f"of {MANY} rows are in {journal_path(output)}; give the same command again" in done.err
    assert done.out == ""
    assert [path.name for path in tmp_path.glob("x.*")] == ["x.csv.journal"]


@POSIX_ONLY
def test_a_killed_scan_goes_on_and_ends_as_one_that_was_not(
    naevia: Naevia, tiny_model: Path, many: Path, tmp_path: Path
) -> None:
    output, whole = tmp_path / "x.csv", tmp_path / "whole.csv"
    for rows in (15, 60):
        assert start_and_stop(many, output, tiny_model, signal.SIGKILL, rows).code == -signal.SIGKILL
        assert journal_path(output).exists() and not output.exists()
    os.utime(many / "0000.png", ns=(1, 1))  # changed since: judged again, in its old place
    done = naevia("scan", many, "-o", output, "--model", tiny_model)
    assert (done.code, done.err) == (0, "")
    assert naevia("scan", many, "-o", whole, "--model", tiny_model).code == 0
    assert output.read_bytes() == whole.read_bytes()
    assert len(read_csv(output)) == MANY
    assert not list(tmp_path.glob("*.journal*"))


def test_what_was_judged_is_not_judged_again_unless_it_failed_or_changed(
    session: Session, tmp_path: Path
) -> None:
    folder, output = tmp_path / "in", tmp_path / "x.csv"
    folder.mkdir()
    for name in ("a.png", "b.png"):
        write_photo(folder / name)
    (folder / "c.png").write_bytes(b"")
    with Journal(output, folder, session) as journal:
        for row in scan(folder, session):
            assert journal.find(row.path) is None
            journal.add(row)
    write_photo(folder / "b.png", seed=5)
    write_photo(folder / "c.png")
    with Journal(output, folder, session) as journal:
        again = list(scan(folder, session, is_known=lambda path: journal.find(path) is not None))
        assert [row.path for row in again] == ["b.png", "c.png"]
        for row in again:
            journal.add(row)
        assert [cells["path"] for cells in journal.rows()] == ["a.png", "b.png", "c.png"]
        assert [cells["status"] for cells in journal.rows()] == ["ok"] * 3


def test_photos_of_one_size_and_time_that_swap_names_swap_their_answers(
    session: Session, tmp_path: Path
) -> None:
    folder, output = tmp_path / "in", tmp_path / "x.csv"
    folder.mkdir()
    for name, seed in (("a.bmp", 0), ("b.bmp", 1), ("c.bmp", 2)):
        os.utime(write_photo(folder / name, seed=seed), (1.7e9, 1.7e9))
    assert len({path.stat().st_size for path in folder.iterdir()}) == 1
    with Journal(output, folder, session) as journal:
        for row in scan(folder, session):
            journal.find(row.path)
            journal.add(row)
    (folder / "a.bmp").rename(folder / "kept")
    (folder / "b.bmp").rename(folder / "a.bmp")
    (folder / "kept").rename(folder / "b.bmp")
    with Journal(output, folder, session) as journal:
        again = [row.path for row in scan(folder, session, is_known=lambda path: bool(journal.find(path)))]
    assert again == ["a.bmp", "b.bmp"]


def test_a_failure_that_is_gone_leaves_no_row_and_one_that_stays_keeps_its_place(
    session: Session, tmp_path: Path
) -> None:
    folder, output = tmp_path / "in", tmp_path / "x.csv"
    folder.mkdir()
    for name in ("a.png", "c.png", "d.png"):
        write_photo(folder / name)
    (folder / "b.png").write_bytes(b"")
    with Journal(output, folder, session) as journal:
        for path in ("a.png", "b.png", "c.png"):
            journal.find(path)
        for row in list(scan(folder, session))[:3]:
            journal.add(row)
        journal.add(Row.failed("sub/", "the folder cannot be listed: no permission"))
    with Journal(output, folder, session) as journal:
        assert journal.count() == 2
        for row in scan(folder, session, is_known=lambda path: journal.find(path) is not None):
            journal.add(row)
        rows = [(cells["path"], cells["status"]) for cells in journal.rows()]
    assert rows == [("a.png", "ok"), ("b.png", "error"), ("c.png", "ok"), ("d.png", "ok")]


def test_rows_of_two_scans_are_never_mixed(
    naevia: Naevia, session: Session, photos: Path, tmp_path: Path
) -> None:
    output, other = tmp_path / "x.csv", tmp_path / "in"
    other.mkdir()
    write_photo(other / "photo.png")
    with Journal(output, photos, session) as journal:
        done = naevia("scan", photos, "-o", output)
        assert (done.code, "another scan is writing" in done.err) == (2, True)
        journal.add(next(iter(scan(photos, session))))
    done = naevia("scan", other, "-o", output)
    assert (done.code, "a scan with another folder; give the same" in done.err) == (2, True)
    assert not output.exists()
    assert naevia("scan", other, "-o", output, "--restart").code == 0
    assert [row["path"] for row in read_csv(output)] == ["photo.png"]


def test_a_file_that_is_no_journal_is_not_touched(naevia: Naevia, photos: Path, tmp_path: Path) -> None:
    journal = journal_path(tmp_path / "x.csv")
    journal.write_bytes(b"somebody's notes, long enough to be read as the head of a data base" * 20)
    before = journal.read_bytes()
    done = naevia("scan", photos, "-o", tmp_path / "x.csv")
    assert (done.code, "no journal of a scan" in done.err) == (2, True)
    assert len(done.err.splitlines()) == 1
    assert journal.read_bytes() == before


@POSIX_ONLY
def test_an_interrupt_between_a_row_and_its_count_waits_for_both(
    photos: Path, tmp_path: Path, naevia: Naevia, monkeypatch: pytest.MonkeyPatch
) -> None:
    add = Journal.add

    def add_and_interrupt(journal: Journal, row: Row) -> None:
        add(journal, row)
        if journal.count() == 2:
            os.kill(os.getpid(), signal.SIGTERM)

    monkeypatch.setattr(Journal, "add", add_and_interrupt)
    done = naevia("scan", photos, "-o", tmp_path / "x.csv")
    assert "naevia: 2 of" in done.err
    assert done.code == 130


def test_progress_that_nobody_reads_costs_no_row(
    naevia: Naevia, photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_progress, "_PLAIN_EVERY_S", 0.0)
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


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
@pytest.mark.parametrize("name", ["x.csv", "x.jsonl"])
def test_a_full_disk_is_one_clear_line_and_costs_no_row(
    naevia: Naevia, photos: Path, tmp_path: Path, name: str
) -> None:
    partial = tmp_path / f"{name}.partial"
    partial.symlink_to("/dev/full")
    done = naevia("scan", photos, "-o", tmp_path / name)
    assert done.code == 1
    assert not (tmp_path / name).exists()
    assert "No space left" in done.err
    assert len(done.err.splitlines()) == 1
    assert journal_path(tmp_path / name).exists()
    assert naevia("scan", photos, "-o", tmp_path / name).code == 1  # some files could not be read
    assert (tmp_path / name).exists()


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
