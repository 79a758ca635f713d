"""Fixtures of the train room: drawn class folders, and one short run that several tests look at."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

pytest.importorskip("tensorflow", reason="the train room needs the `train` extra")

from drawn_folders import draw_folders, train_arguments

from naevia.cli import run
from naevia.taxonomy import TAXONOMY


@pytest.fixture(scope="session")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All nine diagnoses, ten images each, and a declared Test folder with two each."""
    seeds = {f"Train/{diagnosis.name}": range(10) for diagnosis in TAXONOMY}
    seeds |= {f"Test/{diagnosis.name}": range(10, 12) for diagnosis in TAXONOMY}
    return draw_folders(tmp_path_factory.mktemp("drawn") / "lesions", seeds)


@pytest.fixture
def naevia(capfd: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    """Run the program; returns exit code, standard output and standard error."""

    def call(*arguments: object) -> tuple[int, str, str]:
        code = run([str(argument) for argument in arguments])
        out, err = capfd.readouterr()
        return code, out, err

    return call


@pytest.fixture(scope="session")
def finished_run(drawn: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two epochs of the seed recipe on the drawn folders."""
    output = tmp_path_factory.mktemp("runs") / "seed"
    assert run(train_arguments(drawn, output, "--epochs", 2)) == 0
    return output
