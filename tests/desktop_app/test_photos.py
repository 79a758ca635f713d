"""One photo or several in the window."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from pytest import approx

from window_helpers import answering, drop, expected, shown, urls, wait_until, write_photo  # isort: skip

from PySide6.QtCore import QMimeData, Qt, QUrl
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMessageBox
from tiny_model import tiny_contract, write_tiny_model

from naevia.contract import TrainingData
from naevia.image import decode_photo
from naevia.session import Session
from naevia.synthetic import draw_lesion
from naevia_app.main_window import MainWindow
from naevia_app.parts import theme
from naevia_app.parts.sources import image_of, png_of
from naevia_app.parts.words import diagnosis_name
from naevia_app.photos.gauge import ThresholdGauge

OpenWindow = Callable[..., MainWindow]


def test_a_dropped_photo_gets_the_sessions_answer_to_the_bit(
    window: MainWindow, tiny_model: Path, tmp_path: Path
) -> None:
    photo = write_photo(tmp_path / "mole.jpg")
    drop(window, urls(photo))
    wait_until(lambda: shown(window))
    answer = expected(tiny_model, photo)
    assert np.array_equal(window.photos.prediction.probabilities, answer.probabilities)
    assert window.photos.prediction.to_dict() == answer.to_dict()
    assert window.photos.answer.bars.ranking == answer.ranking


@pytest.mark.parametrize("name", ["a.png", "b.bmp", "c.tif", "d.webp"])
def test_every_kind_of_file_gets_the_sessions_answer(
    window: MainWindow, tiny_model: Path, tmp_path: Path, name: str
) -> None:
    photo = write_photo(tmp_path / name, code="mel", seed=4)
    drop(window, urls(photo))
    wait_until(lambda: shown(window))
    assert np.array_equal(window.photos.prediction.probabilities, expected(tiny_model, photo).probabilities)


def test_the_recommendation_says_what_it_rests_on(
    window: MainWindow, tiny_model: Path, tmp_path: Path
) -> None:
    photo = write_photo(tmp_path / "mole.jpg")
    drop(window, urls(photo))
    wait_until(lambda: shown(window))
    answer = expected(tiny_model, photo)
    card = window.photos.answer.recommendation
    words = card.text.replace("\N{NO-BREAK SPACE}", " ")
    assert card.word == answer.recommendation.upper()
    assert f"{answer.malignant_probability * 100:.1f} %" in words
    assert "threshold of 40.0 %" in words
    assert "90.0 % (80.0\N{EN DASH}95.0 %) of photos of malignant lesions were referred" in words
    assert "Measured on drawn lesions" in words
    assert window.photos.answer.calibration == ""
    assert "not proof" in window.photos.heat.caption


def test_the_recommendation_keeps_its_colour_when_light_and_dark_change(
    window: MainWindow, tmp_path: Path
) -> None:
    drop(window, urls(write_photo(tmp_path / "mole.jpg")))
    wait_until(lambda: shown(window))
    word = window.photos.answer.recommendation._word
    for appearance, scheme in (("dark", theme.DARK), ("light", theme.LIGHT)):
        theme.choose(appearance)
        image = word.grab().toImage()
        inks = {image.pixelColor(x, y).name() for x in range(image.width()) for y in range(image.height())}
        assert scheme.malignant in inks
    theme.choose("system")


def test_monitor_says_that_cancer_is_not_ruled_out(open_window: OpenWindow, tmp_path: Path) -> None:
    contract = tiny_contract()
    point = contract.operating_points[0].model_copy(update={"threshold": 0.999})
    model = write_tiny_model(tmp_path / "m", contract.model_copy(update={"operating_points": (point,)}))
    window = open_window(model)
    drop(window, urls(write_photo(tmp_path / "mole.jpg")))
    wait_until(lambda: shown(window))
    card = window.photos.answer.recommendation
    assert card.word == "MONITOR"
    words = card.text.replace("\N{NO-BREAK SPACE}", " ")
    assert (
        "Monitor does not rule cancer out. Of the photos of malignant lesions on which this thresh" in words
    )
    assert "was chosen, 10.0 % (5.0\N{EN DASH}20.0 %) fell below it: expect worse with others." in words


def test_a_benign_answer_that_is_referred_says_why_and_shows_the_malignant_evidence(
    open_window: OpenWindow, tmp_path: Path
) -> None:
    contract = tiny_contract()
    point = contract.operating_points[0].model_copy(update={"threshold": 0.01})
    training = TrainingData(manifest_sha256="0" * 64, counts={})
    update = {"operating_points": (point,), "training": training}
    window = open_window(write_tiny_model(tmp_path / "m", contract.model_copy(update=update), likeliest="nv"))
    drop(window, urls(write_photo(tmp_path / "mole.jpg")))
    wait_until(lambda: shown(window))
    page = window.photos
    first, second = page.prediction.diagnosis, page.prediction.heat_diagnosis
    assert (first.code, second.malignant) == ("nv", True)
    assert f"Referred although {first.name} is most probable" in page.answer.recommendation.text
    assert page.heat.code == second.code
    assert page.heat.choice.currentText().startswith(diagnosis_name(second))
    assert "calibrated on the model's own images" in page.answer.calibration


def test_the_gauge_marks_the_threshold_where_it_lies(
    app: QApplication, tiny_model: Path, tmp_path: Path
) -> None:
    answer = expected(tiny_model, write_photo(tmp_path / "mole.jpg"))
    gauge = ThresholdGauge()
    gauge.resize(400, gauge.sizeHint().height())

    def picture(threshold: float) -> QImage:
        point = answer.operating_point.model_copy(update={"threshold": threshold})
        gauge.show_prediction(replace(answer, operating_point=point))
        return gauge.grab().toImage()

    low, high = picture(0.1), picture(0.8)  # in the line above the track and the words:
    differing = {x for x in range(400) if low.pixel(x, 1) != high.pixel(x, 1)}
    assert min(differing) == approx(40, abs=4)
    assert max(differing) == approx(320, abs=4)
    assert low.pixelColor(40, 1).lightness() < low.pixelColor(320, 1).lightness()


def test_a_refused_photo_never_looks_like_an_answer(open_window: OpenWindow, tmp_path: Path) -> None:
    window = open_window(write_tiny_model(tmp_path / "m", tiny_contract(ood_threshold=1e-9)))
    drop(window, urls(write_photo(tmp_path / "cat.jpg")))
    wait_until(lambda: shown(window))
    answer = window.photos.answer
    assert answer.recommendation.word == "CANNOT TELL"
    assert "unlike the dermoscopy photos" in answer.recommendation.text
    assert "%" not in answer.recommendation.text
    assert not answer.bars.isVisible()
    assert answer.bars.ranking == ()
    assert window.photos.heat.opacity == 0.0
    heat = window.photos.heat
    assert not any(part.isVisible() for part in (heat.shown, heat.choice, heat.slider, heat.legend))
    assert answer.about.startswith("JPEG, ")
    assert "quality" not in answer.about


def test_a_broken_file_says_why_and_the_next_photo_is_answered(window: MainWindow, tmp_path: Path) -> None:
    good = write_photo(tmp_path / "good.jpg")
    broken = tmp_path / "broken.jpg"
    broken.write_bytes(good.read_bytes()[:2000])
    text = tmp_path / "letter.jpg"
    text.write_text("not a photo")
    drop(window, urls(broken, text, good, tmp_path / "gone.png"))
    problem = window.photos.problem
    wait_until(lambda: window.photos.current.unread is not None)
    assert "This photo is damaged" in problem.text
    assert "broken.jpg" in problem.text
    wait_until(lambda: all(entry.kind for entry in window.photos.photos.entries()))
    assert [entry.kind for entry in window.photos.photos.entries()] == ["error", "error", "refer", "error"]
    window.photos.step(1)
    assert "This is not a photo" in problem.text
    window.photos.step(1)
    wait_until(lambda: shown(window))
    window.photos.step(1)
    assert "cannot be found" in problem.text


def test_pasted_pixels_are_judged(window: MainWindow, tiny_model: Path) -> None:
    image = image_of(draw_lesion("bcc", seed=9))
    QGuiApplication.clipboard().setImage(image)
    QTest.keyClick(window, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    wait_until(lambda: shown(window))
    answer = Session.open(tiny_model, provider="cpu").predict(decode_photo(png_of(image)))
    assert np.array_equal(window.photos.prediction.probabilities, answer.probabilities)


def test_photos_without_a_file_get_a_number_and_the_time(window: MainWindow) -> None:
    QGuiApplication.clipboard().setImage(image_of(draw_lesion("bcc", seed=9)))
    window.menu_actions.paste.trigger()
    window.menu_actions.paste.trigger()
    mime = QMimeData()
    mime.setImageData(image_of(draw_lesion("nv", seed=1)))
    drop(window, mime)
    names = [entry.source.name for entry in window.photos.photos.entries()]
    found = [re.fullmatch(r"(Pasted|Dropped) photo (\d+), \d\d:\d\d", name) for name in names]
    assert [name[1] for name in found] == ["Pasted", "Pasted", "Dropped"]
    first = int(found[0][2])
    assert [int(name[2]) for name in found] == [first, first + 1, first + 2]


def test_the_name_of_a_photo_on_the_clipboard_is_told_from_the_photo(window: MainWindow) -> None:
    QGuiApplication.clipboard().setText("C:/photos/mole.jpg")
    with answering("OK") as said:
        window.menu_actions.paste.trigger()
        wait_until(lambda: bool(said))
    assert "Copy the photo itself, not its name." in said[0]
    assert window.pages.page is window.empty


def test_pasted_files_are_judged(window: MainWindow, tmp_path: Path) -> None:
    QGuiApplication.clipboard().setMimeData(
        urls(write_photo(tmp_path / "a.png"), write_photo(tmp_path / "b.png"))
    )
    window.menu_actions.paste.trigger()
    wait_until(lambda: shown(window))
    assert [entry.source.name for entry in window.photos.photos.entries()] == ["a.png", "b.png"]


def test_an_address_on_a_network_is_never_fetched(window: MainWindow) -> None:
    mime = QMimeData()
    mime.setUrls([QUrl("https://example.org/mole.jpg")])
    drop(window, mime)
    box = next(w for w in QApplication.topLevelWidgets() if isinstance(w, QMessageBox) and w.isVisible())
    assert "no network" in box.text()
    box.close()
    assert window.photos.photos.rowCount() == 0


def test_the_drawn_example_is_judged(window: MainWindow) -> None:
    window.menu_actions.example.trigger()
    wait_until(lambda: shown(window))
    assert window.pages.page is window.photos


def test_removing_the_last_photo_brings_the_invitation_back(window: MainWindow, tmp_path: Path) -> None:
    assert window.pages.page is window.empty
    drop(window, urls(write_photo(tmp_path / "a.png"), write_photo(tmp_path / "b.png", seed=2)))
    assert not window.photos.strip.isHidden()
    window.menu_actions.remove.trigger()
    assert window.photos.strip.isHidden()
    wait_until(lambda: shown(window))
    window.menu_actions.remove.trigger()
    assert window.pages.page is window.empty
    assert (tmp_path / "a.png").exists()


def test_only_the_last_photos_stay_in_memory_and_earlier_ones_come_back(
    window: MainWindow, tiny_model: Path, tmp_path: Path
) -> None:
    photos = [write_photo(tmp_path / f"{n}.png", seed=n, width_px=120, height_px=100) for n in range(9)]
    drop(window, urls(*photos))
    wait_until(lambda: all(entry.kind for entry in window.photos.photos.entries()))
    for row in (8, 0, 4):
        window.photos.strip.setCurrentIndex(window.photos.photos.index(row))
        wait_until(lambda: shown(window))
        wanted = expected(tiny_model, photos[row]).probabilities
        assert np.array_equal(window.photos.prediction.probabilities, wanted)
    assert len(window.photos._recent) <= 4


@pytest.mark.data
def test_a_real_photo_gets_the_sessions_answer(window: MainWindow, tiny_model: Path, data_root: Path) -> None:
    photo = data_root / "ham10000" / "images" / "ISIC_0024306.jpg"
    drop(window, urls(photo))
    wait_until(lambda: shown(window))
    assert np.array_equal(window.photos.prediction.probabilities, expected(tiny_model, photo).probabilities)
