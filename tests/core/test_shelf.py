from __future__ import annotations

import shutil
from pathlib import Path

import platformdirs
import pytest
from tiny_model import tiny_contract, write_tiny_model

import naevia.shelf
from naevia.errors import ModelError
from naevia.shelf import DEFAULT_MODEL, find_model, list_models, shelves, user_models_dir


@pytest.fixture
def shelf(tiny_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A NAEVIA_MODELS folder that holds the tiny model under another folder name; no user models."""
    folder = tmp_path / "shelf"
    shutil.copytree(tiny_model, folder / "b-folder")
    monkeypatch.setenv("NAEVIA_MODELS", str(folder))
    monkeypatch.setattr(platformdirs, "user_data_dir", lambda *_, **__: str(tmp_path / "home"))
    return folder


def test_a_model_is_found_by_id_folder_name_and_path(shelf: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = shelf / "b-folder"
    assert find_model("tiny") == folder
    assert find_model("b-folder") == folder
    assert find_model(folder) == folder
    assert find_model(str(folder / "model.onnx")) == folder
    monkeypatch.chdir(folder)
    assert find_model(".") == Path()


def test_a_bare_word_is_a_folder_only_where_no_shelf_has_it(
    shelf: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(shelf / "b-folder", tmp_path / "here" / "mine")
    shutil.copytree(shelf / "b-folder", tmp_path / "here" / "tiny")
    monkeypatch.chdir(tmp_path / "here")
    assert find_model("mine") == Path("mine")
    assert find_model("tiny") == shelf / "b-folder"
    assert find_model("./tiny") == Path("tiny")


def test_the_default_is_the_first_of_the_chosen_shelf(shelf: Path) -> None:
    assert find_model() == shelf / "b-folder"
    shutil.copytree(shelf / "b-folder", shelf / "a-folder")
    assert find_model() == shelf / "a-folder"


def test_the_default_of_the_shipped_models_is_named_not_the_first(
    shelf: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NAEVIA_MODELS")
    monkeypatch.setattr(naevia.shelf, "shipped_models_dir", lambda: tmp_path / "shipped")
    for name in ("a-model", DEFAULT_MODEL):
        shutil.copytree(shelf / "b-folder", tmp_path / "shipped" / name)
    assert find_model() == tmp_path / "shipped" / DEFAULT_MODEL
    shutil.rmtree(tmp_path / "shipped" / DEFAULT_MODEL)
    with pytest.raises(ModelError, match=DEFAULT_MODEL):
        find_model()


def test_the_default_came_with_naevia(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NAEVIA_MODELS", raising=False)
    assert find_model().name == DEFAULT_MODEL


def test_a_user_without_a_home_has_no_shelf_and_all_others(
    shelf: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> str:
        raise RuntimeError("could not determine the home directory")

    monkeypatch.setattr(platformdirs, "user_data_dir", fail)
    assert [origin for origin, _ in shelves()] == ["NAEVIA_MODELS", "shipped"]
    assert find_model("tiny") == shelf / "b-folder"


def test_a_model_in_the_users_folder_is_never_taken_unasked(
    shelf: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    mine = write_tiny_model(user_models_dir() / "mine", tiny_contract("mine"))
    assert find_model("mine") == mine
    assert find_model() != mine
    monkeypatch.setenv("NAEVIA_MODELS", str(tmp_path / "nothing here"))
    with pytest.raises(ModelError, match="nothing here"):
        find_model()


def test_an_id_on_an_earlier_shelf_hides_a_later_one(shelf: Path) -> None:
    shutil.copytree(shelf / "b-folder", user_models_dir() / "tiny")
    assert find_model("tiny") == shelf / "b-folder"
    assert [model.origin for model in list_models() if model.id == "tiny"] == ["NAEVIA_MODELS", "user"]


def test_shelves_are_searched_in_the_stated_order(shelf: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert [origin for origin, _ in shelves()] == ["NAEVIA_MODELS", "user", "shipped"]
    monkeypatch.delenv("NAEVIA_MODELS")
    assert [origin for origin, _ in shelves()] == ["user", "shipped"]


def test_a_damaged_contract_is_listed_with_its_problem(shelf: Path) -> None:
    (shelf / "b-folder" / "model.json").write_text("{}", encoding="utf-8")
    (model,) = [model for model in list_models() if model.origin == "NAEVIA_MODELS"]
    assert model.contract is None
    assert model.id == "b-folder"
    assert "contract version None" in model.problem


@pytest.mark.parametrize("wish", ["no-such-model", "./no/such/folder", "/no/such/folder"])
def test_a_missing_model_names_what_was_looked_for(shelf: Path, wish: str) -> None:
    with pytest.raises(ModelError) as raised:
        find_model(wish)
    assert Path(wish).name in str(raised.value)
    assert raised.value.exit_code == 3


def test_a_missing_id_names_the_places_and_the_known_ids(shelf: Path) -> None:
    with pytest.raises(ModelError) as raised:
        find_model("no-such-model")
    assert str(shelf) in str(raised.value)
    assert "tiny" in str(raised.value)


def test_a_folder_that_is_no_model_says_so(shelf: Path, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"model\.json"):
        find_model(tmp_path)
