"""Scans that were stopped, killed or failed: what they keep, and how they go on."""

from __future__ import annotations

import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from drawn_photos import Done, read_csv, write_photo
from programs import BIN

from naevia._providers import Provider
from naevia.journal import Journal, journal_path
from naevia.rows import KeptRow, Row
from naevia.scan import scan
from naevia.session import Session

Naevia = Callable[..., Done]
MANY = 400
POSIX_ONLY = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signals")


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
    *_, known, ending = done.err.splitlines()
    assert f"of {MANY} rows are in {journal_path(output)}; give the same command again" in known
    assert ending == "naevia: interrupted"
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
    progress = re.compile(rf"\d+ of {MANY}: .*")  # a slow computer has time to say how far it is
    assert (done.code, [line for line in done.err.splitlines() if not progress.fullmatch(line)]) == (0, [])
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
        again = list(scan(folder, session, find=journal.find))
        assert [(row.path, isinstance(row, KeptRow)) for row in again] == [
            ("a.png", True),
            ("b.png", False),
            ("c.png", False),
        ]
        for row in again:
            journal.add(row)
        assert [cells["path"] for cells in journal.rows()] == ["a.png", "b.png", "c.png"]
        assert [cells["status"] for cells in journal.rows()] == ["ok"] * 3


@pytest.mark.parametrize("format", ["csv", "isic2018"])
def test_rows_of_files_that_are_gone_stay_and_are_told(
    naevia: Naevia, session: Session, tmp_path: Path, format: str
) -> None:
    folder, output = tmp_path / "in", tmp_path / "x.csv"
    folder.mkdir()
    for name in ("a.png", "b.png", "c.png"):
        write_photo(folder / name)
    (folder / "empty.png").write_bytes(b"")
    with Journal(output, folder, session) as journal:
        for row in scan(folder, session):
            journal.find(row.path)
            journal.add(row)
    (folder / "a.png").unlink()
    (folder / "b.png").rename(folder / "d.png")
    done = naevia("scan", folder, "-o", output, "--format", format, "--provider", "cpu")
    assert done.code == 1  # an empty file
    written = 4 + (format == "csv")
    assert f"{written} rows in {output}\n2 of them are of files that are no longer there" in done.out
    assert len(read_csv(output)) == written
    done = naevia("scan", folder, "-o", output, "--format", format, "--provider", "cpu")
    assert "no longer there" not in done.out


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
        again = [row.path for row in scan(folder, session, find=journal.find) if not isinstance(row, KeptRow)]
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
        for row in scan(folder, session, find=journal.find):
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
        for options in ([], ["--restart"]):
            done = naevia("scan", photos, "-o", output, *options)
            assert (done.code, "another scan is writing" in done.err) == (2, True)
        journal.add(next(iter(scan(photos, session))))
    done = naevia("scan", other, "-o", output)
    assert (done.code, "a scan with another folder; give the same" in done.err) == (2, True)
    assert not output.exists()
    assert naevia("scan", other, "-o", output, "--restart").code == 0
    assert [row["path"] for row in read_csv(output)] == ["photo.png"]


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("model", lambda patch, session: patch.setattr(session, "model_sha256", "0" * 64)),
        ("provider", lambda patch, session: patch.setattr(session, "provider", Provider("cuda", "it works"))),
        ("naevia", lambda patch, session: patch.setattr("naevia.journal.__version__", "0.0.0")),
    ],
)
def test_rows_of_another_model_provider_or_version_are_never_mixed_in(
    naevia: Naevia,
    session: Session,
    photos: Path,
    tmp_path: Path,
    name: str,
    change: Callable[[pytest.MonkeyPatch, Session], None],
) -> None:
    output = tmp_path / "x.csv"
    with pytest.MonkeyPatch.context() as patch:
        change(patch, session)
        with Journal(output, photos, session) as journal:
            journal.add(next(iter(scan(photos, session))))
    done = naevia("scan", photos, "-o", output, "--provider", "cpu")
    assert (done.code, f"1 rows of a scan with another {name}; give the same" in done.err) == (2, True)
    assert not output.exists()


def write_notes(path: Path) -> None:
    path.write_bytes(b"somebody's notes, long enough to be read as the head of a data base" * 20)


def write_database(path: Path) -> None:
    with sqlite3.connect(path) as base:
        base.execute("CREATE TABLE patients (name)")
        base.execute("INSERT INTO patients VALUES ('Ada')")
    base.close()


@POSIX_ONLY
def test_a_pipe_where_the_journal_belongs_is_told_as_one(
    naevia: Naevia, photos: Path, tmp_path: Path
) -> None:
    os.mkfifo(journal_path(tmp_path / "x.csv"))
    done = naevia("scan", photos, "-o", tmp_path / "x.csv")
    assert (done.code, "a pipe or a device, expected a file" in done.err) == (2, True)
    assert len(done.err.splitlines()) == 1


@pytest.mark.parametrize("write", [write_notes, write_database])
@pytest.mark.parametrize("options", [[], ["--restart"]])
def test_a_file_that_is_no_journal_is_not_touched(
    naevia: Naevia, photos: Path, tmp_path: Path, write: Callable[[Path], None], options: list[str]
) -> None:
    journal = journal_path(tmp_path / "x.csv")
    write(journal)
    before = journal.read_bytes()
    done = naevia("scan", photos, "-o", tmp_path / "x.csv", *options)
    assert (done.code, "no journal of a scan" in done.err) == (2, True)
    assert len(done.err.splitlines()) == 1
    assert journal.read_bytes() == before


def run_with_mounts(*lines: str) -> list[str]:
    """What the lines of a shell that may mount something write to standard error; skips where none may."""
    command = ["unshare", "-rm", "sh", "-c", "\n".join(lines)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode == 77 or "unshare" in done.stderr:
        pytest.skip("nothing can be mounted here")
    progress = re.compile(r"\d+ of \d+: .*")  # a slow computer has time to say how far it is
    return [line for line in done.stderr.splitlines() if not progress.fullmatch(line)]


@pytest.mark.skipif(not shutil.which("unshare"), reason="needs a way to mount something")
@pytest.mark.parametrize("name", ["x.csv", "x.jsonl"])
def test_a_full_disk_is_one_clear_line_and_costs_no_row(
    tiny_model: Path, photos: Path, tmp_path: Path, name: str
) -> None:
    """A file of a disk that holds no more than one page lies where the table is made."""
    output, disk = tmp_path / name, tmp_path / "disk"
    disk.mkdir()
    scan = f"{BIN / 'naevia'} scan {photos} -o {output} --model {tiny_model}"
    full, *codes = run_with_mounts(
        f"mount -t tmpfs -o size=4k none {disk} || exit 77",
        f"touch {disk / 'file'} {output}.partial",
        f"mount --bind {disk / 'file'} {output}.partial || exit 77",
        f"{scan}; echo $? >&2",
        f"ls {output} 2>/dev/null >&2; ls {output}.journal >&2",
        f"umount {output}.partial",
        f"{scan}; echo $? >&2",
    )
    assert "No space left" in full
    assert codes == ["4", f"{output}.journal", "1"]  # some files could not be read
    assert len(read_csv(output) if name == "x.csv" else output.read_text("utf-8").splitlines()) == 13


@pytest.mark.skipif(not shutil.which("unshare"), reason="needs a way to mount something")
def test_a_scan_whose_journal_fills_the_disk_stops_with_4_and_goes_on(
    tiny_model: Path, many: Path, tmp_path: Path
) -> None:
    (tmp_path / "out").mkdir()
    scan = f"{BIN / 'naevia'} scan {many} -o {tmp_path / 'out' / 'x.csv'} --model {tiny_model}"
    full, *codes = run_with_mounts(
        f"mount -t tmpfs -o size=512k none {tmp_path / 'out'} || exit 77",
        f"{scan}; echo $? >&2",
        f"mount -o remount,size=5m {tmp_path / 'out'}",
        f"{scan}; echo $? >&2",
        f"cp {tmp_path / 'out' / 'x.csv'} {tmp_path}",
    )
    assert codes == ["4", "0"]
    assert "x.csv.journal cannot be written: database or disk is full; make room and scan to the same" in full
    assert len(read_csv(tmp_path / "x.csv")) == MANY
