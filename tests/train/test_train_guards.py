"""What a run refuses before it trains: measuring on what was learnt, and facts that would fail at its end."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from drawn_folders import draw_folders, train_arguments, write

Program = Callable[..., tuple[int, str, str]]


@pytest.fixture
def more(tmp_path: Path) -> Path:
    """A second folder, which changes the ids of all images."""
    return draw_folders(tmp_path / "more", {"melanoma": range(20, 24), "nevus": range(20, 24)})


def test_weights_are_not_measured_on_what_they_learnt_from_when_a_folder_is_added(
    finished_run: Path, drawn: Path, more: Path, tmp_path: Path, naevia: Program
) -> None:
    weights = ("--weights", finished_run / "model.keras", "--epochs", 1, "--seed", 7)
    code, _, err = naevia(*train_arguments(drawn, tmp_path / "run", *weights, more))
    assert (code, err.count("\n")) == (2, 1)
    assert f"not in {finished_run / 'validation.csv'}, so the weights it starts from may have learnt" in err
    assert not (tmp_path / "run").exists()


def test_a_teacher_has_not_learnt_from_what_its_pupil_is_measured_on(
    finished_run: Path, tiny_model: Path, drawn: Path, tmp_path: Path, naevia: Program
) -> None:
    teacher = shutil.copytree(tiny_model, tmp_path / "teacher")
    shutil.copy(finished_run / "validation.csv", teacher)
    arguments = ("--teacher", teacher, "--epochs", 1, "--seed", 7)
    code, _, err = naevia(*train_arguments(drawn, tmp_path / "run", *arguments))
    assert (code, f"its teacher {teacher} may have learnt from them" in err, err.count("\n")) == (2, True, 1)


def test_facts_that_cannot_be_used_are_refused_before_training(
    more: Path, tmp_path: Path, naevia: Program
) -> None:
    facts = write(tmp_path / "facts.csv", "patient_id,age,image_id\np1,50,mel-20\np2,61\n")
    audited = tmp_path / "audited"
    assert naevia("audit", more, "--labels", facts, "--output", audited)[0] == 0
    run = tmp_path / "run"
    code, out, err = naevia(*train_arguments(audited / "manifest.csv", run, "--epochs", 1))
    assert (code, f"{facts}, row 3: the column image_id is empty" in err) == (2, True)
    assert "epoch 1/1" not in out
    assert not run.exists()
