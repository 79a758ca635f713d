"""What README.md and docs/training.md say of the shipped model is what its `model.json` holds."""

from __future__ import annotations

import re
import runpy
from pathlib import Path

import pytest

REFRESH = runpy.run_path(str(Path(__file__).parents[2] / "docs" / "refresh_figures.py"))
KNOWN = REFRESH["figures"](REFRESH["read_contract"](REFRESH["MODEL"]))


@pytest.mark.parametrize("page", REFRESH["PAGES"], ids=lambda page: page.name)
def test_no_figure_was_typed_or_forgotten(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert REFRESH["refreshed"](text, KNOWN) == text, "run python docs/refresh_figures.py"
    assert text.count("<!--/-->") == len(re.findall(r"<!--[\w.]+-->", text)) > 0
