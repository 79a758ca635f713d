"""The answer on the screen as a file for a colleague."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from window_helpers import answering, drop, urls, wait_until, write_photo  # isort: skip

from pdf_words import inks_of, pages_of, squeezed, words_of
from PySide6.QtCore import QMimeData, Qt
from PySide6.QtGui import QColor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog
from tiny_model import tiny_contract, write_tiny_model

from naevia import __version__
from naevia.synthetic import draw_lesion
from naevia_app.main_window import MainWindow
from naevia_app.parts import theme
from naevia_app.parts.sources import image_of
from naevia_app.parts.words import diagnosis_name, heat_title, percent, research_only
from naevia_app.starting.excepthook import log_path

Chosen = list[Path]


@pytest.fixture
def dialog(monkeypatch: pytest.MonkeyPatch) -> Chosen:
    """What the dialog proposed; what a test puts into it first is chosen, else what was proposed."""
    seen: Chosen = []

    def answer(parent: object, title: str, suggestion: str, kinds: str) -> tuple[str, str]:
        chosen = seen.pop() if seen else Path(suggestion)
        seen.append(Path(suggestion))
        return str(chosen), kinds

    monkeypatch.setattr(QFileDialog, "getSaveFileName", answer)
    return seen


def show(window: MainWindow, photo: Path) -> None:
    drop(window, urls(photo))
    wait_until(lambda: window.photos.on_screen is not None)


def press_ctrl_s(window: MainWindow) -> None:
    QTest.keyClick(window, Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier)


def test_ctrl_s_saves_all_that_the_window_says_on_one_page_beside_the_photo(
    window: MainWindow, tmp_path: Path, dialog: Chosen
) -> None:
    photo = write_photo(tmp_path / "visit" / "mole.png", "mel", width_px=300, height_px=200)
    show(window, photo)
    press_ctrl_s(window)
    saved = tmp_path / "visit" / "mole-answer.pdf"
    assert dialog == [saved]
    assert sorted(saved.parent.iterdir()) == [saved, photo]
    assert pages_of(saved) == 1
    said, page = words_of(saved), window.photos
    for words in (
        page.answer.recommendation.text,
        page.answer.name,
        page.answer.about,
        page.heat.caption,
        heat_title(page.prediction, page.heat.code),
        "strongest place in this photo for this diagnosis",
        research_only(),
        *window.status.text.split("\N{MIDDLE DOT}"),
        f"Naevia {__version__}, saved on",
        hashlib.sha256(photo.read_bytes()).hexdigest(),
        *(f"{diagnosis_name(d)} {percent(p)}" for d, p in page.prediction.ranking),
    ):
        for line in words.splitlines():
            assert squeezed(line) in said
    assert re.search(r"savedon20\d\d-\d\d-\d\dat\d\d:\d\d$", said)
    assert page.answer.saved == "Saved as mole-answer.pdf"


def test_the_diagnosis_that_is_chosen_is_the_one_on_paper(
    window: MainWindow, tmp_path: Path, dialog: Chosen
) -> None:
    show(window, write_photo(tmp_path / "mole.png"))
    window.photos.heat.choice.setCurrentIndex(4)
    window.photos.heat.shown.setChecked(False)
    window.menu_actions.save.trigger()
    chosen, value = window.photos.prediction.ranking[4]
    title = f"Heat map of the evidence for {chosen.name} ({percent(value)})"
    assert squeezed(title) in words_of(tmp_path / "mole-answer.pdf")


def test_a_refused_photo_is_saved_with_its_refusal_and_no_ranking(
    open_window: Callable[..., MainWindow], tmp_path: Path, dialog: Chosen
) -> None:
    window = open_window(write_tiny_model(tmp_path / "m", tiny_contract(ood_threshold=1e-9)))
    show(window, write_photo(tmp_path / "cat.jpg"))
    press_ctrl_s(window)
    said = words_of(tmp_path / "cat-answer.pdf")
    for line in window.photos.answer.recommendation.text.splitlines():
        assert squeezed(line) in said
    assert squeezed("No heat map: the photo was refused.") in said
    assert "CANNOTTELL" in said
    assert "Melanoma" not in said
    assert "Ninediagnoses" not in said


def test_paper_is_light_in_a_dark_window_too(window: MainWindow, tmp_path: Path, dialog: Chosen) -> None:
    show(window, write_photo(tmp_path / "mole.png"))
    window.menu_actions.save.trigger()
    light = inks_of(tmp_path / "mole-answer.pdf")
    theme.choose("dark")
    try:
        window.menu_actions.save.trigger()
        assert theme.is_dark()
        assert window.palette().window().color() == QColor(theme.DARK.window)
    finally:
        theme.choose("system")
    assert inks_of(tmp_path / "mole-answer.pdf") == light


def test_pasted_photos_go_to_the_documents(
    window: MainWindow, home: Path, tmp_path: Path, dialog: Chosen
) -> None:
    mime = QMimeData()
    mime.setImageData(image_of(draw_lesion("nv", seed=1)))
    drop(window, mime)
    wait_until(lambda: window.photos.on_screen is not None)
    dialog.append(tmp_path / "pasted")
    window.menu_actions.save.trigger()
    assert dialog[0].name == "Dropped photo-answer.pdf"
    assert dialog[0].is_relative_to(home)
    assert pages_of(tmp_path / "pasted.pdf") == 1


def test_nothing_is_replaced_unasked(window: MainWindow, tmp_path: Path, dialog: Chosen) -> None:
    """Qt's dialog asks about the name that was given; the window about the one with the ending."""
    show(window, write_photo(tmp_path / "mole.png"))
    (tmp_path / "Doe. Jane.pdf").write_text("somebody's work")
    dialog.append(tmp_path / "Doe. Jane")
    with answering("Cancel") as asked:
        window.menu_actions.save.trigger()
    assert "Doe. Jane.pdf" in asked[0]
    assert (tmp_path / "Doe. Jane.pdf").read_text() == "somebody's work"
    assert window.photos.answer.saved == ""
    dialog[:] = [tmp_path / "Doe. Jane"]
    with answering("Replace"):
        window.menu_actions.save.trigger()
    assert pages_of(tmp_path / "Doe. Jane.pdf") == 1


def test_a_place_that_cannot_be_written_is_told_and_not_logged(
    window: MainWindow, tmp_path: Path, dialog: Chosen
) -> None:
    show(window, write_photo(tmp_path / "Jane.png"))
    dialog.append(tmp_path / "gone" / "Jane.pdf")
    with answering("OK") as told:
        window.menu_actions.save.trigger()
    assert told[0].endswith("Jane.pdf cannot be written: No such file or directory; choose another place.")
    assert window.photos.answer.saved == ""
    assert not log_path().exists() or "Jane" not in log_path().read_text()


def test_a_full_disk_is_told_and_leaves_the_earlier_file(
    window: MainWindow, tmp_path: Path, dialog: Chosen, monkeypatch: pytest.MonkeyPatch
) -> None:
    show(window, write_photo(tmp_path / "mole.png"))
    (tmp_path / "mole-answer.pdf").write_text("the answer of last year")

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with answering("OK") as told:
        window.menu_actions.save.trigger()
    assert "No space left on device" in told[0]
    assert (tmp_path / "mole-answer.pdf").read_text() == "the answer of last year"
    assert sorted(file.name for file in tmp_path.glob("mole*")) == ["mole-answer.pdf", "mole.png"]


def test_nothing_can_be_saved_without_a_photo_and_its_answer(window: MainWindow, tmp_path: Path) -> None:
    assert not window.menu_actions.save.isEnabled()
    (tmp_path / "letter.jpg").write_text("not a photo")
    drop(window, urls(tmp_path / "letter.jpg"))
    wait_until(lambda: window.photos.current.unread is not None)
    assert not window.menu_actions.save.isEnabled()


def test_what_was_saved_is_said_of_that_photo_alone(
    window: MainWindow, tmp_path: Path, dialog: Chosen
) -> None:
    show(window, write_photo(tmp_path / "a.png"))
    window.menu_actions.save.trigger()
    assert window.photos.answer.saved
    show(window, write_photo(tmp_path / "b.png", seed=2))
    assert window.photos.answer.saved == ""
