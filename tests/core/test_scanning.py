"""Scanning: one row per file, in one order, whatever the files are and however many threads read them."""

from __future__ import annotations

import os
import sys
import threading
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from drawn_photos import read_csv, write_photo
from hypothesis import given, settings
from hypothesis import strategies as st
from programs import run_program

import naevia.session
from naevia.errors import UsageError
from naevia.image import read_photo
from naevia.rows import Row
from naevia.scan import count_files, scan
from naevia.session import Session

needs_posix = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such file names or links")


def files_below(root: Path) -> set[str]:
    return {path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file()}


def comparable(row: Row) -> tuple[object, ...]:
    return tuple(row.to_dict().items())


def test_every_file_gets_one_row(photos: Path, session: Session) -> None:
    rows = list(scan(photos, session))
    assert len(rows) == count_files(photos) == len(files_below(photos))
    assert {row.path for row in rows} == files_below(photos)
    status = {row.path: row.status for row in rows}
    assert status.pop("dark.png") == "refused"
    broken = ("notes.txt", ".hidden", "a/cut.png")
    assert [status.pop(name) for name in broken] == ["error"] * len(broken)
    assert set(status.values()) == {"ok"}


def test_rows_that_are_not_ok_say_why(photos: Path, session: Session) -> None:
    errors = {row.path: row.error for row in scan(photos, session) if row.status != "ok"}
    assert "too dark" in errors["dark.png"]
    assert "empty" in errors[".hidden"]
    assert all(errors.values())


def test_files_come_in_the_order_of_their_names(photos: Path, session: Session) -> None:
    paths = [row.path for row in scan(photos, session, workers=4)]
    assert paths == sorted(paths, key=lambda path: path.split("/"))


@settings(max_examples=12, deadline=None)
@given(workers=st.integers(1, 9), batch_size=st.integers(1, 20))
def test_no_digit_depends_on_workers_or_batches(
    photos: Path, session: Session, workers: int, batch_size: int
) -> None:
    expected = [comparable(row) for row in scan(photos, session, workers=1, batch_size=1)]
    found = [comparable(row) for row in scan(photos, session, workers=workers, batch_size=batch_size)]
    assert found == expected


def test_a_scan_answers_as_a_single_prediction_does(photos: Path, session: Session) -> None:
    for row in scan(photos, session, batch_size=5):
        if row.prediction is not None:
            alone = session.predict(read_photo(photos / row.path))
            np.testing.assert_array_equal(row.prediction.probabilities, alone.probabilities)
            assert row.prediction.to_dict() == alone.to_dict()


@settings(max_examples=25, deadline=None)
@given(
    tree=st.lists(
        st.lists(st.sampled_from(["a", "b", "Ä", "x y", "z.png", "-o", "[red]"]), min_size=1, max_size=4),
        max_size=12,
    )
)
def test_any_tree_gives_one_row_per_file(
    tree: list[list[str]], session: Session, tmp_path_factory: pytest.TempPathFactory
) -> None:
    root = tmp_path_factory.mktemp("tree")
    for parts in tree:
        path = root.joinpath(*parts)
        if not path.exists() and not any(parent.is_file() for parent in path.parents):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(b"")
    paths = [row.path for row in scan(root, session, workers=2)]
    assert len(paths) == len(set(paths)) == count_files(root)
    assert set(paths) == files_below(root)


@needs_posix
def test_links_make_no_circles_and_linked_files_count(tmp_path: Path, session: Session) -> None:
    (tmp_path / "sub").mkdir()
    photo = write_photo(tmp_path / "sub" / "photo.png")
    (tmp_path / "sub" / "up").symlink_to(tmp_path)
    (tmp_path / "loop").symlink_to("loop")
    (tmp_path / "linked.png").symlink_to(photo)
    (tmp_path / "broken.png").symlink_to("nowhere.png")
    rows = {row.path: row for row in scan(tmp_path, session)}
    assert rows["broken.png"].error.startswith("a link to a file that is not there")
    assert {path: row.status for path, row in rows.items()} == {
        "broken.png": "error",
        "linked.png": "ok",
        "loop": "error",
        "sub/photo.png": "ok",
    }


@needs_posix
def test_odd_names_and_things_that_are_no_files(tmp_path: Path, session: Session) -> None:
    names = [b"line\nbreak.png", b"latin1-\xe9.png", "日本.png".encode(), b" spaces ", b'a,"quoted".png']
    for name in names:
        (tmp_path / os.fsdecode(name)).write_bytes(b"?")
    os.mkfifo(tmp_path / "pipe")
    rows = list(scan(tmp_path, session))
    assert {os.fsencode(row.path) for row in rows} == {*names, b"pipe"}
    assert {row.status for row in rows} == {"error"}
    assert next(row.error for row in rows if row.path == "pipe").startswith("not a regular file")


@needs_posix
def test_a_name_is_the_same_in_the_table_of_every_locale(tmp_path: Path, tiny_model: Path) -> None:
    (tmp_path / "in").mkdir()
    name = "caf\u00e9.png"
    (tmp_path / "in" / name).write_bytes(b"?")
    plain = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    arguments = ("scan", tmp_path / "in", "-o", tmp_path / "x.csv", "--model", tiny_model)
    assert run_program("naevia", *arguments, **plain).returncode == 1
    assert [row["path"] for row in read_csv(tmp_path / "x.csv")] == [name]


@needs_posix
def test_what_cannot_be_opened_is_a_row(tmp_path: Path, session: Session) -> None:
    (tmp_path / "closed").mkdir()
    secret = write_photo(tmp_path / "secret.png")
    secret.chmod(0)
    if os.access(secret, os.R_OK):
        pytest.skip("this user may read everything")
    (tmp_path / "closed").chmod(0)
    rows = {row.path: row for row in scan(tmp_path, session)}
    (tmp_path / "closed").chmod(0o700)
    assert set(rows) == {"closed/", "secret.png"}
    assert "cannot be listed" in rows["closed/"].error
    assert "cannot be opened" in rows["secret.png"].error


@needs_posix
def test_a_tree_deeper_than_any_path_may_be(tmp_path: Path, session: Session) -> None:
    start = Path.cwd()
    levels = 30
    try:
        os.chdir(tmp_path)
        for _ in range(levels):
            Path("d" * 200).mkdir()
            os.chdir("d" * 200)
    finally:
        os.chdir(start)
    (row,) = scan(tmp_path, session)
    assert row.status == "error"
    assert "cannot be listed" in row.error


@pytest.mark.parametrize("failure", [MemoryError(), RecursionError("deep"), ValueError("odd")])
def test_no_failure_of_one_file_ends_the_scan(
    photos: Path, session: Session, monkeypatch: pytest.MonkeyPatch, failure: Exception
) -> None:
    def read(path: Path) -> object:
        if path.name == "bcc.png":
            raise failure
        return read_photo(path)

    monkeypatch.setattr(naevia.session, "read_photo", read)
    status = {row.path: row.status for row in scan(photos, session)}
    assert len(status) == count_files(photos)
    assert status["b/bcc.png"] == "error"
    assert status["b/deep/df.png"] == "ok"


def test_a_photo_that_the_network_chokes_on_spares_its_batch(photos: Path, session: Session) -> None:
    class Choking(Session):
        def run(self, pixels):  # type: ignore[no-untyped-def]
            if len(pixels) > 1 or (pixels[0] == choke).all():
                raise RuntimeError("out of memory")
            return super().run(pixels)

    first = next(row for row in scan(photos, session) if row.status == "ok")
    choke = _pixels(photos / first.path, session)
    choking = Choking(session._runtime, session.contract, session.provider)
    rows = {row.path: row for row in scan(photos, choking, batch_size=7)}
    assert "out of memory" in rows[first.path].error
    assert sum(row.status == "ok" for row in rows.values()) == 8


def _pixels(path: Path, session: Session) -> np.ndarray:
    from naevia.session import prepare_photo

    return prepare_photo(read_photo(path), session.contract.input).pixels


def test_files_to_skip_get_no_row(photos: Path, session: Session) -> None:
    skip = [photos / "notes.txt", photos / "a" / "cut.png", Path("/elsewhere/x.png")]
    paths = {row.path for row in scan(photos, session, skip=skip)}
    assert paths == files_below(photos) - {"notes.txt", "a/cut.png"}
    assert count_files(photos, skip=skip) == len(paths)


def test_an_empty_folder_gives_no_rows(tmp_path: Path, session: Session) -> None:
    assert list(scan(tmp_path, session)) == []


def test_wrong_use_is_told_before_anything_starts(photos: Path, session: Session) -> None:
    with pytest.raises(UsageError, match="no folder"):
        scan(photos / "nowhere", session)
    with pytest.raises(UsageError, match="naevia predict"):
        scan(photos / "dark.png", session)
    with pytest.raises(UsageError, match="workers"):
        scan(photos, session, workers=0)
    with pytest.raises(UsageError, match="batch_size"):
        scan(photos, session, batch_size=-1)


def test_closing_a_scan_leaves_no_threads(photos: Path, session: Session) -> None:
    rows = scan(photos, session, workers=3)
    next(rows)
    assert any(thread.name.startswith("naevia-scan") for thread in threading.enumerate())
    rows.close()
    assert not any(thread.name.startswith("naevia-scan") for thread in threading.enumerate())


def test_few_files_are_read_ahead(tmp_path: Path, session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(60):
        (tmp_path / f"{number:02}").write_bytes(b"?")
    opened: list[Path] = []

    def read(path: Path) -> object:
        opened.append(path)
        return read_photo(path)

    monkeypatch.setattr(naevia.session, "read_photo", read)
    rows = scan(tmp_path, session, workers=3, batch_size=2)
    for taken in range(1, 31):
        next(rows)
        assert len(opened) <= taken + 2 * 3 + 2
    rows.close()
    assert len(opened) < 60


def test_memory_does_not_grow_with_the_folder(tmp_path: Path, session: Session) -> None:
    def peak(folder: Path) -> int:
        tracemalloc.start()
        try:
            for _ in scan(folder, session, workers=2):
                pass
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    photo = write_photo(tmp_path / "photo.png").read_bytes()
    for name, count in (("few", 12), ("many", 72)):
        (tmp_path / name).mkdir()
        for number in range(count):
            (tmp_path / name / f"{number}.png").write_bytes(photo)
    peaks = [peak(tmp_path / "few") for _ in range(5)]  # both threads decode at once in some of them only
    assert peak(tmp_path / "many") < 1.5 * max(peaks)
