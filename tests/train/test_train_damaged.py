"""Files of a run or an audit that are damaged are named in one line, with the way out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import fields, replace
from pathlib import Path

import pytest
from drawn_folders import train_arguments, write

from naevia.errors import DataError
from naevia_train.fitting.records import HISTORY, EpochRecord, read_history
from naevia_train.labelling.manifest import ManifestRow, read_manifest, write_manifest
from naevia_train.preparing.noted_label_files import label_files_of
from naevia_train.running.sittings import SITTINGS, read_sittings

ROW = ManifestRow("a", "a.jpg", "a", 9, 9, "", "", "", "", "", "", "mel", "folder", "a", "train")
HISTORY_HEAD = ",".join(field.name for field in fields(EpochRecord))


@pytest.mark.parametrize("name", ["junk.csv", "junk.parquet"])
def test_a_manifest_of_junk_is_named(
    name: str, tmp_path: Path, naevia: Callable[..., tuple[int, str, str]]
) -> None:
    junk = tmp_path / name
    junk.write_bytes(b"\xff\xfe\x00\x9c" * 99)
    code, _, err = naevia(*train_arguments(junk, tmp_path / "run"))
    assert (code, err.count("\n")) == (2, 1)
    assert f"{junk} cannot be read as" in err and "unexpected" not in err


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda text: text.replace(",train", ""), r"row 2: expected 15 columns"),
        (lambda text: text.replace("split", "spilt"), r"has no column split"),
        (lambda text: text.replace(",9,9", ",9,wide"), r"row 2: the size is no number"),
        (
            lambda text: text.replace(",train", ",trian"),
            r"row 2: expected a split of train, .* received 'tri",
        ),
    ],
)
def test_a_manifest_that_makes_no_sense_is_named(
    change: Callable[[str], str], words: str, tmp_path: Path
) -> None:
    write_manifest([ROW], tmp_path)
    manifest = tmp_path / "manifest.csv"
    write(manifest, change(manifest.read_text()))
    with pytest.raises(DataError, match=words):
        read_manifest(manifest)
    assert read_manifest(tmp_path / "manifest.parquet") == [ROW]


def test_an_audit_that_breaks_off_leaves_the_earlier_manifest(tmp_path: Path) -> None:
    """Never the first part of a new one, which a training would take for all there is."""

    def broken() -> Iterator[ManifestRow]:
        for _ in range(15_000):
            yield replace(ROW, split="validation")
        raise OSError(28, "No space left on device")

    write_manifest([ROW], tmp_path)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    with pytest.raises(OSError, match="No space"):
        write_manifest(broken(), tmp_path)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before
    assert set(before) == {"manifest.csv", "manifest.parquet", "validation.csv", "test.csv"}


@pytest.mark.parametrize("text", ["epoch,loss\n1,2\n", f"{HISTORY_HEAD}\n1,2,3\n", "epoch\none\n"])
def test_a_damaged_history_is_named(text: str, tmp_path: Path) -> None:
    path = write(tmp_path / HISTORY, text)
    with pytest.raises(DataError, match=f"{path} is not what this version of Naevia writes; start again"):
        read_history(tmp_path)


@pytest.mark.parametrize("text", ["", "[{}]", "5"])
def test_damaged_sittings_are_named(text: str, tmp_path: Path) -> None:
    path = write(tmp_path / SITTINGS, text)
    with pytest.raises(DataError, match=f"{path} is not what this version of Naevia writes; delete it"):
        read_sittings(tmp_path, epochs=1)


@pytest.mark.parametrize("text", ["", "[]", '{"root": "a"}', '{"root": "a", "label_files": 5}'])
def test_damaged_findings_of_an_audit_are_named(text: str, tmp_path: Path) -> None:
    path = write(tmp_path / "audit.json", text)
    with pytest.raises(DataError, match=f"{path}, which belongs .* is damaged; audit the folders again"):
        label_files_of([tmp_path / "manifest.csv"], [])
