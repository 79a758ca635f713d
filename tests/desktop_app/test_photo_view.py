"""The photo on the screen: its heat map, which part was examined, zoom."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

from window_helpers import drop, shown, urls, wait_until, write_photo  # isort: skip

from PySide6.QtCore import Qt
from PySide6.QtGui import QImage, QPainter
from PySide6.QtTest import QTest
from tiny_model import tiny_contract, write_tiny_model

from naevia.contract import InputSpec
from naevia.heatmap import overlay
from naevia.image import read_photo
from naevia.session import Session
from naevia_app.main_window import MainWindow
from naevia_app.parts.sources import image_of
from naevia_app.photos.heat import heat_layer

OpenWindow = Callable[..., MainWindow]


def test_the_heat_layer_is_cores_overlay(tiny_model: Path, tmp_path: Path) -> None:
    photo = read_photo(write_photo(tmp_path / "a.png", code="mel"))
    answer = Session.open(tiny_model, provider="cpu").predict(photo)
    canvas = image_of(photo.rgb_u8)
    with QPainter(canvas) as painter:
        painter.setOpacity(0.7)
        painter.drawImage(0, 0, heat_layer(answer, "mel"))
    painted = np.frombuffer(canvas.constBits(), np.uint8).reshape(canvas.height(), -1, 3)
    wanted = overlay(photo.rgb_u8, answer, code="mel", opacity=0.7)
    assert np.abs(painted.astype(int) - wanted).max() <= 3


def test_the_slider_and_the_choice_change_the_picture(window: MainWindow, tmp_path: Path) -> None:
    drop(window, urls(write_photo(tmp_path / "a.png", code="mel")))
    wait_until(lambda: shown(window))
    heat, view = window.photos.heat, window.photos.view

    def picture() -> QImage:
        return view.grab().toImage()

    strong = picture()
    heat.slider.setValue(5)
    assert picture() != strong
    heat.slider.setValue(100)
    first = picture()
    heat.choice.setCurrentIndex(5)
    assert picture() != first
    window.menu_actions.heat.trigger()
    assert heat.opacity == 0.0


def test_a_part_that_was_not_examined_is_marked(open_window: OpenWindow, tmp_path: Path) -> None:
    spec = InputSpec(size_px=64, resize="center_square")
    whole = open_window()
    part = open_window(write_tiny_model(tmp_path / "m", tiny_contract().model_copy(update={"input": spec})))
    photo = write_photo(tmp_path / "wide.png", width_px=800, height_px=300)
    edges = []
    for window in (whole, part):
        drop(window, urls(photo))
        wait_until(lambda window=window: shown(window))
        window.photos.heat.shown.setChecked(False)
        image = window.photos.view.grab().toImage()
        edges.append(image.pixelColor(40, image.height() // 2).lightness())
        said = (window.photos.answer.recommendation.text, window.photos.view.accessibleDescription())
        assert all(("Examined" in text) == (window is part) for text in said)
    assert edges[1] < edges[0] * 0.75
    words = said[0].replace("\N{NO-BREAK SPACE}", " ")
    assert (
        "Examined: the middle 300 \N{MULTIPLICATION SIGN} 300 of 800 \N{MULTIPLICATION SIGN} 300 pixels."
        in words
    )


def test_the_answer_to_little_more_than_half_a_photo_says_so(open_window: OpenWindow, tmp_path: Path) -> None:
    spec = InputSpec(size_px=64, resize="center_square")
    window = open_window(write_tiny_model(tmp_path / "m", tiny_contract().model_copy(update={"input": spec})))
    for width_px, is_told in ((400, False), (560, True)):
        drop(window, urls(write_photo(tmp_path / f"{width_px}.png", width_px=width_px, height_px=300)))
        wait_until(lambda name=f"{width_px}.png": shown(window) and window.photos.answer.name == name)
        words = window.photos.answer.recommendation.text.replace("\N{NO-BREAK SPACE}", " ")
        assert ("Only the middle 54 % of this photo was examined" in words) is is_told


def test_zoom_stays_inside_the_photo(window: MainWindow, tmp_path: Path) -> None:
    drop(window, urls(write_photo(tmp_path / "a.png")))
    wait_until(lambda: shown(window))
    view = window.photos.view
    fitted = view.grab().toImage()
    for _ in range(30):
        QTest.keyClick(view, Qt.Key.Key_Plus)
    assert view.grab().toImage() != fitted
    QTest.keyClick(view, Qt.Key.Key_0)
    assert view.grab().toImage() == fitted


def test_a_zoomed_photo_is_moved_by_the_arrow_keys(window: MainWindow, tmp_path: Path) -> None:
    drop(window, urls(write_photo(tmp_path / "a.png")))
    wait_until(lambda: shown(window))
    view = window.photos.view
    fitted = view.grab().toImage()
    QTest.keyClick(view, Qt.Key.Key_Right)
    assert view.grab().toImage() == fitted
    for _ in range(3):
        QTest.keyClick(window, Qt.Key.Key_Plus, Qt.KeyboardModifier.ControlModifier)
    before = view.grab().toImage()
    assert before != fitted
    for there, back in ((Qt.Key.Key_Right, Qt.Key.Key_Left), (Qt.Key.Key_Down, Qt.Key.Key_Up)):
        QTest.keyClick(view, there)
        assert view.grab().toImage() != before
        QTest.keyClick(view, back)
        assert view.grab().toImage() == before
    for _ in range(3):
        window.menu_actions.zoom_out.trigger()
    assert view.grab().toImage() == fitted


def test_the_colours_of_the_heat_map_are_explained(window: MainWindow, tmp_path: Path) -> None:
    drop(window, urls(write_photo(tmp_path / "a.png", code="mel")))
    wait_until(lambda: shown(window))
    heat = window.photos.heat
    assert heat.legend.isVisible()
    assert "from none to strongest place in this photo for this diagnosis" in heat.legend.accessibleName()
    assert "Brightness is not probability" in heat.caption
    strong = heat.legend.grab().toImage()
    heat.slider.setValue(5)
    assert heat.legend.grab().toImage() != strong
