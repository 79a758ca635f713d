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


@pytest.mark.parametrize("name", ["Clinic A", "a" * 65, "clinic\n", ""])
def test_a_name_that_no_model_can_have_is_refused_at_once(
    name: str, few: Path, tmp_path: Path, naevia: Program
) -> None:
    run = tmp_path / "run"
    ensemble = ("ensemble", "naevia-lite0", "naevia-ensemble", "--manifest", few, "--output", run)
    for given in (train_arguments(few, run), ensemble):
        code, err = refused(naevia, *given, "--model-id", name)
        assert (code, "cannot be the name of a model" in err) == (2, True)
    assert not run.exists()


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
