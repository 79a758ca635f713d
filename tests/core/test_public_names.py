from __future__ import annotations

import subprocess
import sys

import pytest

import naevia


def test_the_public_names_are_these() -> None:
    assert naevia.__all__ == [
        "CODES",
        "COLUMNS",
        "TAXONOMY",
        "Contract",
        "DataError",
        "Diagnosis",
        "ImageError",
        "MissingExtraError",
        "ModelError",
        "NaeviaError",
        "Photo",
        "Prediction",
        "Row",
        "RowFile",
        "Session",
        "UsageError",
        "__version__",
        "decode_photo",
        "find_diagnosis",
        "find_model",
        "heat_map",
        "list_models",
        "overlay",
        "read_contract",
        "read_photo",
    ]


@pytest.mark.parametrize("name", naevia.__all__)
def test_every_public_name_is_there(name: str) -> None:
    assert getattr(naevia, name) is not None
    assert name in dir(naevia)


def test_every_public_name_is_the_same_object_whatever_was_imported_before() -> None:
    code = """
import importlib, pkgutil, naevia
homes = {home: names for home, names in naevia._HOMES.items()}
for module in pkgutil.iter_modules(naevia.__path__):
    if module.name not in ("__main__", "_heif"):
        importlib.import_module(f"naevia.{module.name}")
for home, names in homes.items():
    for name in names:
        assert getattr(naevia, name) is getattr(importlib.import_module(f"naevia.{home}"), name), name
"""
    subprocess.run([sys.executable, "-c", code], check=True)


def test_any_other_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="nothing"):
        naevia.nothing  # noqa: B018
