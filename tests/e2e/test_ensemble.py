"""Two exported models joined into one, exported again and asked."""

from __future__ import annotations

import csv
import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from naevia import Session, read_photo
from naevia.cli import run
from naevia.contract import read_contract
from naevia.errors import ModelError, UsageError
from naevia.taxonomy import CODES
from naevia_export.contracts import Stated
from naevia_export.exporting import Options, export_model
from naevia_train.ensembling.joined import join as join_networks
from naevia_train.ensembling.members import Member, find_member
from naevia_train.ensembling.restored import restore
from naevia_train.ensembling.run import ensemble_run
from naevia_train.labelling.manifest import read_manifest
from naevia_train.networks.lite import build_lite, load_imagenet
from naevia_train.networks.warm_start import load_model_weights

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
    for layer in network.layers:
        if layer.name.endswith("_conv"):  # or both would share their kernels in the file
            layer.set_weights([kernel * rng.normal(1, 0.02, kernel.shape) for kernel in layer.get_weights()])
    kernel, bias = network.get_layer("logits").get_weights()
    network.get_layer("logits").set_weights([rng.normal(0, 0.2, kernel.shape), rng.normal(0, 1, bias.shape)])
    network.save(folder / f"{number}.keras")
    options = Options(Stated(model_id=f"member{number}", resize="center_square"))
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
    models = [(member, None) for member in members]
    ensemble_run(models, manifest, output, model_id="both", model_version="2.0.0", say=lambda line: None)


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
    off = [np.square(joint - wanted).mean() for wanted in ((first + second) / 2, first, second)]
    assert off[0] < 0.01 * min(off[1:]), "rounding alone may part the two"


def test_the_file_is_hardly_larger_than_half_a_member(joined: Path, members: list[Path]) -> None:
    """Two networks in 8 bits beside one in 32."""
    sizes = [(folder / "model.onnx").stat().st_size for folder in (joined, *members)]
    assert 0.5 * sizes[1] < sizes[0] < 0.6 * sizes[1]


@pytest.mark.slow
def test_an_ensemble_can_be_a_member_and_its_networks_count_alike(joined: Path, members: list[Path]) -> None:
    """Two networks joined with a third give a third each, whatever they came in."""
    pixels = np.random.default_rng(5).integers(0, 256, (4, SIZE_PX, SIZE_PX, 3)).astype(np.uint8)
    restored = [restore(folder, read_contract(folder)) for folder in (joined, members[0])]
    assert [len(networks) for networks in restored] == [2, 1]
    temperatures = [read_contract(folder).temperature for folder in (joined, joined, members[0])]
    three = [network for networks in restored for network in networks]
    found = join_networks(three, temperatures).predict(pixels, verbose=0)
    own = [network.predict(pixels, verbose=0) for network in three]
    wanted = np.mean([logits / t for logits, t in zip(own, temperatures, strict=True)], axis=0)
    assert np.square(found - wanted).mean() < 0.01 * np.square(own[0] - own[1]).mean()
    assert np.abs(own[0] - own[1]).max() > 0.5, "networks that agree would prove nothing"


def test_a_network_starts_from_the_chosen_one_of_an_ensemble(joined: Path) -> None:
    network = build_lite("lite0", SIZE_PX)
    with pytest.raises(ModelError, match="holds 2 networks; choose one with --member 1 to 2"):
        load_model_weights(network, joined / "model.onnx")
    with pytest.raises(ModelError, match="expected --member 1 to 2, received 3"):
        load_model_weights(network, joined / "model.onnx", member=3)
    kernels = []
    for member in (1, 2):
        load_model_weights(network, joined / "model.onnx", member=member)
        kernels.append(network.get_layer("logits").get_weights()[0])
    assert np.abs(kernels[0] - kernels[1]).max() > 0.01


def test_one_network_of_an_ensemble_can_be_a_member(joined: Path, members: list[Path]) -> None:
    """Its second network is the second member, but for rounding and a shift of each diagnosis."""
    pixels = np.random.default_rng(6).integers(0, 256, (6, SIZE_PX, SIZE_PX, 3)).astype(np.uint8)
    given = find_member(f"{joined}:2")
    assert given == (joined, 2)
    chosen = Member.open(*given)
    assert chosen.name == "both 1.0.0, network 2"
    assert chosen.temperature == 1.0, "it was calibrated before it was joined"
    found = np.log(chosen.answer(pixels))
    first, second = (np.log(Session.open(member).run(pixels)[0]) for member in members)
    found, first, second = (log - log.mean(axis=1, keepdims=True) for log in (found, first, second))
    off = [(found - other - (found - other).mean(axis=0)).std() for other in (first, second)]
    assert off[1] < 0.2 * off[0]
    for number in (0, 3):
        with pytest.raises(UsageError, match=rf":{number}: the model holds 2 networks, expected .* 1 to 2"):
            Member.open(*find_member(f"{joined}:{number}"))


def test_the_card_names_the_members_and_their_files(joined: Path, members: list[Path]) -> None:
    card = (joined / "CARD.md").read_text(encoding="utf-8")
    for member in members:
        contract = json.loads((member / "model.json").read_text(encoding="utf-8"))
        assert f"{contract['model_id']} {contract['version']}" in card
        assert contract["files"]["model.onnx"] in card


def test_the_members_are_measured_beside_the_ensemble(
    joined: Path, members: list[Path], class_folders: Path
) -> None:
    """Also members that bring no figures: these were exported without any."""
    run_folder = joined.parent / "run"
    lines = (run_folder / "finding.md").read_text(encoding="utf-8").splitlines()
    cells = {row[1].strip(): row[2:-1] for row in (line.split("|") for line in lines) if len(row) > 2}
    with (run_folder / "predictions.csv").open(encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["split"] == "validation"]
    photos = [read_photo(class_folders.parent / row["path"]) for row in rows]
    truth = [CODES.index(row["diagnosis"]) for row in rows]
    ours = read_contract(joined).metrics["accuracy"].value
    assert float(cells["both 1.0.0"][-1].split()[0]) == pytest.approx(ours, abs=5e-4)
    for folder in members:
        session = Session.open(folder)
        name = f"{session.contract.model_id} {session.contract.version}"
        given = [session.predict(photo).probabilities.argmax() for photo in photos]
        theirs = np.mean(np.equal(given, truth))
        assert float(cells[name][-1].split()[0]) == pytest.approx(theirs, abs=5e-4)
        gain = float(cells[f"both 1.0.0 minus {name}"][-1].split()[0])
        assert gain == pytest.approx(ours - theirs, abs=1e-3)


def test_the_card_says_who_knows_of_a_diagnosis_without_photos(joined: Path) -> None:
    """The first twenty images are for validation, and all of actinic keratosis are among them."""
    card = " ".join((joined / "CARD.md").read_text(encoding="utf-8").split())
    assert "because no training image shows them: actinic keratosis" in card
    assert "comes from earlier models alone" in card


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
