from __future__ import annotations

import csv
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from drawn_photos import write_photo

from naevia.errors import NaeviaError, UsageError
from naevia.rows import COLUMNS, Row
from naevia.scan import count_files, scan
from naevia.session import Session
from naevia.taxonomy import CODES
from naevia.writers import RowFile, RowFormat, format_of


@pytest.fixture(scope="module")
def rows(photos: Path, session: Session) -> list[Row]:
    return list(scan(photos, session))


def write(rows: list[Row], output: Path, format: str) -> RowFile:
    with RowFile(output, format) as file:  # type: ignore[arg-type]
        for row in rows:
            file.write(row)
    return file


def test_the_columns_are_the_promised_ones() -> None:
    expected = (
        "path,status,error,caution,diagnosis,probability,"
        "p_akiec,p_bcc,p_df,p_mel,p_nv,p_bkl,p_sk,p_scc,p_vasc,"
        "malignant_probability,recommendation,quality,ood_score,model_id,model_sha256,provider,"
        "naevia_version,image_sha256,width_px,height_px,"
        "examined_x_px,examined_y_px,examined_width_px,examined_height_px,operating_point,threshold"
    )
    assert ",".join(COLUMNS) == expected


def test_csv_gives_back_every_row_and_every_bit(rows: list[Row], tmp_path: Path) -> None:
    write(rows, tmp_path / "x.csv", "csv")
    with (tmp_path / "x.csv").open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        assert tuple(reader.fieldnames or ()) == COLUMNS
        read = list(reader)
    assert [line["path"] for line in read] == [row.path for row in rows]
    for line, row in zip(read, rows, strict=True):
        assert line["status"] == row.status
        assert line["error"] == row.error
        if row.prediction is None:
            assert {line[name] for name in COLUMNS[3:]} == {""}
        else:
            numbers = np.array([np.float32(line[f"p_{code}"]) for code in CODES])
            np.testing.assert_array_equal(numbers, row.prediction.probabilities)
            assert float(line["malignant_probability"]) == row.prediction.malignant_probability
            assert line["image_sha256"] == row.prediction.image_sha256
            examined = [int(line[f"examined_{name}"]) for name in row.prediction.region._fields]
            assert examined == list(row.prediction.region)
            point = row.prediction.operating_point
            assert point is not None
            assert (line["operating_point"], float(line["threshold"])) == (point.name, point.threshold)
            assert int(line["width_px"]) == row.prediction.width_px


def test_jsonl_holds_the_same_cells(rows: list[Row], tmp_path: Path) -> None:
    write(rows, tmp_path / "x.jsonl", "jsonl")
    lines = (tmp_path / "x.jsonl").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line) for line in lines] == [row.to_dict() for row in rows]
    assert list(json.loads(lines[0])) == list(COLUMNS)


def test_isic2018_adds_nine_up_to_seven(rows: list[Row], tmp_path: Path) -> None:
    file = write(rows, tmp_path / "x.csv", "isic2018")
    with (tmp_path / "x.csv").open(encoding="utf-8", newline="") as submission:
        header, *lines = csv.reader(submission)
    assert header == ["image", "MEL", "NV", "BCC", "AKIEC", "BKL", "DF", "VASC"]
    answered = [row for row in rows if row.prediction is not None]
    assert len(lines) == len(answered) == file.written
    assert file.left_out == len(rows) - len(answered) == 3
    for (image, *numbers), row in zip(lines, answered, strict=True):
        assert row.prediction is not None
        p = dict(zip(CODES, map(float, row.prediction.probabilities), strict=True))
        assert image == Path(row.path).stem
        seven = [p["mel"], p["nv"], p["bcc"], p["akiec"] + p["scc"], p["bkl"] + p["sk"], p["df"], p["vasc"]]
        assert list(map(float, numbers)) == seven
        assert sum(seven) == pytest.approx(1, abs=1e-6)


def test_sums_of_a_submission_are_probabilities(rows: list[Row], tmp_path: Path) -> None:
    (cells, *_) = (row.to_dict() for row in rows if row.prediction is not None)
    above_one = {"p_bkl": 0.75, "p_sk": 0.2500001}
    with RowFile(tmp_path / "x.csv", "isic2018") as file:
        file.write_cells(cells | above_one)
    with (tmp_path / "x.csv").open(encoding="utf-8", newline="") as submission:
        (line,) = csv.DictReader(submission)
    assert float(line["BKL"]) == 1


def test_images_that_stand_twice_in_a_submission_are_counted(rows: list[Row], tmp_path: Path) -> None:
    (answered, *_) = (row.prediction for row in rows if row.prediction is not None)
    named = [Row.answered(path, answered) for path in ("a/x.png", "b/x.png", "b/y.png", "c/x.jpg")]
    assert write(named, tmp_path / "x.csv", "isic2018").doubled == 2
    assert write(named, tmp_path / "y.csv", "csv").doubled == 0


@pytest.mark.parametrize("format", ["csv", "jsonl"])
@pytest.mark.parametrize(
    "path", ['q"uo,te.png', "two\nlines.png", "Icon\r", "日本.png", " x ", "a/NA", "NA.dcm"]
)
def test_any_path_comes_back(path: str, format: str, tmp_path: Path) -> None:
    assert path_written(path, format, tmp_path) == path


@pytest.mark.parametrize(
    "path", ["=SUM(A1)", "-1.png", "+1.png", "@x", "\t=1", "\r=1", "NA", "null", "nan", "None", "N/A"]
)
def test_no_path_comes_back_as_a_formula_or_as_nothing(path: str, tmp_path: Path) -> None:
    assert path_written(path, "csv", tmp_path) == f"./{path}"
    assert path_written(path, "jsonl", tmp_path) == path


def path_written(path: str, format: str, tmp_path: Path) -> str:
    write([Row.failed(path, "why")], tmp_path / "x", format)
    with (tmp_path / "x").open(encoding="utf-8", newline="") as file:
        (line,) = csv.DictReader(file) if format == "csv" else map(json.loads, file)
    return str(line["path"])


@pytest.mark.parametrize("format", ["csv", "jsonl"])
def test_bytes_that_are_no_text_become_escapes(format: str, tmp_path: Path) -> None:
    write([Row.failed("caf\udce9.png", "why")], tmp_path / "x", format)
    assert r"caf\udce9.png" in (tmp_path / "x").read_text(encoding="utf-8")


def test_the_output_appears_only_when_complete(rows: list[Row], tmp_path: Path) -> None:
    output = tmp_path / "x.csv"
    output.write_text("earlier", encoding="utf-8")
    with pytest.raises(KeyboardInterrupt), RowFile(output, "csv") as file:
        file.write(rows[0])
        assert file.partial.exists()
        raise KeyboardInterrupt
    assert output.read_text(encoding="utf-8") == "earlier"
    assert not file.partial.exists()

    write(rows, output, "csv")
    assert output.read_text(encoding="utf-8").startswith("path,status")
    assert not file.partial.exists()


def test_places_that_cannot_be_written_are_told_first(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no folder"):
        RowFile(tmp_path / "no" / "x.csv", "csv")
    with pytest.raises(UsageError, match="is a folder"):
        RowFile(tmp_path, "csv")
    (tmp_path / "x.csv.partial").mkdir()
    with pytest.raises(UsageError, match="choose another"), RowFile(tmp_path / "x.csv", "csv"):
        pass
    assert not (tmp_path / "x.csv").exists()
    with pytest.raises(UsageError, match="choose another"):
        RowFile(tmp_path / f"{'x' * 245}.csv", "csv")


def test_a_place_that_is_gone_when_the_rows_come_is_no_wrong_use(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    file = RowFile(tmp_path / "out" / "x.csv", "csv")
    assert not list((tmp_path / "out").iterdir())
    (tmp_path / "out").rmdir()
    with pytest.raises(NaeviaError, match="make room") as raised, file:
        pass
    assert raised.value.exit_code == 4


@pytest.mark.skipif(not shutil.which("unshare"), reason="needs a way to mount something")
def test_a_place_that_is_read_only_is_told_first_and_as_what_it_is(tmp_path: Path) -> None:
    make = f"RowFile(Path({str(tmp_path / 'x.csv')!r}), 'csv')"
    code = f"from pathlib import Path; from naevia.writers import RowFile; {make}"
    mounted = ["unshare", "-rm", "sh", "-c", 'mount -t tmpfs -o ro none "$0" && exec "$@"', tmp_path]
    done = subprocess.run([*mounted, sys.executable, "-c", code], capture_output=True, text=True, check=False)
    if "naevia" not in done.stderr:
        pytest.skip("nothing can be mounted here")
    assert "x.csv.partial cannot be written: Read-only file system; choose another place" in done.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="Windows makes links for administrators only")
def test_a_link_stays_a_link_and_its_file_gets_the_rows(rows: list[Row], tmp_path: Path) -> None:
    (tmp_path / "far").mkdir()
    (tmp_path / "x.csv").symlink_to(tmp_path / "far" / "y.csv")
    with RowFile(tmp_path / "x.csv", "csv") as file:
        file.write(rows[0])
    assert (tmp_path / "x.csv").is_symlink()
    assert len((tmp_path / "far" / "y.csv").read_text(encoding="utf-8").splitlines()) == 2


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such files")
@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such pipes and removes no current folder")
def test_places_that_would_wait_or_have_no_name_are_told_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    os.mkfifo(tmp_path / "x.csv.partial")
    with pytest.raises(UsageError, match=r"a pipe or a device; choose another"):
        RowFile(tmp_path / "x.csv", "csv")
    with pytest.raises(UsageError, match="name too long"):
        RowFile(tmp_path / ("a" * 300 + ".csv"), "csv")
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()
    with pytest.raises(UsageError, match="cannot be written"):
        RowFile(Path("x.csv"), "csv")
    with pytest.raises(UsageError, match="no folder"):
        count_files(".")
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("name", ["photo.jpg", "photo.csv"])
@pytest.mark.parametrize("format", ["csv", "jsonl", "isic2018"])
def test_an_image_is_never_replaced(tmp_path: Path, name: str, format: RowFormat) -> None:
    for kind in (".jpg", ".png", ".tif", ".bmp", ".webp"):
        photo = write_photo(tmp_path / f"photo{kind}").rename(tmp_path / name)
        before = photo.read_bytes()
        with pytest.raises(UsageError, match="is an image, not a table; choose another"):
            RowFile(photo, format)
        assert photo.read_bytes() == before
        (tmp_path / "x.csv.partial").unlink(missing_ok=True)
        (tmp_path / "x.csv.partial").hardlink_to(photo)
        with pytest.raises(UsageError, match="is an image, not a table; choose another"):
            RowFile(tmp_path / "x.csv", format)
        assert photo.read_bytes() == before


@pytest.mark.skipif(sys.platform == "win32", reason="Windows makes links for administrators only")
@pytest.mark.parametrize("target", ["notes.txt", "new.txt"])
def test_rows_are_never_written_through_a_link_in_their_way(tmp_path: Path, target: str) -> None:
    (tmp_path / "notes.txt").write_text("notes", encoding="utf-8")
    (tmp_path / "x.csv.partial").symlink_to(tmp_path / target)
    with pytest.raises(UsageError, match="is a link"):
        RowFile(tmp_path / "x.csv", "csv")
    assert (tmp_path / "notes.txt").read_text(encoding="utf-8") == "notes"
    assert not (tmp_path / "new.txt").exists()


def test_a_pipe_or_a_device_is_never_replaced(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for place in (tmp_path / "pipe", Path(os.devnull)):
        with pytest.raises(UsageError, match="device or a pipe"):
            RowFile(place, "csv")


def test_the_name_says_the_format() -> None:
    assert [format_of(Path(name)) for name in ("a.csv", "a.CSV", "a.jsonl", "a.ndjson")] == [
        "csv",
        "csv",
        "jsonl",
        "jsonl",
    ]
    with pytest.raises(UsageError, match="--format"):
        format_of(Path("a.xlsx"))
