from __future__ import annotations

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
        "evidence",
        "find_diagnosis",
        "find_model",
        "list_models",
        "overlay",
        "read_contract",
        "read_photo",
    ]


@pytest.mark.parametrize("name", naevia.__all__)
def test_every_public_name_is_there(name: str) -> None:
    assert getattr(naevia, name) is not None
    assert name in dir(naevia)


def test_any_other_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="nothing"):
        naevia.nothing  # noqa: B018
