"""Two exported models joined into one, exported again and asked."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from naevia import Session
from naevia.cli import run
from naevia.contract import read_contract
from naevia.errors import ModelError, UsageError
from naevia_export.contracts import Labels
from naevia_export.exporting import Options, export_model
from naevia_train.ensembling.restored import restore
from naevia_train.ensembling.run import ensemble_run
from naevia_train.lite import build_lite, load_imagenet
from naevia_train.manifest import read_manifest

SIZE_PX = 32
pytestmark = [
    pytest.mark.timeout(900),
    # Keras turns TensorFlow variables into NumPy arrays in its own, deprecated way.
    pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy:DeprecationWarning"),
]


@pytest.fixture(scope="module")
def manifest(class_folders: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    from naevia_train.auditing.engine import audit_folders
    from naevia_train.auditing.output import write_outputs

    output = tmp_path_factory.mktemp("audited")
    with audit_folders([class_folders]) as result:
        write_outputs(result, output)
    return output / "manifest.csv"


def make_member(folder: Path, photos: Path, manifest: Path, *, number: int) -> Path:
    """An exported EfficientNet-Lite0 with a head by chance; twenty images are its validation."""
    network = build_lite("lite0", SIZE_PX, dropout=0.0, colour_constancy=bool(number % 2))
    load_imagenet(network)
    rng = np.random.default_rng(number)
    kernel, bias = network.get_layer("logits").get_weights()
    network.get_layer("logits").set_weights([rng.normal(0, 0.2, kernel.shape), rng.normal(0, 1, bias.shape)])
    network.save(folder / f"{number}.keras")
    options = Options(Labels(model_id=f"member{number}", resize="center_square"))
    output = folder / f"member{number}"
    export_model(folder / f"{number}.keras", output, images=photos / "melanoma", options=options)
    ids = sorted({row.image_id for row in read_manifest(manifest)})[:20]
    (output / "validation.csv").write_text("image_id\n" + "\n".join(ids) + "\n")
    return output


@pytest.fixture(scope="module")
def members(class_folders: Path, manifest: Path, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("members")
    return [make_member(folder, class_folders, manifest, number=number) for number in (0, 1)]


def join(members: list[Path], manifest: Path, output: Path) -> None:
    ensemble_run(members, manifest, output, model_id="both", model_version="2.0.0", say=lambda line: None)


@pytest.fixture(scope="module")
def joined(members: list[Path], manifest: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The ensemble as the two commands make it."""
    folder = tmp_path_factory.mktemp("joined")
    names = ["--model-id", "both", "--output", str(folder / "run")]
    assert run(["ensemble", *map(str, members), "--manifest", str(manifest), *names]) == 0
    assert run(["export-onnx", str(folder / "run"), "--output", str(folder / "both")]) == 0
    return folder / "both"


def test_the_answer_is_the_mean_of_the_members_evidence(joined: Path, members: list[Path]) -> None:
    pixels = np.random.default_rng(3).integers(0, 256, (6, SIZE_PX, SIZE_PX, 3)).astype(np.uint8)
    session = Session.open(joined)
    assert session.contract.recipe == "ensemble"
    answers = [np.log(Session.open(member).run(pixels)[0]) for member in members]
    found = np.log(session.run(pixels)[0]) * session.contract.temperature
    first, second, joint = (log - log.mean(axis=1, keepdims=True) for log in (*answers, found))
    assert np.abs(first - second).max() > 0.5, "members that agree would prove nothing"
    np.testing.assert_allclose(joint, (first + second) / 2, atol=0.02)


def test_the_file_is_no_larger_than_one_member(joined: Path, members: list[Path]) -> None:
    sizes = [(folder / "model.onnx").stat().st_size for folder in (joined, *members)]
    assert sizes[0] < 1.05 * sizes[1]


def test_the_card_names_the_members_and_their_files(joined: Path, members: list[Path]) -> None:
    card = (joined / "CARD.md").read_text(encoding="utf-8")
    for member in members:
        contract = json.loads((member / "model.json").read_text(encoding="utf-8"))
        assert f"{contract['model_id']} {contract['version']}" in card
        assert contract["files"]["model.onnx"] in card


def test_members_that_were_validated_on_other_images_are_refused(
    members: list[Path], manifest: Path, tmp_path: Path
) -> None:
    other = shutil.copytree(members[1], tmp_path / "other")
    (other / "validation.csv").write_text("image_id\nmel003\n")
    with pytest.raises(UsageError, match=r"are in the validation\.csv of member0 1\.0 or of member1"):
        join([members[0], other], manifest, tmp_path / "joined")
    assert not (tmp_path / "joined").exists()


def test_members_with_another_input_are_refused(
    members: list[Path], tiny_model: Path, manifest: Path, tmp_path: Path
) -> None:
    with pytest.raises(UsageError, match=r"takes 32x32 by center_square, .* by squash"):
        join([members[0], tiny_model], manifest, tmp_path / "joined")


def test_one_model_is_no_ensemble(members: list[Path], manifest: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="two models or more"):
        join(members[:1], manifest, tmp_path / "joined")


def test_a_manifest_that_is_not_there_is_named(members: list[Path], tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"there is no file .*gone"):
        join(members, tmp_path / "gone.csv", tmp_path / "joined")


def test_another_kind_of_network_is_refused(tiny_model: Path) -> None:
    with pytest.raises(ModelError, match="lite0, lite1, lite2, which can be joined"):
        restore(tiny_model, read_contract(tiny_model))
