from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from drawn_photos import Done, write_photo
from PIL import Image as PillowImage
from programs import run_program
from tiny_model import tiny_contract, write_tiny_model

from naevia.contract import TrainingData
from naevia.heatmap import overlay
from naevia.image import read_photo
from naevia.session import Session
from naevia.synthetic import draw_lesion
from naevia.words import although_words, calibration_words, percent

Naevia = Callable[..., Done]
RESEARCH = "Research use only, not a medical device."


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    return write_photo(tmp_path / "photo.png")


def test_a_person_sees_diagnosis_bars_recommendation_and_origin(
    naevia: Naevia, photo: Path, session: Session
) -> None:
    done = naevia("predict", photo)
    answer = session.predict(read_photo(photo))
    assert done.code == 0
    assert done.err == ""
    text = " ".join(done.out.replace("│", " ").split())
    assert answer.diagnosis.name in text
    for diagnosis, probability in answer.ranking:
        assert f"{diagnosis.name} {probability * 100:.1f} %" in text
    assert text.count(" malignant ") >= 4
    assert f"{answer.recommendation.upper()}: malignant probability" in text
    assert "threshold of 40.0 %" in text
    assert "90.0 % (80.0-95.0 %) of photos of malignant lesions were referred" in text
    assert "drawn lesions" in text
    assert "model tiny 1.0 (" in text
    assert text.index(answer.recommendation.upper()) < text.index(answer.diagnosis.name)
    assert "CPU (" in text
    assert RESEARCH in text


def test_monitor_says_what_it_missed_and_that_other_photos_may_be_missed_more(
    naevia: Naevia, photo: Path, tmp_path: Path
) -> None:
    contract = tiny_contract()
    point = contract.operating_points[0].model_copy(update={"threshold": 0.999})
    model = write_tiny_model(tmp_path / "m", contract.model_copy(update={"operating_points": (point,)}))
    done = naevia("predict", photo, "--model", model)
    text = " ".join(done.out.replace("│", " ").split())
    assert "MONITOR: malignant probability" in text
    assert "chosen, 10.0 % (5.0-20.0 %) fell below it: expect worse with others. At this threshold" in text


def test_json_is_an_array_with_the_records_own_numbers(naevia: Naevia, photo: Path, session: Session) -> None:
    done = naevia("predict", photo, "--json", "--provider", "cpu")
    assert done.code == 0
    (answer,) = json.loads(done.out)
    assert answer == {"path": str(photo), **session.predict(read_photo(photo)).to_dict()}


def test_a_bad_file_does_not_stop_the_others(naevia: Naevia, photo: Path, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("no image", encoding="utf-8")
    done = naevia("predict", tmp_path / "gone.png", tmp_path / "notes.txt", photo, tmp_path, "--json")
    assert done.code == 1
    answers = json.loads(done.out)
    assert [(answer["status"], answer.get("code")) for answer in answers] == [
        ("error", "not-found"),
        ("error", "not-an-image"),
        ("ok", None),
        ("error", "not-an-image"),
    ]
    assert all(answer["error"] for answer in answers if answer["status"] == "error")

    done = naevia("predict", tmp_path / "notes.txt", photo)
    assert done.code == 1
    assert "NOT READ: not a JPEG" in done.out
    assert "REFER" in done.out or "MONITOR" in done.out


def test_a_refused_photo_shows_no_probabilities(naevia: Naevia, tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "black.png"), np.zeros((200, 200, 3), np.uint8))
    done = naevia("predict", tmp_path / "black.png")
    assert done.code == 0
    assert "CANNOT TELL" in done.out
    assert "too dark" in done.out
    assert "melanoma" not in done.out
    assert RESEARCH in done.out


def test_a_model_without_an_operating_point_recommends_nothing(
    naevia: Naevia, photo: Path, tmp_path: Path
) -> None:
    contract = tiny_contract().model_copy(update={"operating_points": (), "default_operating_point": None})
    model = write_tiny_model(tmp_path / "bare", contract)
    done = naevia("predict", photo, "--model", model)
    assert done.code == 0
    assert "CANNOT TELL: the model has no operating point" in " ".join(done.out.split())


def test_names_with_markup_and_control_characters_are_shown_harmlessly(
    naevia: Naevia, tmp_path: Path
) -> None:
    name = "[bold]x[/]\x1b[31m.png" if sys.platform != "win32" else "[bold]x[].png"
    done = naevia("predict", write_photo(tmp_path / "y.png").rename(tmp_path / name.replace("/", "")))
    assert done.code == 0
    assert "\x1b" not in done.out
    assert "[bold]x[" in done.out


def test_of_a_long_path_the_name_is_shown(naevia: Naevia, tmp_path: Path) -> None:
    folder = tmp_path / ("a folder with a long name " * 4).strip()
    folder.mkdir()
    photo = write_photo(folder / "mole of Thursday.png")
    notes = folder / "notes of Thursday.txt"
    notes.write_text("no photo", encoding="utf-8")
    lines = naevia("predict", photo, notes).out.splitlines()
    titles = [line for line in lines if line.startswith("╭")]
    assert all(title.startswith("╭─ ...") for title in titles)
    assert [title.rstrip("─╮ ").rpartition("/")[2] for title in titles] == [photo.name, notes.name]
    assert len({len(line) for line in titles}) == 1


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no such names")
def test_a_name_that_is_no_text(naevia: Naevia, tmp_path: Path) -> None:
    odd = write_photo(tmp_path / "y.png").rename(os.fsdecode(bytes(tmp_path) + b"/caf\xe9.png"))
    assert naevia("predict", odd).code == 0
    (answer,) = json.loads(naevia("predict", odd, "--json").out)
    assert os.fsencode(answer["path"]) == bytes(odd)


def test_a_terminal_without_unicode_is_served(photo: Path, tiny_model: Path) -> None:
    done = run_program(
        "naevia", "predict", photo, "--model", tiny_model, PYTHONIOENCODING="ascii", PYTHONUTF8="0"
    )
    assert done.returncode == 0, done.stderr
    assert "####" in done.stdout


def test_the_heat_map_of_one_photo(naevia: Naevia, photo: Path, session: Session, tmp_path: Path) -> None:
    done = naevia("predict", photo, "--heatmap", tmp_path / "heat.png")
    assert done.code == 0
    shown = read_photo(photo)
    expected = overlay(shown.rgb_u8, session.predict(shown))
    drawn = cv2.imread(str(tmp_path / "heat.png"))[..., ::-1]
    np.testing.assert_array_equal(drawn, expected)
    shown_first = session.predict(shown).heat_diagnosis
    assert f"heat map of the evidence for {shown_first.name}: {tmp_path / 'heat.png'}" in done.out
    (told,) = json.loads(naevia("predict", photo, "--json", "--heatmap", tmp_path / "heat.png").out)
    assert told["heatmap_diagnosis"] == shown_first.code


def test_a_heat_map_is_never_judged_as_a_photo(naevia: Naevia, photo: Path, tmp_path: Path) -> None:
    naevia("predict", photo, "--heatmap", tmp_path)
    drawn = tmp_path / "photo.heatmap.png"
    assert PillowImage.open(drawn).text == {"Naevia": "heat map"}
    done = naevia("predict", drawn, photo, "--json")
    refused, answered = json.loads(done.out)
    assert (done.code, refused["status"], refused["code"]) == (1, "error", "not-an-image")
    assert refused["error"].startswith("a heat map drawn by Naevia, not a photo")
    assert answered["status"] == "ok"
    naevia("scan", tmp_path, "--output", tmp_path / "table.csv")
    rows = (tmp_path / "table.csv").read_text(encoding="utf-8").splitlines()
    (row,) = (row for row in rows if "photo.heatmap.png" in row)
    assert "heat map drawn by Naevia" in row


def test_heat_maps_of_several_photos_go_to_a_folder(naevia: Naevia, photo: Path, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    same_name = write_photo(tmp_path / "other" / "photo.png", "nv")
    done = naevia("predict", photo, same_name, "--heatmap", tmp_path / "maps", "--json")
    assert done.code == 0
    written = sorted(path.name for path in (tmp_path / "maps").iterdir())
    assert written == ["photo-2.heatmap.png", "photo.heatmap.png"]
    assert [Path(answer["heatmap"]).name for answer in json.loads(done.out)] == written[::-1]


def test_every_photo_has_a_heat_map_of_its_own(naevia: Naevia, photo: Path, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    photos = [photo, write_photo(tmp_path / "other" / "photo.png"), write_photo(tmp_path / "photo-2.png")]
    done = naevia("predict", *photos, "--heatmap", tmp_path / "maps", "--json")
    names = [answer["heatmap"] for answer in json.loads(done.out)]
    assert len(set(names)) == len(list((tmp_path / "maps").iterdir())) == 3


def test_a_heat_map_that_cannot_be_written_costs_no_answer(
    naevia: Naevia, photo: Path, tmp_path: Path
) -> None:
    other = write_photo(tmp_path / "other.png", "nv")
    (tmp_path / "maps" / "photo.heatmap.png").mkdir(parents=True)
    done = naevia("predict", photo, other, "--heatmap", tmp_path / "maps", "--json")
    first, second = json.loads(done.out)
    assert (done.code, first["status"], second["status"]) == (1, "ok", "ok")
    assert "cannot be written" in first["heatmap_error"] and "heatmap" not in first
    assert Path(second["heatmap"]).is_file()
    assert not list((tmp_path / "maps").glob("*.part*"))
    assert "cannot be written" in naevia("predict", photo, "--heatmap", tmp_path / "maps").out


def test_the_answer_is_there_before_the_heat_map_is_drawn(
    naevia: Naevia, photo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever stops the program meanwhile has the answer; in JSON it is whole or not there."""

    def stopped(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("naevia.heatmap.overlay", stopped)
    done = naevia("predict", photo, "--heatmap", tmp_path / "heat.png")
    assert done.code == 130
    assert RESEARCH in done.out and "heat map:" not in done.out
    assert naevia("predict", photo, "--heatmap", tmp_path / "heat.png", "--json").out == ""


def test_a_refused_photo_gets_no_heat_map(naevia: Naevia, tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "dark.png"), np.full((150, 200, 3), 5, np.uint8))
    done = naevia("predict", tmp_path / "dark.png", "--heatmap", tmp_path / "heat.png")
    assert "CANNOT TELL" in done.out
    assert not (tmp_path / "heat.png").exists()


def test_what_was_not_examined_is_said(naevia: Naevia, tmp_path: Path) -> None:
    wide = draw_lesion("mel", seed=1, width_px=600, height_px=200)
    cv2.imwrite(str(tmp_path / "wide.png"), wide)
    model = "--model", Path(__file__).parents[2] / "models" / "naevia-lite0"
    (answer,) = json.loads(naevia("predict", tmp_path / "wide.png", "--json", *model).out)
    assert answer["region"] == {"x_px": 200, "y_px": 0, "width_px": 200, "height_px": 200}
    shown = " ".join(naevia("predict", tmp_path / "wide.png", *model).out.replace("│", " ").split())
    assert "only 200x200 px of it were examined, 200 from the left and 0 from the top" in shown


@pytest.mark.parametrize(("width_px", "is_told"), [(300, False), (340, True)])
def test_a_caution_is_given_where_much_of_the_photo_was_not_examined(
    naevia: Naevia, tmp_path: Path, width_px: int, is_told: bool
) -> None:
    frame = np.zeros((500, 700, 3), np.uint8)  # a black surround is not a part of the photo
    frame[100:300, 100 : 100 + width_px] = draw_lesion("mel", seed=1, width_px=width_px, height_px=200)
    cv2.imwrite(str(tmp_path / "framed.png"), frame[..., ::-1])
    contract = tiny_contract()
    spec = contract.input.model_copy(update={"resize": "center_square"})
    model = write_tiny_model(tmp_path / "m", contract.model_copy(update={"input": spec}))
    (answer,) = json.loads(naevia("predict", tmp_path / "framed.png", "--json", "--model", model).out)
    told = "nly the middle 59 % of this photo was examined; what lies beside that was not seen"
    assert (answer["status"], answer["caution"]) == ("ok", f"o{told}" if is_told else "")
    shown = naevia("predict", tmp_path / "framed.png", "--model", model).out.replace("│", " ")
    assert (f"O{told}. At this threshold" in " ".join(shown.split())) is is_told


def test_a_benign_answer_that_is_referred_says_why_and_calibrated_percentages_what_they_are_worth(
    naevia: Naevia, photo: Path, tmp_path: Path
) -> None:
    plain = tiny_contract()
    point = plain.operating_points[0].model_copy(update={"threshold": 0.01})
    training = TrainingData(manifest_sha256="0" * 64, counts={})
    changed = plain.model_copy(update={"operating_points": (point,), "training": training})
    said = {}
    for name, contract in (("plain", plain), ("changed", changed)):
        model = write_tiny_model(tmp_path / name, contract, likeliest="nv")
        said[name] = " ".join(naevia("predict", photo, "--model", model).out.replace("│", " ").split())
    prediction = Session.open(tmp_path / "changed").predict(read_photo(photo))
    assert although_words(prediction).startswith("Referred although nevus is most probable")
    assert although_words(prediction) in said["changed"]
    assert calibration_words(prediction) in said["changed"]
    assert "calibrated" not in said["plain"]


@pytest.mark.parametrize(
    ("fraction", "words"), [(0.0, "0.0 %"), (4e-4, "< 0.1 %"), (0.9996, "> 99.9 %"), (1.0, "100.0 %")]
)
def test_no_percentage_is_rounded_to_certainty(fraction: float, words: str) -> None:
    assert percent(fraction) == words


@pytest.mark.parametrize(
    ("photos", "target", "reason"),
    [
        (1, "heat.jpg", ".png"),
        (2, "heat.png", "folder"),
        (1, "no/such/heat.png", "no folder"),
        (1, "photo.png", "is one of the photos"),
    ],
)
def test_a_wrong_place_for_heat_maps_is_told_first(
    naevia: Naevia, photo: Path, tmp_path: Path, photos: int, target: str, reason: str
) -> None:
    before = photo.read_bytes()
    done = naevia("predict", *[photo] * photos, "--heatmap", tmp_path / target)
    assert (done.code, done.out) == (2, "")
    assert photo.read_bytes() == before
    assert reason in done.err
    assert len(done.err.splitlines()) == 1


def test_native_libraries_do_not_write_on_the_terminal(naevia: Naevia, tmp_path: Path) -> None:
    whole = write_photo(tmp_path / "whole.jpg").read_bytes()
    spoilt = bytearray(whole)
    spoilt[len(whole) // 2 : len(whole) // 2 + 40] = os.urandom(40).replace(b"\xff", b"\x00")
    (tmp_path / "spoilt.jpg").write_bytes(spoilt)
    text = write_photo(tmp_path / "photo.png").read_bytes()
    (tmp_path / "cut.png").write_bytes(text[: len(text) // 2])
    done = naevia("predict", tmp_path / "spoilt.jpg", tmp_path / "cut.png", "--json")
    assert done.err == ""
    assert len(json.loads(done.out)) == 2


def test_a_heat_map_replaces_nothing_but_a_heat_map(naevia: Naevia, photo: Path, tmp_path: Path) -> None:
    other = write_photo(tmp_path / "other.png", "nv")
    before = other.read_bytes()
    done = naevia("predict", photo, "--heatmap", other)
    assert (done.code, done.out) == (2, "")
    assert "is not a heat map drawn by Naevia; give another name" in done.err
    for _ in range(2):
        assert naevia("predict", photo, "--heatmap", tmp_path / "heat.png").code == 0
    (tmp_path / ".heat.part.png").hardlink_to(other)
    assert naevia("predict", photo, "--heatmap", tmp_path / "heat.png").code == 0
    assert other.read_bytes() == before


@pytest.mark.skipif(sys.platform == "win32", reason="Windows makes links for administrators only")
def test_a_heat_map_is_never_written_through_a_link(naevia: Naevia, photo: Path, tmp_path: Path) -> None:
    (tmp_path / ".heat.part.png").symlink_to(tmp_path / "new.png")
    assert naevia("predict", photo, "--heatmap", tmp_path / "heat.png").code == 0
    assert (tmp_path / "heat.png").is_file() and not (tmp_path / "heat.png").is_symlink()
    assert not (tmp_path / "new.png").exists()
