"""What a screen reader is told about an answer, asked as a screen reader asks."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from window_helpers import drop, expected, urls, wait_until, write_photo  # isort: skip

from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import QLabel, QWidget
from tiny_model import tiny_contract, write_tiny_model

from naevia_app.main_window import MainWindow
from naevia_app.parts.words import missed, percent
from naevia_app.photos.gauge import ThresholdGauge

OpenWindow = Callable[..., MainWindow]


def heard(widget: QWidget) -> str:
    """Name and description, as assistive technology gets them."""
    interface = QAccessible.queryAccessibleInterface(widget)
    return f"{interface.text(QAccessible.Text.Name)}\n{interface.text(QAccessible.Text.Description)}"


def heard_on_card(window: MainWindow) -> list[str]:
    """What the card and each of its visible labels say."""
    card = window.photos.answer.recommendation
    return [heard(card), *(heard(part) for part in card.findChildren(QLabel) if part.isVisible())]


@pytest.fixture
def answered(window: MainWindow, tmp_path: Path) -> MainWindow:
    """A window with an answer on the screen."""
    drop(window, urls(write_photo(tmp_path / "mole.jpg")))
    wait_until(lambda: window.photos.prediction is not None)
    return window


@pytest.mark.parametrize(("threshold", "word"), [(0.0001, "REFER"), (0.999, "MONITOR")])
def test_the_recommendation_is_heard(
    open_window: OpenWindow, tmp_path: Path, threshold: float, word: str
) -> None:
    contract = tiny_contract()
    point = contract.operating_points[0].model_copy(update={"threshold": threshold})
    model = write_tiny_model(tmp_path / "m", contract.model_copy(update={"operating_points": (point,)}))
    window = open_window(model)
    drop(window, urls(write_photo(tmp_path / "mole.jpg")))
    wait_until(lambda: window.photos.prediction is not None)
    card, *labels = heard_on_card(window)
    assert card.startswith(f"Recommendation: {word}\n")
    assert "threshold" in card
    assert any(text.startswith(word) for text in labels)
    assert (missed(point) in card) is (word == "MONITOR")
    assert any(missed(point) in text for text in labels) is (word == "MONITOR")


def test_a_refusal_is_heard(open_window: OpenWindow, tmp_path: Path) -> None:
    window = open_window(write_tiny_model(tmp_path / "m", tiny_contract(ood_threshold=1e-9)))
    drop(window, urls(write_photo(tmp_path / "cat.jpg")))
    wait_until(lambda: window.photos.prediction is not None)
    card = heard_on_card(window)[0]
    assert card.startswith("Recommendation: CANNOT TELL\n")
    assert "%" not in card


def test_the_gauge_says_its_numbers(answered: MainWindow, tiny_model: Path, tmp_path: Path) -> None:
    said = heard(answered.findChild(ThresholdGauge))
    answer = expected(tiny_model, tmp_path / "mole.jpg")
    assert percent(answer.malignant_probability) in said
    assert percent(answer.operating_point.threshold) in said


def test_the_choice_of_the_heat_map_is_heard_by_its_label(answered: MainWindow) -> None:
    choice = QAccessible.queryAccessibleInterface(answered.photos.heat.choice)
    (label,) = [other for other, _ in choice.relations(QAccessible.RelationFlag.Label)]
    assert label.text(QAccessible.Text.Name) == "Diagnosis whose evidence is shown"


def test_the_answer_before_is_not_heard_while_the_next_photo_waits(answered: MainWindow) -> None:
    answered.photos.answer.show_waiting("b.png", "Looking")
    texts = [*heard_on_card(answered), heard(answered.findChild(ThresholdGauge))]
    assert texts[0] == "Looking\n"
    assert not any(old in text for text in texts for old in ("REFER", "MONITOR", "%"))
