from __future__ import annotations

import csv
import json
import os
import shutil
import sqlite3
import stat
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from drawn_folders import draw_file, draw_folders, train_arguments, write

from naevia.synthetic import draw_lesion
from naevia_train.auditing.engine import audit_folders
from naevia_train.auditing.findings import Resolve
from naevia_train.auditing.ledger import Ledger
from naevia_train.auditing.output import write_outputs
from naevia_train.auditing.store import FactStore
from naevia_train.labelling.manifest import read_manifest

Program = Callable[..., tuple[int, str, str]]


@pytest.fixture
def contradicted(tmp_path: Path) -> Path:
    """Eight melanomas and eight nevi; one melanoma stands among the nevi, too, and one in Test."""
    root = draw_folders(
        tmp_path / "set",
        {"Train/melanoma": range(8), "Train/nevus": range(8), "Test/nevus": [20], "Test/melanoma": [20]},
    )
    shutil.copy(root / "Train/melanoma/mel-3.png", root / "Train/nevus/nv-30.png")
    shutil.copy(root / "Train/nevus/nv-5.png", root / "Test/nevus/nv-5.png")
    return root


def written(folder: Path, cache: Path, output: Path) -> dict[str, bytes]:
    """What an audit writes, by name."""
    with audit_folders([folder], cache=cache) as audit:
        write_outputs(audit, output)
    return {path.name: path.read_bytes() for path in output.iterdir()}


def test_a_full_disk_for_temporary_files_is_said_in_a_sentence(
    contradicted: Path, tmp_path: Path, naevia: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    monkeypatch.setattr(Ledger, "add_found", full)
    code, _, err = naevia("audit", contradicted, "--output", tmp_path / "audit")
    assert code == 2
    assert "database or disk is full" in err
    assert "TMPDIR" in err
    assert "Traceback" not in err


def test_the_command_leaves_report_findings_and_manifest(
    contradicted: Path, tmp_path: Path, naevia: Program
) -> None:
    output = tmp_path / "audit"
    code, out, err = naevia("audit", contradicted, "--output", output, "--strict")
    assert (code, err) == (0, "")
    assert "1 image is contradicted" in out
    assert str(output / "audit.html") in out
    assert {path.name for path in output.iterdir()} == {
        "audit.html",
        "audit.json",
        "manifest.csv",
        "manifest.parquet",
        "summary.md",
        "test.csv",
        "validation.csv",
    }
    findings = json.loads((output / "audit.json").read_text(encoding="utf-8"))
    assert [item["kind"] for item in findings["contradictions"]] == ["two folders"]
    assert [item["held_out"]["path"] for item in findings["leaks"]] == ["set/Test/nevus/nv-5.png"]
    rows = read_manifest(output / "manifest.csv")
    assert rows == read_manifest(output / "manifest.parquet")
    assert len(rows) == 20
    assert all(len(row.phash) == 16 for row in rows)


@pytest.mark.parametrize(("resolve", "code"), [("authority", 0), ("drop", 0), ("keep", 1)])
def test_strict_refuses_what_remains(
    contradicted: Path, tmp_path: Path, naevia: Program, resolve: str, code: int
) -> None:
    given = ("audit", contradicted, "--output", tmp_path / "audit", "--resolve", resolve)
    assert naevia(*given)[0] == 0
    assert naevia(*given, "--strict")[0] == code


@pytest.mark.parametrize(
    ("policy", "labels"), [("authority", {"nv"}), ("drop", set()), ("keep", {"mel", "nv"})]
)
def test_the_policy_decides_what_a_contradicted_image_becomes(
    contradicted: Path, tmp_path: Path, policy: Resolve, labels: set[str]
) -> None:
    official = write(tmp_path / "official.csv", "image_id,diagnosis\nmel-3,nv\n")
    paths = {"set/Train/melanoma/mel-3.png", "set/Train/nevus/nv-30.png"}
    with audit_folders([contradicted], [official], policy=policy, cache=tmp_path / "cache") as audit:
        used = [row for row in audit.rows if row.path in paths and row.split != "dropped"]
        assert {row.label for row in used} == labels
        assert all(item.resolved == (policy != "keep") for item in audit.report.contradictions)


def test_wrong_use_gets_one_line(contradicted: Path, tmp_path: Path, naevia: Program) -> None:
    a_file = write(tmp_path / "file", "x")
    for arguments, part in (
        ([tmp_path / "gone", "--output", tmp_path / "a"], "is not a folder"),
        ([contradicted, "--output", a_file], "is a file"),
        ([contradicted, "--output", tmp_path / "a", "--labels", tmp_path / "gone.csv"], "cannot be read"),
    ):
        code, _, err = naevia("audit", *arguments)
        assert (code, err.count("\n")) == (2, 1)
        assert part in err


def test_a_damaged_cache_is_made_anew(contradicted: Path, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    first = written(contradicted, cache, tmp_path / "first")
    (cache / "facts.sqlite").write_bytes(b"no database at all" * 100)
    for name in ("facts.sqlite-wal", "facts.sqlite-shm"):
        (cache / name).unlink(missing_ok=True)
    assert written(contradicted, cache, tmp_path / "again") == first
    assert written(contradicted, write(tmp_path / "in the way", ""), tmp_path / "without") == first


@pytest.mark.skipif(os.name == "nt", reason="Windows keeps the user's cache folder from others by itself")
def test_only_its_owner_can_read_the_cache(contradicted: Path, tmp_path: Path) -> None:
    def rights() -> tuple[int, dict[str, int]]:
        with FactStore(cache) as store:
            store.remembered(["version"], dict)
            files = {path.name: stat.S_IMODE(path.stat().st_mode) for path in cache.glob("facts.*")}
            return stat.S_IMODE(cache.stat().st_mode), files

    cache = tmp_path / "cache"
    private = {f"facts.sqlite{end}": 0o600 for end in ("", "-wal", "-shm")}
    assert rights() == (0o700, private)
    for path in (cache, *cache.iterdir(), write(cache / "facts.sqlite-wal", "")):
        path.chmod(0o755)
    with audit_folders([contradicted], cache=cache):
        assert stat.S_IMODE((cache / "facts.sqlite").stat().st_mode) == 0o600
    assert rights() == (0o700, private)
    write(cache / "of another program", "")
    cache.chmod(0o755)
    assert rights() == (0o755, private)


def test_a_changed_file_is_read_again(contradicted: Path, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    with audit_folders([contradicted], cache=cache) as audit:
        before = {row.path: row.sha256 for row in audit.rows}
    draw_file(contradicted / "Train/nevus/nv-2.png", "nv", 99)
    with audit_folders([contradicted], cache=cache) as audit:
        after = {row.path: row.sha256 for row in audit.rows}
    assert {path for path in before if before[path] != after[path]} == {"set/Train/nevus/nv-2.png"}


def test_a_file_that_could_not_be_read_is_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it lacked may be there now, such as the extra that decodes HEIC."""
    import importlib.util

    heif = pytest.importorskip("pillow_heif", reason="the `heif` extra is not installed")
    folder = draw_folders(tmp_path / "set", {"melanoma": range(2), "nevus": range(2)})
    photo = draw_lesion("mel", seed=9, width_px=128, height_px=128)
    heif.from_bytes("RGB", (128, 128), photo.tobytes()).save(folder / "melanoma" / "mel-9.heic")
    cache, real = tmp_path / "cache", importlib.util.find_spec
    with monkeypatch.context() as without:
        without.setattr(
            importlib.util, "find_spec", lambda name, *more: None if name == "pillow_heif" else real(name)
        )
        with audit_folders([folder], cache=cache) as audit:
            (problem,) = audit.report.problems
    assert "pip install -e '.[heif]'" in problem.message
    with audit_folders([folder], cache=cache) as audit:
        assert not audit.report.problems


def test_a_cache_of_another_version_is_made_anew(contradicted: Path, tmp_path: Path) -> None:
    (tmp_path / "cache").mkdir()
    with closing(sqlite3.connect(tmp_path / "cache" / "facts.sqlite")) as database:
        database.executescript(
            "CREATE TABLE version (version); INSERT INTO version VALUES ('0'); "
            "CREATE TABLE files (path, size, changed_ns, sha256, problem, message);"
        )
    first = written(contradicted, tmp_path / "cache", tmp_path / "first")
    assert written(contradicted, tmp_path / "new", tmp_path / "second") == first


@pytest.mark.slow
def test_training_settles_a_contradiction_and_says_so(
    contradicted: Path, tmp_path: Path, naevia: Program
) -> None:
    code, out, _ = naevia(*train_arguments(contradicted, tmp_path / "run", "--epochs", 1))
    assert code == 0
    assert "Images under two diagnoses: 1" in out
    assert "Held-out files that training could have seen (kept apart): 1" in out
    assert "mel-3" in (tmp_path / "run" / "audit.md").read_text(encoding="utf-8")
    splits = {row.path: row.split for row in read_manifest(tmp_path / "run" / "manifest.csv")}
    assert splits["set/Train/melanoma/mel-3.png"] == splits["set/Train/nevus/nv-30.png"] == "dropped"
    assert splits["set/Train/nevus/nv-5.png"] in ("excluded", "test", "dropped")


def test_training_takes_a_manifest(contradicted: Path, tmp_path: Path, naevia: Program) -> None:
    assert naevia("audit", contradicted, "--output", tmp_path / "audit")[0] == 0
    manifest = tmp_path / "audit" / "manifest.csv"
    code, _, err = naevia(*train_arguments(manifest, tmp_path / "run", "--epochs", 1))
    assert (code, err) == (0, "")
    assert read_manifest(tmp_path / "run" / "manifest.csv") == read_manifest(manifest)


def _edited(manifest: Path, changes: dict[str, str]) -> None:
    with manifest.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        if row["path"] == "set/Train/nevus/nv-0.png":
            row.update(changes)
    with manifest.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def test_training_refuses_a_manifest_that_keeps_contradictions(
    contradicted: Path, tmp_path: Path, naevia: Program
) -> None:
    given = ("--output", tmp_path / "audit", "--resolve", "keep")
    assert naevia("audit", contradicted, *given)[0] == 0
    code, _, err = naevia(*train_arguments(tmp_path / "audit" / "manifest.csv", tmp_path / "run"))
    assert code == 2
    assert "audit --resolve authority" in err
    assert err.count("\n") == 1
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    ("changes", "part"),
    [
        ({"label": "mumps"}, "'mumps' is none of"),
        ({"split": "tomorrow"}, "expected a split of"),
        ({"width_px": "wide"}, "the size is no number"),
        ({"sha256": "0" * 64}, "has changed since it was audited"),
        ({"path": "set/Train/nevus/gone.png"}, "is in none of"),
    ],
)
def test_a_manifest_that_does_not_fit_is_named(
    contradicted: Path, tmp_path: Path, naevia: Program, changes: dict[str, str], part: str
) -> None:
    assert naevia("audit", contradicted, "--output", tmp_path / "audit")[0] == 0
    _edited(tmp_path / "audit" / "manifest.csv", changes)
    code, _, err = naevia(*train_arguments(tmp_path / "audit" / "manifest.csv", tmp_path / "run"))
    assert code == 2
    assert part in err
    assert err.count("\n") == 1
