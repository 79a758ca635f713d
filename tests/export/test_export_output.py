"""The model folder appears complete or not at all, and never at the cost of other files."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

import pytest

from naevia.contract import read_contract
from naevia.errors import NaeviaError, UsageError
from naevia_export.contracts import Stated
from naevia_export.exporting import Options, export_model
from naevia_export.package import staged


def test_missing_parents_are_made(tmp_path: Path) -> None:
    with staged(tmp_path / "a" / "b" / "model", force=False) as folder:
        (folder / "model.onnx").write_bytes(b"x")
        assert not (tmp_path / "a" / "b" / "model").exists()
    assert [path.name for path in (tmp_path / "a" / "b").iterdir()] == ["model"]
    assert stat.S_IMODE((tmp_path / "a" / "b" / "model").stat().st_mode) & 0o500 == 0o500


@pytest.mark.parametrize("problem", [ValueError, KeyboardInterrupt])
def test_a_failure_removes_all_that_was_made(tmp_path: Path, problem: type[BaseException]) -> None:
    with pytest.raises(problem), staged(tmp_path / "a" / "model", force=False) as folder:
        (folder / "model.onnx").write_bytes(b"half")
        raise problem
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_is_no_wrong_use(tmp_path: Path) -> None:
    with pytest.raises(NaeviaError, match="No space left") as error, staged(tmp_path / "model", force=False):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    assert error.value.exit_code == 4
    assert list(tmp_path.iterdir()) == []


def test_a_failure_leaves_the_old_model_as_it_was(tmp_path: Path) -> None:
    old = tmp_path / "model"
    old.mkdir()
    (old / "model.onnx").write_bytes(b"old")
    with pytest.raises(ValueError, match="half way"), staged(old, force=True) as folder:
        (folder / "model.onnx").write_bytes(b"new")
        raise ValueError("half way")
    assert (old / "model.onnx").read_bytes() == b"old"
    assert [path.name for path in tmp_path.iterdir()] == ["model"]


def test_an_existing_model_is_replaced_only_by_force(keras_file: Path, photos: Path, tmp_path: Path) -> None:
    output = tmp_path / "model"
    export_model(keras_file, output, images=photos, options=Options(stated=Stated(version="1")))
    with pytest.raises(UsageError, match="--force"):
        export_model(keras_file, output, images=photos)
    export_model(keras_file, output, images=photos, options=Options(stated=Stated(version="2"), force=True))
    assert read_contract(output).version == "2"
    assert [path.name for path in tmp_path.iterdir()] == ["model"]


def test_other_files_are_never_replaced(tmp_path: Path) -> None:
    (tmp_path / "thesis.docx").write_bytes(b"years of work")
    with pytest.raises(UsageError, match=r"other files \(thesis.docx\)"), staged(tmp_path, force=True):
        pass
    with pytest.raises(UsageError, match="is a file"), staged(tmp_path / "thesis.docx", force=True):
        pass
    assert (tmp_path / "thesis.docx").read_bytes() == b"years of work"


def test_an_empty_folder_may_be_used(tmp_path: Path) -> None:
    (tmp_path / "model").mkdir()
    with staged(tmp_path / "model", force=False) as folder:
        (folder / "model.onnx").write_bytes(b"x")
    assert (tmp_path / "model" / "model.onnx").is_file()


def test_a_place_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(UsageError, match="cannot be written"), staged(tmp_path / "file" / "m", force=False):
        pass
