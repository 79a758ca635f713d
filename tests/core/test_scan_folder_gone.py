"""A folder that goes away while it is scanned, as when a memory stick is pulled out."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from drawn_photos import Done, read_csv, write_photo

import naevia.session
from naevia.errors import NaeviaError
from naevia.image import read_photo
from naevia.journal import Journal, journal_path
from naevia.rows import KeptRow
from naevia.scan import scan
from naevia.session import Session

Naevia = Callable[..., Done]
FILES = 12


@pytest.fixture
def stick(tmp_path: Path) -> Path:
    """A folder with two subfolders."""
    photo = write_photo(tmp_path / "photo.png")
    for number in range(FILES):
        folder = tmp_path / "stick" / "ab"[2 * number // FILES]
        folder.mkdir(exist_ok=True, parents=True)
        shutil.copy(photo, folder / f"{number:02}.png")
    return tmp_path / "stick"


def at_photo(number: int, do: Callable[[], object], monkeypatch: pytest.MonkeyPatch) -> None:
    """Do something once that many photos were opened."""
    opened: list[Path] = []

    def read(path: Path) -> object:
        opened.append(path)
        if len(opened) == number:
            do()
        return read_photo(path)

    monkeypatch.setattr(naevia.session, "read_photo", read)


@pytest.mark.parametrize("another", [False, True], ids=["nothing", "another"])
def test_a_scan_of_a_folder_that_is_gone_ends_with_an_error_and_no_row_of_it(
    stick: Path, session: Session, monkeypatch: pytest.MonkeyPatch, another: bool
) -> None:
    def pull_out() -> None:
        stick.rename(stick.with_name("elsewhere"))
        if another:
            stick.mkdir()

    at_photo(3, pull_out, monkeypatch)
    status = []
    with pytest.raises(NaeviaError, match="is no longer there") as raised:
        for row in scan(stick, session, workers=1):
            status.append(row.status)
    assert raised.value.exit_code == 4
    assert status == ["ok"] * 2


def test_a_file_that_is_gone_from_a_folder_that_is_there_is_a_row(
    stick: Path, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_photo(1, (stick / "a" / "03.png").unlink, monkeypatch)
    status = {row.path: row.status for row in scan(stick, session, workers=1)}
    assert len(status) == FILES
    assert [path for path, word in status.items() if word == "error"] == ["a/03.png"]


def test_the_program_stops_with_4_keeps_its_rows_and_goes_on(
    naevia: Naevia, stick: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    output = tmp_path / "x.csv"
    at_photo(5, lambda: stick.rename(tmp_path / "elsewhere"), monkeypatch)
    done = naevia("scan", stick, "-o", output, "--workers", 1)
    assert done.code == 4
    assert done.err == (
        f"naevia: the folder {stick} is no longer there; bring it back and scan to the same file again, it "
        "goes on where it stopped\n"
    )
    assert journal_path(output).exists() and not output.exists()
    (tmp_path / "elsewhere").rename(stick)
    done = naevia("scan", stick, "-o", output)
    assert (done.code, done.err) == (0, "")
    assert [row["status"] for row in read_csv(output)] == ["ok"] * FILES


def test_an_answer_is_kept_when_its_file_cannot_be_read_any_more(
    stick: Path, session: Session, tmp_path: Path
) -> None:
    with Journal(tmp_path / "x.csv", stick, session) as journal:
        for row in scan(stick, session):
            journal.find(row.path)
            journal.add(row)
    with Journal(tmp_path / "x.csv", stick, session) as journal:

        def find(path: str) -> KeptRow | None:
            if path == "a/02.png":
                stick.rename(tmp_path / "elsewhere")
            return journal.find(path)

        with pytest.raises(NaeviaError, match="is no longer there"):  # its second subfolder cannot be listed
            for row in scan(stick, session, find=find):
                journal.add(row)
        assert [cells["status"] for cells in journal.rows()] == ["ok"] * FILES


def test_files_that_were_taken_away_before_they_were_listed_are_told(
    naevia: Naevia, stick: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_photo(1, lambda: [path.unlink() for path in (stick / "b").iterdir()], monkeypatch)
    done = naevia("scan", stick, "-o", tmp_path / "x.csv", "--workers", 1)
    assert done.code == 0
    assert f"{FILES // 2} rows in {tmp_path / 'x.csv'}" in done.out
    assert f"{FILES // 2} of the {FILES} files of the beginning were taken away" in done.out
