"""What docs/training.md lists is what there is."""

from __future__ import annotations

import re
import runpy
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[2] / "docs"
TEXT = (DOCS / "training.md").read_text(encoding="utf-8")


def test_the_recipes_have_the_settings_of_the_table(capsys: pytest.CaptureFixture[str]) -> None:
    runpy.run_path(str(DOCS / "recipe_table.py"), run_name="__main__")
    assert f"\n\n{capsys.readouterr().out}\n" in TEXT


def test_every_file_of_a_run_folder_is_listed(finished_run: Path) -> None:
    table = TEXT.partition("## What lands in the run folder")[2].partition("##")[0]
    listed = set(re.findall("`([^`]+)`", table))
    assert {re.sub(r"\d{4}", "NNNN", path.name) for path in finished_run.iterdir()} <= listed
