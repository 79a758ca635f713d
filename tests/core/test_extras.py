from __future__ import annotations

import re
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from naevia._extras import EXTRAS
from naevia.errors import MissingExtraError, require_extra

PYPROJECT = Path(__file__).parents[2] / "pyproject.toml"


def plain(requirement: str) -> str:
    """The name of a distribution, without versions, as registries compare it."""
    found = re.match(r"[\w.-]+", requirement)
    assert found
    return re.sub(r"[-_.]+", "-", found[0]).lower()


@pytest.mark.parametrize("extra", ["app", "train", "jax", "heif"])
def test_every_package_of_an_extra_is_looked_for(extra: str) -> None:
    """Else a training ends at what was missing when it began."""
    declared = tomllib.loads(PYPROJECT.read_text(encoding="utf-8"))["project"]["optional-dependencies"]
    installed = packages_distributions()
    if missing := [module for module in EXTRAS[extra] if module not in installed]:
        pytest.skip(f"{', '.join(missing)} not installed")
    wanted = {plain(requirement) for requirement in declared[extra]}
    looked_for = [{plain(name) for name in installed[module]} for module in EXTRAS[extra]]
    assert all(names & wanted for names in looked_for)
    assert wanted <= set.union(*looked_for)


@pytest.mark.parametrize("module", EXTRAS["train"])
def test_whatever_is_missing_is_named_before_the_work(module: str, monkeypatch: pytest.MonkeyPatch) -> None:
    import importlib.util

    real = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name, *more: None if name == module else real(name, *more)
    )
    with pytest.raises(MissingExtraError, match=rf"`train` extra \(.*{module}.* not installed\)"):
        require_extra("train")
