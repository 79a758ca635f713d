"""The window itself: the model, the notices, the keyboard, the colours, and what happens to a mistake."""

from __future__ import annotations

import io
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from window_helpers import answering, drop, urls, wait_until, write_photo  # isort: skip

from PySide6.QtCore import QThread, QTimer
from PySide6.QtGui import QColor
from PySide6.QtWidgets import (
    QAbstractScrollArea,
    QApplication,
    QCheckBox,
    QComboBox,
    QFileDialog,
    QLineEdit,
    QMessageBox,
    QPushButton,
    QSlider,
    QWidget,
)
from tiny_model import tiny_contract, write_tiny_model

from naevia_app.card_dialog import CardDialog
from naevia_app.command import main
from naevia_app.main_window import MainWindow
from naevia_app.parts import theme
from naevia_app.parts.status import ResearchBadge
from naevia_app.starting.excepthook import ExceptionHook, log_path

OpenWindow = Callable[..., MainWindow]


@pytest.fixture
def changed_model(tiny_model: Path, tmp_path: Path) -> Path:
    """A model with one changed byte."""
    folder = Path(shutil.copytree(tiny_model, tmp_path / "changed"))
    data = bytearray((folder / "model.onnx").read_bytes())
    data[-7] ^= 1
    (folder / "model.onnx").write_bytes(data)
    return folder


def test_model_provider_and_notice_are_always_in_sight(window: MainWindow, tmp_path: Path) -> None:
    contract = window.session.contract
    for page in (window.show_photos, window.show_scan):
        page()
        assert contract.model_id in window.status.text
        assert contract.version in window.status.text
        assert window.session.model_sha256[:12] in window.status.text
        assert "CPU: chosen by the user" in window.status.text
        badge = window.findChild(ResearchBadge)
        assert badge.isVisible()
        assert badge.width() >= badge.sizeHint().width()
        assert badge.accessibleName() == "Research use only, not a medical device."


def test_the_notice_is_not_cut_in_the_smallest_window(window: MainWindow) -> None:
    window.resize(window.minimumSize())
    QApplication.processEvents()
    badge = window.findChild(ResearchBadge)
    assert badge.width() >= badge.sizeHint().width()
    assert badge.height() >= badge.fontMetrics().height()


def test_a_changed_model_is_refused_in_the_window(
    open_window: OpenWindow, changed_model: Path, tmp_path: Path
) -> None:
    window = open_window(changed_model)
    assert window.model_page.isVisible()
    assert "model.onnx is not the file" in window.model_page.text
    assert window.status.text == "No model"
    drop(window, urls(write_photo(tmp_path / "a.png")))
    QApplication.processEvents()
    assert window.model_page.isVisible()


def test_another_model_can_be_chosen_after_a_refusal(
    open_window: OpenWindow, changed_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    window = open_window(changed_model)
    drop(window, urls(write_photo(tmp_path / "a.png")))
    other = write_tiny_model(tmp_path / "other")
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(other))
    window.menu_actions.open_model.trigger()
    wait_until(lambda: window.photos.prediction is not None)
    assert window.photos.isVisible()
    assert "tiny" in window.status.text


def test_the_late_refusal_of_a_model_that_was_let_go_locks_nothing(
    app: QApplication, changed_model: Path, tiny_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    window = MainWindow(str(changed_model), "cpu")
    window.show()
    (thread,) = window.findChildren(QThread)
    assert thread.wait(30_000)  # the refusal is on its way, and nobody has heard it yet
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(tiny_model))
    window.menu_actions.open_model.trigger()
    drop(window, urls(write_photo(tmp_path / "a.png")))
    wait_until(lambda: window.session is not None)
    wait_until(lambda: window.photos.prediction is not None)
    assert window.model_problem is None
    assert window.photos.isVisible()
    window.close()
    window.deleteLater()


def test_the_program_says_why_there_is_no_model_and_ends_with_3(
    app: QApplication, changed_model: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def close() -> None:
        for widget in QApplication.topLevelWidgets():
            if isinstance(widget, MainWindow) and widget.model_problem is not None:
                widget.close()

    timer = QTimer()
    timer.timeout.connect(close)
    timer.start(50)
    hook = sys.excepthook
    assert main(["--model", str(changed_model), "--provider", "cpu"]) == 3
    sys.excepthook = hook
    timer.stop()
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1
    assert lines[0].startswith("naevia-desktop: ")
    assert "model.onnx is not the file" in lines[0]


class _ClosedTerminal(io.StringIO):
    """Standard error of a terminal that is gone."""

    def write(self, text: str) -> int:
        raise OSError(5, "Input/output error")


@pytest.mark.parametrize("stderr", [None, _ClosedTerminal()], ids=["none", "closed"])
def test_without_a_terminal_the_window_says_why_there_is_no_model(
    app: QApplication, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stderr: io.StringIO | None
) -> None:
    said: list[str] = []

    def look() -> None:
        for widget in QApplication.topLevelWidgets():
            if isinstance(widget, QMessageBox) and widget.isVisible():
                said.append(widget.text())
                widget.close()
            elif isinstance(widget, MainWindow) and widget.model_page.isVisible():
                said.append(widget.model_page.text)
                QTimer.singleShot(200, widget.close)

    timer = QTimer()
    timer.timeout.connect(look)
    timer.start(50)
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)  # `main` takes it over
    with monkeypatch.context() as patch:
        patch.setattr(sys, "stderr", stderr)
        code = main(["--model", str(tmp_path / "nope"), "--provider", "cpu"])
    timer.stop()
    assert code == 3
    assert said
    assert all("There is no model" in text or "no model at" in text.lower() for text in said), said
    assert not log_path().exists()


def test_the_model_card_is_shown(window: MainWindow) -> None:
    window.menu_actions.card.trigger()
    card = window.findChild(CardDialog)
    assert "A model for tests." in card.browser.toPlainText()
    card.close()


@pytest.mark.parametrize("what_happened", ["moved", "replaced"])
def test_the_card_of_a_model_whose_folder_is_gone_says_so_and_the_model_answers(
    open_window: OpenWindow, tmp_path: Path, what_happened: str
) -> None:
    model = write_tiny_model(tmp_path / "here")
    window = open_window(model)
    model.rename(tmp_path / "there")
    if what_happened == "replaced":
        write_tiny_model(model, tiny_contract().model_copy(update={"model_id": "another-tiny"}))
    window.menu_actions.card.trigger()
    card = window.findChild(CardDialog)
    assert card is not None
    assert card.isVisible()
    said = card.browser.toPlainText()
    assert "was moved, changed or deleted" in said
    assert "put the folder back" in said
    assert "A model for tests." not in said
    card.close()
    drop(window, urls(write_photo(tmp_path / "a.png")))
    wait_until(lambda: window.photos.prediction is not None)
    assert window.photos.prediction.model_id == "tiny"


@pytest.mark.parametrize("page", ["empty", "photos", "scans"])
def test_everything_that_takes_the_keyboard_has_a_name(window: MainWindow, tmp_path: Path, page: str) -> None:
    if page == "photos":
        drop(window, urls(write_photo(tmp_path / "a.png"), write_photo(tmp_path / "b.png")))
        wait_until(lambda: window.photos.prediction is not None)
    if page == "scans":
        window.show_scan()
    assert getattr(window, page).isVisible()
    kinds = (QPushButton, QCheckBox, QComboBox, QSlider, QLineEdit, QAbstractScrollArea)
    nameless = [
        widget
        for widget in window.findChildren(QWidget)
        if widget.isVisible()
        and widget.focusPolicy() != widget.focusPolicy().NoFocus
        and isinstance(widget, kinds)
        and not (widget.accessibleName() or getattr(widget, "text", str)())
    ]
    assert nameless == []


def test_tab_reaches_the_answer_and_the_heat_map(window: MainWindow, tmp_path: Path) -> None:
    drop(window, urls(write_photo(tmp_path / "a.png"), write_photo(tmp_path / "b.png")))
    wait_until(lambda: window.photos.prediction is not None)
    page = window.photos
    wanted = {page.strip, page.view, page.heat.shown, page.heat.choice, page.heat.slider, page.answer.bars}
    wanted.add(page.answer.recommendation)
    reached, widget = set(), window.photos.view
    for _ in range(200):
        widget = widget.nextInFocusChain()
        if widget.isVisible() and widget.focusPolicy() & widget.focusPolicy().TabFocus:
            reached.add(widget)
    assert wanted <= reached


def _contrast(first: str, second: str) -> float:
    """Contrast of two colours by WCAG 2.2."""

    def luminance(name: str) -> float:
        colour = QColor(name)
        parts = (
            value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4
            for value in (colour.redF(), colour.greenF(), colour.blueF())
        )
        return sum(part * weight for part, weight in zip(parts, (0.2126, 0.7152, 0.0722), strict=True))

    low, high = sorted((luminance(first), luminance(second)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("scheme", [theme.LIGHT, theme.DARK], ids=["light", "dark"])
def test_words_can_be_read_in_both_schemes(scheme: theme.Colours) -> None:
    pairs = [
        (scheme.text, scheme.window),
        (scheme.text, scheme.surface),
        (scheme.muted, scheme.surface),
        (scheme.muted, scheme.window),
        (scheme.on_accent, scheme.accent),
        (scheme.accent, scheme.window),
        (scheme.malignant, scheme.malignant_soft),
        (scheme.malignant, scheme.surface),
        (scheme.monitor, scheme.monitor_soft),
        (scheme.unsure, scheme.unsure_soft),
        (scheme.muted, scheme.malignant_soft),
        (scheme.muted, scheme.monitor_soft),
    ]
    assert [pair for pair in pairs if _contrast(*pair) < 4.5] == []


@pytest.mark.parametrize("scheme", [theme.LIGHT, theme.DARK], ids=["light", "dark"])
def test_monitor_has_no_colour_of_an_all_clear(scheme: theme.Colours) -> None:
    for name in (scheme.monitor, scheme.monitor_soft):
        colour = QColor(name)
        assert colour.green() <= (colour.red() + colour.blue()) / 2 + 2


def test_colours_can_be_chosen_and_are_remembered(window: MainWindow) -> None:
    theme.choose("dark")
    assert theme.is_dark()
    dark = window.grab().toImage().pixelColor(5, 300).lightness()
    theme.choose("light")
    assert not theme.is_dark()
    assert window.grab().toImage().pixelColor(5, 300).lightness() > dark + 100
    assert theme.appearance() == "light"
    theme.choose("system")


def test_a_mistake_is_logged_without_names_and_shown(app: QApplication, home: Path) -> None:
    before = sys.excepthook
    hook = ExceptionHook()
    hook.install()
    try:
        with answering("OK") as said:
            try:
                raise ValueError("/patients/Doe_Jane/mole.jpg")
            except ValueError as error:
                hook.handle(type(error), error, error.__traceback__)
            wait_until(lambda: bool(said))
    finally:
        sys.excepthook = before
    assert "ValueError" in said[0]
    assert log_path().is_relative_to(home)
    log = log_path().read_text()
    assert "ValueError" in log
    assert "test_window.py" in log
    assert "Doe" not in log
