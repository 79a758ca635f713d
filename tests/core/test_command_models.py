from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from importlib.metadata import metadata
from pathlib import Path

import pytest
from drawn_photos import Done
from tiny_model import tiny_contract, write_tiny_model

from naevia.contract import Metric, TrainingData

Naevia = Callable[..., Done]


@pytest.fixture
def copy(tiny_model: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(tiny_model, tmp_path / "copy"))


def change_a_byte(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def test_verify_says_how_close_the_golden_answers_came(naevia: Naevia, tiny_model: Path) -> None:
    for arguments in ([], ["tiny"], [tiny_model]):
        done = naevia("models", "verify", *arguments)
        assert done.code == 0
        assert done.out.startswith("OK: tiny 1.0")
        assert "within" in done.out


@pytest.mark.parametrize("name", ["model.onnx", "golden.npz", "CARD.md"])
@pytest.mark.parametrize("command", ["verify", "predict", "scan"])
def test_a_changed_byte_is_refused_everywhere(
    naevia: Naevia, copy: Path, photos: Path, tmp_path: Path, name: str, command: str
) -> None:
    change_a_byte(copy / name)
    commands = {
        "verify": ["models", "verify", copy],
        "predict": ["predict", photos / "dark.png", "--model", copy],
        "scan": ["scan", photos, "--output", tmp_path / "x.csv", "--model", copy],
    }
    done = naevia(*commands[command])
    assert (done.code, done.out) == (3, "")
    assert name in done.err
    assert len(done.err.splitlines()) == 1
    assert not list(tmp_path.glob("x.csv*"))


def test_a_missing_model_exits_with_3(naevia: Naevia, tmp_path: Path) -> None:
    for wish in ("nothing", tmp_path):
        done = naevia("models", "verify", wish)
        assert done.code == 3
        assert len(done.err.splitlines()) == 1


def test_list_shows_good_and_damaged_models(
    naevia: Naevia, copy: Path, monkeypatch: pytest.MonkeyPatch, tiny_model: Path
) -> None:
    shutil.copytree(tiny_model, copy.parent / "good")
    (copy / "model.json").write_text("not json", encoding="utf-8")
    monkeypatch.setenv("NAEVIA_MODELS", str(copy.parent))
    done = naevia("models", "list", "--json")
    assert done.code == 0
    damaged, good, *_ = json.loads(done.out)
    assert (damaged["id"], damaged["version"]) == ("copy", None)
    assert "not a valid contract" in damaged["problem"]
    assert (good["id"], good["version"], good["origin"], good["problem"]) == (
        "tiny",
        "1.0",
        "NAEVIA_MODELS",
        "",
    )
    done = naevia("models", "list")
    assert done.code == 0
    assert "tiny" in done.out


def test_a_model_that_hides_a_shipped_one_says_so(
    naevia: Naevia, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_tiny_model(tmp_path / "mine", tiny_contract("naevia-lite0"))
    monkeypatch.setenv("NAEVIA_MODELS", str(tmp_path))
    monkeypatch.setenv("COLUMNS", "300")
    for command in (("models", "list"), ("doctor",)):
        out = "".join(naevia(*command).out.split())
        assert out.count("hidestheshippednaevia-lite0at") == 1


def test_show_prints_what_the_contract_says(naevia: Naevia, tmp_path: Path) -> None:
    contract = tiny_contract("shown").model_copy(
        update={
            "metrics": {"macro AUC": Metric(value=0.951, low=0.94, high=0.96, measured_on="[1,234] images")},
            "training": TrainingData(
                manifest_sha256="0" * 64, counts={"clinic [a]": {"mel": 7, "nv": 35}}, note="CC0"
            ),
        }
    )
    done = naevia("models", "show", write_tiny_model(tmp_path / "shown", contract))
    assert done.code == 0
    for words in ("shown 1.0", "sensitivity-95", "0.4000", "90.0 %", "Apache-2.0", "0.9510", "42", "CC0"):
        assert words in done.out, words
    assert "clinic" in done.out
    assert "[1,234]" in done.out
    assert "CARD.md" in done.out


def test_doctor_explains_providers_extras_and_models(naevia: Naevia) -> None:
    done = naevia("doctor")
    assert done.code == 0
    text = " ".join(done.out.split())
    for words in (
        "onnxruntime ok",
        "CPUExecutionProvider",
        "cuda",
        "tiny 1.0 answers correctly",
        "extra train",
    ):
        assert words in text, words


def test_doctor_looks_at_every_extra(naevia: Naevia) -> None:
    done = naevia("doctor")
    for extra in metadata("naevia").get_all("Provides-Extra") or []:
        assert (f"extra {extra} " in done.out) == (extra != "dev")


def test_doctor_exits_with_3_without_the_default_model(
    naevia: Naevia, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NAEVIA_MODELS", str(tmp_path))
    done = naevia("doctor")
    assert done.code == 3
    assert "PROBLEM" in done.out
