"""What is wrong with a label file is named with its row; nothing is lost in silence."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from drawn_folders import draw_folders, train_arguments, write

from naevia.errors import DataError
from naevia_train.auditing.engine import audit_folders
from naevia_train.labelling.label_problems import LabelProblem

Program = Callable[..., tuple[int, str, str]]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Four melanomas, `mel-0` to `mel-3`, and four nevi."""
    return draw_folders(tmp_path / "set", {"melanoma": range(4), "nevus": range(4)})


def problems(folder: Path, text: str) -> list[LabelProblem]:
    table = write(folder.parent / "own.csv", text)
    with audit_folders([folder], [table]) as audit:
        return list(audit.report.label_problems)


def of_kind(found: list[LabelProblem], kind: str) -> list[LabelProblem]:
    return [problem for problem in found if problem.kind == kind]


@pytest.mark.parametrize(
    ("header", "missing"),
    [
        ("diagnosis,age", "no column of image ids"),
        ("image_id,age", "no column of diagnoses"),
        ("", "the header (none)"),
    ],
)
def test_a_missing_column_is_named_with_the_header_row(folder: Path, header: str, missing: str) -> None:
    with pytest.raises(DataError) as error:
        problems(folder, f"{header}\nmel-0,mel\n" if header else "")
    assert "own.csv, row 1:" in str(error.value)
    assert missing in str(error.value)


def test_an_unknown_diagnosis_is_named_with_its_row_and_word(folder: Path) -> None:
    found = of_kind(
        problems(folder, "image_id,diagnosis\nmel-0,mel\nmel-1,wart\nmel-2,nv\n"), "unknown diagnosis"
    )
    assert [(item.csv, item.row, item.value) for item in found] == [("own.csv", 3, "wart")]
    assert "own.csv, row 3" in found[0].message


@pytest.mark.parametrize(
    ("row", "part"),
    [
        ("mel-1", "expected 2 columns"),
        ("mel-1,mel,extra", "expected 2 columns"),
        (",mel", "the column image_id is empty"),
    ],
)
def test_a_malformed_row_is_named(folder: Path, row: str, part: str) -> None:
    found = of_kind(problems(folder, f"image_id,diagnosis\nmel-0,mel\n{row}\nmel-2,mel\n"), "malformed row")
    assert [item.row for item in found] == [3]
    assert part in found[0].message


def test_a_one_hot_row_with_two_marks_is_named(folder: Path) -> None:
    found = problems(folder, "image,MEL,NV,SCC\nmel-0,1,0,0\nmel-1,1,1,0\nmel-2,0,0,0\n")
    assert [item.row for item in of_kind(found, "malformed row")] == [3, 4]


def test_ids_without_images_and_images_without_ids_are_named(folder: Path) -> None:
    found = problems(
        folder, "image_id,diagnosis\nmel-0,mel\nlost-7,nv\n" + "".join(f"nv-{n},nv\n" for n in range(4))
    )
    without_image = of_kind(found, "id without image")
    assert [(item.csv, item.row, item.value) for item in without_image] == [("own.csv", 3, "lost-7")]
    without_id = of_kind(found, "image without id")
    assert [item.value for item in without_id] == [f"set/melanoma/mel-{number}.png" for number in (1, 2, 3)]
    assert all(item.row == 0 for item in without_id)


def test_a_sound_table_has_no_problem(folder: Path) -> None:
    rows = [f"{code}-{number},{code}" for code in ("mel", "nv") for number in range(4)]
    assert problems(folder, "image_id,diagnosis\n" + "\n".join(rows) + "\n") == []


def test_the_command_goes_on_and_the_report_names_the_row(
    folder: Path, tmp_path: Path, naevia: Program
) -> None:
    table = write(tmp_path / "own.csv", "image_id,diagnosis\nmel-1,wart\n")
    code, _, err = naevia("audit", folder, "--labels", table, "--output", tmp_path / "audit")
    assert (code, err) == (0, "")
    assert "row 2: diagnosis &#x27;wart&#x27;" in (tmp_path / "audit/audit.html").read_text(encoding="utf-8")
    findings = json.loads((tmp_path / "audit/audit.json").read_text(encoding="utf-8"))
    assert {"kind": "unknown diagnosis", "row": 2}.items() <= findings["label_problems"][0].items()


def test_rows_that_cannot_be_used_are_told_on_the_screen_and_in_the_summary(
    folder: Path, tmp_path: Path, naevia: Program
) -> None:
    table = write(tmp_path / "own.csv", "image_id,diagnosis\nmel-1,0\nmel-2,1\nmel-3,mel,x\nlost-7,nv\n")
    code, out, _ = naevia("audit", folder, "--labels", table, "--output", tmp_path / "audit")
    summary = (tmp_path / "audit/summary.md").read_text(encoding="utf-8")
    assert code == 0
    for told in (out, summary):
        assert "2 rows of own.csv name no known diagnosis, first: row 2, '0'; expected akiec, bcc," in told
        assert "1 row of own.csv makes no sense: row 4, 'mel-3'." in told
        assert "No image shows actinic keratosis, basal cell carcinoma, dermatofibroma" in told
    assert "|\n| own.csv: unknown diagnosis | 2 |\n| own.csv: malformed row | 1 |\n" in summary


def test_what_a_table_does_not_tell_and_what_nobody_reads_stands_in_the_verdict(
    folder: Path, tmp_path: Path, naevia: Program
) -> None:
    ungrouped = "Neither lesion nor patient ids were given (columns lesion_id, patient_id)"
    for header, missing, unread in (
        ("image_id,diagnosis,sex", True, ""),
        ("image_id,diagnosis,Person", True, 'Of own.csv nothing reads "person".'),
        ("image_id,diagnosis,patient", False, ""),
    ):
        table = write(tmp_path / "own.csv", f"{header}\nmel-0,mel,1\nmel-1,mel,1\n")
        _, out, _ = naevia("audit", folder, "--labels", table, "--output", tmp_path / "audit")
        assert (ungrouped in out, "nothing reads" in out, unread in out) == (missing, bool(unread), True)


def test_photos_of_a_patient_stay_on_one_side_however_the_column_is_called(folder: Path) -> None:
    table = write(
        folder.parent / "own.csv", "image_id,patient\n" + "".join(f"mel-{n},p\nnv-{n},p\n" for n in range(4))
    )
    with audit_folders([folder], [table]) as audit:
        assert len({row.group for row in audit.rows}) == 1


def test_an_audit_without_a_usable_image_leaves_its_report_and_ends_with_an_error(
    folder: Path, tmp_path: Path, naevia: Program
) -> None:
    flat = folder.rename(tmp_path / "flat")
    for photo in list(flat.glob("*/*.png")):
        photo.rename(flat / photo.name)
    table = write(tmp_path / "own.csv", "image_id,diagnosis\nmel-1,0\n")
    report = tmp_path / "audit/audit.html"
    code, out, err = naevia("audit", flat, "--labels", table, "--output", report.parent)
    assert (code, err.count("\n")) == (2, 1)
    assert f"expected images with a diagnosis, found none among 8; {report} says why" in err
    assert f"report: {report}" in out
    assert "No image shows any of the nine diagnoses." in report.read_text(encoding="utf-8")
    assert (report.parent / "manifest.csv").is_file()


def test_training_stops_at_a_bad_row(folder: Path, tmp_path: Path, naevia: Program) -> None:
    table = write(tmp_path / "own.csv", "image_id,diagnosis\nmel-1,wart\n")
    code, _, err = naevia(*train_arguments(folder, tmp_path / "run", "--labels", table))
    assert code == 2
    assert "row 2" in err
    assert "'wart'" in err
    assert not (tmp_path / "run/model.keras").exists()
