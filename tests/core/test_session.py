"""An open model: what it refuses to open, and what it answers."""

from __future__ import annotations

import io
import json
import os
import shutil
import struct
import sys
import zipfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import cv2
import numpy as np
import pytest
from tiny_model import tiny_contract, write_tiny_model

import naevia.session
from naevia._providers import Provider
from naevia.contract import GOLDEN_FILE, MODEL_FILE, Contract, sha256_of
from naevia.errors import ModelError, UsageError
from naevia.heatmap import heat_map, overlay
from naevia.image import Photo
from naevia.session import Session, prepare_photo
from naevia.synthetic import draw_lesion, draw_skin
from naevia.taxonomy import CODES, MALIGNANT


def photo_of(code: str = "nv", seed: int = 0, width_px: int = 200, height_px: int = 150) -> Photo:
    drawing = draw_lesion(code, seed=seed, width_px=width_px, height_px=height_px)
    return Photo(drawing, "0" * 64, "PNG")


@pytest.fixture
def copy(tiny_model: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(tiny_model, tmp_path / "copy"))


def contract_at(threshold: float, ood_threshold: float) -> Contract:
    contract = tiny_contract(ood_threshold=float(ood_threshold))
    (point,) = contract.operating_points
    return contract.model_copy(
        update={"operating_points": (point.model_copy(update={"threshold": float(threshold)}),)}
    )


def rehash(folder: Path) -> None:
    """Make the contract state the hashes of the files as they are now."""
    record = json.loads((folder / "model.json").read_text())
    record["files"] = {name: sha256_of(folder / name) for name in record["files"]}
    (folder / "model.json").write_text(json.dumps(record))


@pytest.mark.parametrize("name", [MODEL_FILE, GOLDEN_FILE, "CARD.md"])
def test_a_changed_byte_is_refused(copy: Path, name: str) -> None:
    data = bytearray((copy / name).read_bytes())
    data[len(data) // 2] ^= 1
    (copy / name).write_bytes(data)
    with pytest.raises(ModelError, match="not the file"):
        Session.open(copy)


@pytest.mark.parametrize("name", [MODEL_FILE, GOLDEN_FILE, "model.json"])
def test_a_missing_file_is_named(copy: Path, name: str) -> None:
    (copy / name).unlink()
    with pytest.raises(ModelError, match=name.replace(".", r"\.")):
        Session.open(copy)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such files")
def test_a_pipe_in_place_of_a_file_is_not_waited_for(copy: Path) -> None:
    (copy / MODEL_FILE).unlink()
    os.mkfifo(copy / MODEL_FILE)
    with pytest.raises(ModelError, match="no regular file"):
        Session.open(copy)


def test_a_contract_of_another_model_is_refused(copy: Path) -> None:
    record = json.loads((copy / "model.json").read_text())
    (copy / "model.json").write_text(json.dumps(record | {"temperature": 2.0}))
    with pytest.raises(ModelError, match="another contract"):
        Session.open(copy)


def test_answers_that_differ_from_the_golden_ones_are_refused(copy: Path) -> None:
    with np.load(copy / GOLDEN_FILE) as golden:
        pixels, probabilities = golden["pixels"], golden["probabilities"]
    np.savez(copy / GOLDEN_FILE, pixels=pixels, probabilities=probabilities + np.float32(2e-4))
    rehash(copy)
    with pytest.raises(ModelError, match="golden"):
        Session.open(copy)


def test_golden_answers_that_come_out_as_no_numbers_are_refused(copy: Path) -> None:
    with np.load(copy / GOLDEN_FILE) as golden:
        pixels, probabilities = golden["pixels"], golden["probabilities"]
    probabilities[np.arange(len(pixels)), probabilities.argmax(1)] = np.nan  # NumPy calls them the largest
    np.savez(copy / GOLDEN_FILE, pixels=pixels, probabilities=probabilities)
    rehash(copy)
    with pytest.raises(ModelError, match="golden"):
        Session.open(copy)


def test_two_diagnoses_that_change_places_are_refused_however_near_they_are(copy: Path) -> None:
    with np.load(copy / GOLDEN_FILE) as golden:
        black = np.zeros_like(golden["pixels"][:1])  # the tiny model answers a ninth to all
    for top, is_open in ((0, True), (1, False)):
        probabilities = np.full((1, 9), 1 / 9, np.float32)
        probabilities[0, top] += np.float32(1e-5)
        np.savez(copy / GOLDEN_FILE, pixels=black, probabilities=probabilities)
        rehash(copy)
        if is_open:
            Session.open(copy)
        else:
            with pytest.raises(ModelError, match="golden"):
                Session.open(copy)


def zipped(**members: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as file:
        for name, data in members.items():
            file.writestr(f"{name}.npy", data)
    return buffer.getvalue()


def npy(shape: str) -> bytes:
    """An array of bytes that is nothing but its header."""
    header = f"{{'descr': '|u1', 'fortran_order': False, 'shape': {shape}, }}".ljust(117) + "\n"
    return b"\x93NUMPY\x01\0" + struct.pack("<H", len(header)) + header.encode()


def flipped(data: bytes) -> bytes:
    return data[: len(data) // 2] + bytes((data[len(data) // 2] ^ 255,)) + data[len(data) // 2 + 1 :]


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: b"",
        lambda data: data[: len(data) // 2],
        flipped,
        lambda data: npy("(9,)"),
        lambda data: zipped(pixels=npy("(1,)"), probabilities=npy("((")),
        lambda data: zipped(pixels=npy("(4000000000,1000,1000,3)"), probabilities=npy("(1,)")),
        lambda data: zipped(probabilities=npy("(0,)")),
    ],
)
def test_golden_answers_that_cannot_be_read_are_refused(copy: Path, damage: Callable[[bytes], bytes]) -> None:
    (copy / GOLDEN_FILE).write_bytes(damage((copy / GOLDEN_FILE).read_bytes()))
    rehash(copy)
    with pytest.raises(ModelError, match="cannot be read") as caught:
        Session.open(copy)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "change",
    [
        lambda pixels, probabilities: (pixels, probabilities.astype(str)),
        lambda pixels, probabilities: (pixels, probabilities.astype(complex)),
        lambda pixels, probabilities: (pixels, probabilities[:, :8]),
        lambda pixels, probabilities: (pixels, probabilities[:1]),
        lambda pixels, probabilities: (pixels.astype(np.float32), probabilities),
        lambda pixels, probabilities: (pixels[:, :32], probabilities),
        lambda pixels, probabilities: (pixels[:0], probabilities[:0]),
    ],
)
def test_golden_answers_of_another_kind_are_refused(copy: Path, change: Callable[..., tuple]) -> None:
    with np.load(copy / GOLDEN_FILE) as golden:
        pixels, probabilities = change(golden["pixels"], golden["probabilities"])
    np.savez(copy / GOLDEN_FILE, pixels=pixels, probabilities=probabilities)
    rehash(copy)
    with pytest.raises(ModelError, match="other answers than expected"):
        Session.open(copy)


@pytest.mark.parametrize("data", [b"", b"not an onnx file at all"])
def test_a_file_that_is_no_model_is_refused(copy: Path, data: bytes) -> None:
    (copy / MODEL_FILE).write_bytes(data)
    rehash(copy)
    with pytest.raises(ModelError, match="cannot load"):
        Session.open(copy)


def test_an_error_of_the_runtime_without_words_is_named(
    tiny_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(model: bytes, choice: str, threads: int) -> None:
        raise RuntimeError

    monkeypatch.setattr("naevia.session.create_session", fail)
    with pytest.raises(ModelError, match="cannot load it: RuntimeError"):
        Session.open(tiny_model)


def test_the_provider_says_which_and_why(tiny_model: Path) -> None:
    assert Session.open(tiny_model, provider="cpu").provider.name == "cpu"
    used = Session.open(tiny_model).provider
    assert used.reason
    if used.name == "cpu":
        with pytest.raises(UsageError, match="CUDA"):
            Session.open(tiny_model, provider="cuda")


@pytest.mark.parametrize("fault", ["raises", "lies"])
def test_cuda_that_cannot_compute_rightly_gives_way_to_the_cpu(
    tiny_model: Path, monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    """The fault is simulated: a session that opens as on CUDA and then does not compute."""
    create = naevia.session.create_session

    class Faulty:
        def __init__(self, runtime: object) -> None:
            self._runtime = runtime

        def __getattr__(self, name: str) -> object:
            return getattr(self._runtime, name)

        def run(self, *arguments: object) -> list[np.ndarray]:
            if fault == "raises":
                raise RuntimeError("CUDNN_STATUS_NOT_SUPPORTED")
            return [np.zeros_like(output) for output in self._runtime.run(*arguments)]  # type: ignore[attr-defined]

    def open_on_cuda(model: bytes, choice: str, threads: int) -> tuple[object, Provider]:
        runtime, used = create(model, "cpu", threads)
        return (runtime, used) if choice == "cpu" else (Faulty(runtime), Provider("cuda", "CUDA works"))

    monkeypatch.setattr("naevia.session.create_session", open_on_cuda)
    session = Session.open(tiny_model)
    assert session.provider.name == "cpu"
    assert session.provider.reason.startswith("CUDA is not used: ")
    assert session.predict(photo_of()).provider == "cpu"
    with pytest.raises(ModelError, match="computed" if fault == "raises" else "does not reproduce"):
        Session.open(tiny_model, provider="cuda")


def test_an_answer_is_complete_and_consistent(tiny_model: Path) -> None:
    session = Session.open(tiny_model)
    answer = session.predict(photo_of("mel"))
    assert answer.probabilities.shape == (9,) and answer.probabilities.sum() == pytest.approx(1, abs=1e-5)
    assert answer.diagnosis.code == CODES[answer.probabilities.argmax()]
    expected = sum(p for p, bad in zip(answer.probabilities, MALIGNANT, strict=True) if bad)
    assert answer.malignant_probability == pytest.approx(expected)
    assert [d.code for d, _ in answer.ranking] == [CODES[i] for i in np.argsort(-answer.probabilities)]
    assert answer.recommendation == ("refer" if answer.malignant_probability >= 0.4 else "monitor")
    record = json.loads(json.dumps(answer.to_dict()))
    assert list(record["probabilities"]) == list(CODES)
    assert record["model_sha256"] == sha256_of(tiny_model / MODEL_FILE)


def test_an_answer_does_not_depend_on_company_or_thread(tiny_model: Path) -> None:
    session = Session.open(tiny_model, provider="cpu")
    photos = [photo_of(code) for code in CODES]
    alone = [session.predict(photo).probabilities for photo in photos]
    together = session.predict_prepared([prepare_photo(photo, session.contract.input) for photo in photos])
    with ThreadPoolExecutor(4) as pool:
        threaded = list(pool.map(session.predict, photos))
    for one, two, three in zip(alone, together, threaded, strict=True):
        np.testing.assert_array_equal(one, two.probabilities)
        np.testing.assert_array_equal(one, three.probabilities)
    assert session.predict_prepared([]) == []


def test_no_images_are_no_answer(session: Session) -> None:
    with pytest.raises(UsageError, match="at least one image"):
        session.run(np.empty((0, 64, 64, 3), np.uint8))


def test_a_photo_at_the_threshold_is_referred_and_one_at_the_limit_of_likeness_answered(
    session: Session, tmp_path: Path
) -> None:
    seen = session.predict(photo_of())
    assert seen.ood_score is not None
    above = np.nextafter(seen.malignant_probability, 1)
    for name, threshold, ood_threshold, expected in (
        ("at", seen.malignant_probability, seen.ood_score, ("ok", "refer")),
        ("above", above, seen.ood_score, ("ok", "monitor")),
        ("unlike", above, np.nextafter(seen.ood_score, 0), ("refused", "cannot tell")),
    ):
        folder = write_tiny_model(tmp_path / name, contract_at(threshold, ood_threshold))
        answer = Session.open(folder, provider="cpu").predict(photo_of())
        assert (answer.status, answer.recommendation) == expected


def test_photos_too_poor_to_judge_are_refused(tiny_model: Path) -> None:
    session = Session.open(tiny_model)
    lesion = draw_lesion("mel", seed=0, width_px=200, height_px=150)
    grey = lesion.mean(axis=2, keepdims=True)
    poor = {
        "too small": lesion[:90, :90],
        "too dark": lesion // 6,
        "too little contrast": np.full_like(lesion, 180),
        "too bright": np.full_like(lesion, 250),
        "too long and narrow": np.concatenate([lesion, lesion], axis=1),
        "blurred": cv2.GaussianBlur(lesion, (0, 0), 6),
        "no lesion to be seen": draw_skin(seed=0, width_px=200, height_px=150),
        "too few colours": grey.repeat(3, axis=2),
        "too few colours, toned": np.clip(grey * (1.07, 0.95, 0.77), 0, 255),
    }
    for name, pixels in poor.items():
        issue = name.split(",")[0]
        answer = session.predict(Photo(np.ascontiguousarray(pixels, np.uint8), "0" * 64, "PNG"))
        assert issue in answer.quality.issues
        assert (answer.status, answer.recommendation) == ("refused", "cannot tell")
        assert issue in answer.refusal


def test_photos_unlike_the_training_images_are_refused(tmp_path: Path) -> None:
    session = Session.open(write_tiny_model(tmp_path / "strict", tiny_contract(ood_threshold=1e-9)))
    answer = session.predict(photo_of())
    assert (answer.status, answer.recommendation) == ("refused", "cannot tell")
    assert "unlike" in answer.refusal


def test_a_score_of_likeness_that_is_no_number_is_refused(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = session.run
    monkeypatch.setattr(session, "run", lambda pixels: (*run(pixels)[:3], np.array([np.nan], np.float32)))
    answer = session.predict(photo_of())
    assert (answer.status, answer.recommendation) == ("refused", "cannot tell")
    assert "unlike" in answer.refusal


def test_without_operating_point_the_model_cannot_tell(tmp_path: Path) -> None:
    bare = tiny_contract().model_copy(update={"operating_points": (), "default_operating_point": None})
    answer = Session.open(write_tiny_model(tmp_path / "bare", bare)).predict(photo_of())
    assert (answer.status, answer.recommendation) == ("ok", "cannot tell")


def test_the_heat_map_covers_what_was_examined(tmp_path: Path, tiny_model: Path) -> None:
    squared = tiny_contract().model_copy(
        update={"input": tiny_contract().input.model_copy(update={"resize": "center_square"})}
    )
    photo = photo_of("mel", width_px=400, height_px=200)
    inside = Session.open(write_tiny_model(tmp_path / "square", squared)).predict(photo)
    assert inside.region == (100, 0, 200, 200)
    heat = heat_map(inside)
    assert heat.shape == (200, 400) and heat[:, :100].max() == 0 and heat[:, 300:].max() == 0
    assert 0.9 < heat.max() <= 1
    whole = Session.open(tiny_model).predict(photo)
    drawn = overlay(photo.rgb_u8, whole, code="bcc")
    assert drawn.shape == photo.rgb_u8.shape and drawn.dtype == np.uint8
    np.testing.assert_array_equal(overlay(photo.rgb_u8, whole, opacity=0.0), photo.rgb_u8)
