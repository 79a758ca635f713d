"""What cannot work is refused before anything is read or written, in one line that names the way out."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from drawn_folders import draw_folders, train_arguments

Program = Callable[..., tuple[int, str, str]]


@pytest.fixture
def few(tmp_path: Path) -> Path:
    """Four melanomas and four nevi."""
    return draw_folders(tmp_path / "few", {"melanoma": range(4), "nevus": range(4)})


def refused(naevia: Program, *arguments: object) -> tuple[int, str]:
    """Exit code and the one line of a refusal."""
    code, out, err = naevia(*arguments)
    assert (out, err.count("\n")) == ("", 1), err
    return code, err


@pytest.mark.parametrize("name", ["Clinic A", "a" * 65, "clinic\n"])
def test_a_name_that_no_model_can_have_is_refused_at_once(
    name: str, few: Path, tmp_path: Path, naevia: Program
) -> None:
    run = tmp_path / "run"
    ensemble = ("ensemble", "naevia-lite0", "naevia-ensemble", "--manifest", few, "--output", run)
    for given in (train_arguments(few, run), ensemble):
        code, err = refused(naevia, *given, "--model-id", name)
        assert (code, "cannot be the name of a model" in err) == (2, True)
    assert not run.exists()


def test_no_model_gets_the_name_of_a_shipped_one_unasked(few: Path, tmp_path: Path, naevia: Program) -> None:
    code, err = refused(naevia, *train_arguments(few, tmp_path / "naevia-lite0"))
    assert (code, "one that came with Naevia" in err, "--model-id" in err) == (2, True, True)
    assert not (tmp_path / "naevia-lite0").exists()


def test_a_finished_run_may_get_another_name(
    finished_run: Path, drawn: Path, tmp_path: Path, naevia: Program
) -> None:
    run = shutil.copytree(finished_run, tmp_path / "run")
    named = ("--model-id", "clinic-a", "--model-version", "2.0.0")
    code, _, err = naevia(*train_arguments(drawn, run, "--epochs", 2, "--resume", *named))
    assert (code, err) == (0, "")
    contract = json.loads((run / "model.json").read_text(encoding="utf-8"))
    assert (contract["model_id"], contract["version"]) == ("clinic-a", "2.0.0")
    assert (run / "model.keras").read_bytes() == (finished_run / "model.keras").read_bytes()


def test_an_output_below_a_file_is_refused_before_any_work(
    few: Path, tmp_path: Path, tiny_model: Path, naevia: Program
) -> None:
    (tmp_path / "file").touch()
    output = tmp_path / "file" / "sub"
    for given in (
        ("audit", few, "--output", output),
        train_arguments(few, output),
        ("evaluate", few, "--model", tiny_model, "--output", output),
        ("ensemble", *("naevia-lite0",) * 2, "--manifest", few, "--output", output, "--model-id", "both"),
    ):
        code, err = refused(naevia, *given)
        assert (code, err) == (2, f"naevia: {tmp_path / 'file'} is a file; give a folder to --output\n")


def test_a_table_of_labels_or_a_run_folder_in_the_wrong_place_is_told_apart(
    finished_run: Path, tmp_path: Path, naevia: Program
) -> None:
    labels = tmp_path / "own.csv"
    labels.write_text("image_id,diagnosis\na,nv\n", encoding="utf-8")
    code, err = refused(naevia, *train_arguments(labels, tmp_path / "run"))
    assert (code, "give the folder of the images and this table with --labels" in err) == (2, True)
    joined = (finished_run, "naevia-lite0", "--manifest", finished_run / "manifest.csv", "--model-id", "both")
    code, err = refused(naevia, "ensemble", *joined, "--output", tmp_path / "run")
    assert (code, f"{finished_run} is a run folder; give what `export-onnx {finished_run}" in err) == (
        2,
        True,
    )


@pytest.mark.parametrize(
    ("option", "expected", "part"),
    [
        (("--start-from", "gone/model"), 3, "no model at gone/model"),
        (("--start-from", "naevia-lite9"), 3, "no model with the id 'naevia-lite9'"),
        (("--teacher", "naevia-lite9"), 3, "no model with the id 'naevia-lite9'"),
        (("--validation", "gone.csv"), 2, "--validation gone.csv is no file; give the validation.csv"),
        (("--validation", "."), 2, "--validation . is no file; give the validation.csv"),
    ],
)
def test_what_a_run_builds_on_must_be_there(
    option: tuple[str, str], expected: int, part: str, few: Path, tmp_path: Path, naevia: Program
) -> None:
    code, err = refused(naevia, *train_arguments(few, tmp_path / "run", *option))
    assert (code, part in err) == (expected, True), err
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("inside", ["", "run", "nevus/run", "gone/../run"])
def test_nothing_is_written_among_the_photos(inside: str, few: Path, tmp_path: Path, naevia: Program) -> None:
    before = sorted(few.rglob("*"))
    commands = (train_arguments(few, few / inside), ("audit", few, "--output", few / inside))
    for given in (*commands, ("evaluate", few, "--output", few / inside)):
        code, err = refused(naevia, *given)
        assert (code, f"lies in {few}, where photos are read" in err) == (2, True)
    assert sorted(few.rglob("*")) == before


def test_a_report_may_lie_beside_the_photos_and_their_manifest(
    few: Path, tmp_path: Path, naevia: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert naevia("audit", "few", "--output", "audited")[0] == 0
    code, _, err = naevia(*train_arguments(Path("audited/manifest.csv"), Path("audited/run"), "--epochs", 1))
    assert (code, err) == (0, "")
    code, _, err = naevia("evaluate", "audited/validation.csv", "--root", ".", "--output", "audited/report")
    assert (code, err) == (0, "")


def test_a_folder_that_holds_no_run_is_left_alone(few: Path, tmp_path: Path, naevia: Program) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    code, err = refused(naevia, *train_arguments(few, tmp_path))
    assert (code, "holds other files (few, notes.txt) and no run; choose" in err) == (2, True)
    code, err = refused(naevia, *train_arguments(few, tmp_path / "notes.txt"))
    assert (code, "is a file; give a folder to --output" in err) == (2, True)


def test_a_run_without_a_finished_epoch_is_begun_anew(
    finished_run: Path, few: Path, tmp_path: Path, naevia: Program
) -> None:
    run = tmp_path / "run"
    run.mkdir()
    shutil.copy(finished_run / "config.json", run)
    code, err = refused(naevia, *train_arguments(few, run, "--epochs", 3, "--seed", 2, "--resume"))
    assert (code, "give the same, or leave out --resume to begin anew" in err) == (2, True)
    code, _, err = naevia(*train_arguments(few, run, "--epochs", 3, "--resume"))  # other images
    assert (code, "have changed since" in err, "leave out --resume to begin anew" in err) == (2, True, True)
    code, _, err = naevia(*train_arguments(few, run, "--epochs", 1))
    assert (code, err) == (0, "")
    assert json.loads((run / "config.json").read_text(encoding="utf-8"))["folders"] == [str(few)]


@pytest.mark.parametrize(
    ("name", "options", "part"),
    [
        (
            "text.keras",
            (),
            "of the network seed, received one that Keras cannot read; give another --weights",
        ),
        ("cut.keras", (), "of the network seed, received one that Keras cannot read"),
        ("text.h5", (), "of the network seed, received one that Keras cannot read"),
        (
            "text.h5",
            ("--backbone", "MobileNetV2"),
            "the weights of MobileNetV2 without its top, as Keras saves",
        ),
        ("model.keras", ("--backbone", "lite0"), "of the network lite0, received one of another network"),
    ],
)
def test_weights_that_do_not_fit_are_refused_before_the_audit(
    name: str,
    options: tuple[str, ...],
    part: str,
    finished_run: Path,
    few: Path,
    tmp_path: Path,
    naevia: Program,
) -> None:
    whole = (finished_run / "model.keras").read_bytes()
    content = {"model.keras": whole, "cut.keras": whole[: len(whole) // 2]}.get(name, b"no weights")
    (tmp_path / name).write_bytes(content)
    given = train_arguments(few, tmp_path / "run", "--weights", tmp_path / name, *options)
    code, err = refused(naevia, *given)
    assert (code, part in err, "Errno" in err) == (3, True, False), err
    assert not (tmp_path / "run").exists()


def test_a_model_of_another_network_is_refused_before_the_audit(
    few: Path, tmp_path: Path, naevia: Program
) -> None:
    for model, options, part in (
        ("naevia-lite0", (), "only a network of convolutions"),
        ("naevia-ensemble", ("--backbone", "lite0"), "networks; choose one with --member 1 to 3"),
    ):
        given = train_arguments(few, tmp_path / "run", "--start-from", model, *options)
        code, err = refused(naevia, *given)
        assert (code, part in err) == (3, True), err
    assert not (tmp_path / "run").exists()


def test_both_sides_are_counted_when_one_is_empty(few: Path, tmp_path: Path, naevia: Program) -> None:
    single = draw_folders(tmp_path / "single", {"melanoma": [1], "nevus": [1]})
    code, err = refused(naevia, *train_arguments(single, tmp_path / "run"))
    assert (code, "found train: mel 1, nv 1; validation: none; give more images" in err) == (2, True), err
    code, err = refused(naevia, *train_arguments(few, tmp_path / "run", "--leave-out", "few"))
    assert (code, "found train: none; validation: none; give more images, or leave" in err) == (2, True), err
    assert not (tmp_path / "run").exists()
