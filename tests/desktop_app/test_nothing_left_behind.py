"""A dialog for files leaves nothing behind that could name a patient."""

from __future__ import annotations

from pathlib import Path

import pytest

from window_helpers import ASK_WHERE_TO_SAVE, drop, finish, urls, wait_until, write_photo  # isort: skip

from PySide6.QtCore import QSettings, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QLineEdit

from naevia_app.main_window import MainWindow

NAME = "Doe_Jane_1961"


@pytest.fixture
def patient(tmp_path: Path) -> Path:
    """A folder with a patient's name and one photo."""
    return write_photo(tmp_path / NAME / "mole.png", width_px=150, height_px=150).parent


@pytest.fixture(autouse=True)
def real_dialogs(agreeable: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Qt's own dialogs, which are what leaves something behind."""
    monkeypatch.setattr(QFileDialog, "getSaveFileName", ASK_WHERE_TO_SAVE)


def choose(window: MainWindow, action: str, *chosen: Path) -> None:
    """Trigger an action and choose a file or folder in each of the dialogs that it opens."""
    seen: list[QFileDialog] = []

    def look() -> None:
        dialog = QApplication.activeModalWidget()
        if isinstance(dialog, QFileDialog) and dialog not in seen:
            path = chosen[len(seen)]
            seen.append(dialog)
            dialog.setDirectory(str(path.parent))
            QTest.qWait(100)
            dialog.findChild(QLineEdit).setText(str(path))
            dialog.accept()

    timer = QTimer()
    timer.timeout.connect(look)
    timer.start(20)
    getattr(window.menu_actions, action).trigger()
    timer.stop()
    assert len(seen) == len(chosen)


def files_that_name_the_patient(home: Path) -> list[Path]:
    settings = QSettings(QSettings.Scope.UserScope, "QtProject")
    settings.sync()
    assert Path(settings.fileName()).is_relative_to(home)
    assert Path(settings.fileName()).is_file()  # the dialog did write there, and some of it stays
    return [file for file in home.rglob("*") if file.is_file() and NAME.encode() in file.read_bytes()]


def test_opening_photos_leaves_no_patients_name_behind(window: MainWindow, home: Path, patient: Path) -> None:
    choose(window, "open_photos", patient / "mole.png")
    wait_until(lambda: window.photos.prediction is not None)
    assert files_that_name_the_patient(home) == []


def test_scanning_a_folder_leaves_no_patients_name_behind(
    window: MainWindow, home: Path, patient: Path
) -> None:
    (patient / "visit").mkdir()
    (patient / "mole.png").rename(patient / "visit" / "mole.png")
    choose(window, "open_folder", patient / "visit", patient / "visit.csv")
    finish(window)
    assert (patient / "visit.csv").is_file()
    assert window.scans.table.rowCount() == 1
    assert files_that_name_the_patient(home) == []


def test_opening_a_model_leaves_no_patients_name_behind(
    window: MainWindow, home: Path, tiny_model: Path, patient: Path
) -> None:
    first, model = window.session, patient / "model"
    model.symlink_to(tiny_model, target_is_directory=True)
    choose(window, "open_model", model)
    wait_until(lambda: window.session is not first)
    assert files_that_name_the_patient(home) == []


def test_saving_an_answer_leaves_no_patients_name_behind(
    window: MainWindow, home: Path, patient: Path
) -> None:
    drop(window, urls(patient / "mole.png"))
    wait_until(lambda: window.photos.prediction is not None)
    choose(window, "save", patient / "answer.pdf")
    assert (patient / "answer.pdf").is_file()
    assert files_that_name_the_patient(home) == []


def test_what_other_programs_keep_there_stays(window: MainWindow, patient: Path) -> None:
    settings = QSettings(QSettings.Scope.UserScope, "QtProject")
    settings.setValue("FileDialog/viewMode", "List")
    settings.setValue("Designer/grid", 7)
    settings.sync()
    choose(window, "open_photos", patient / "mole.png")
    settings.sync()
    assert settings.value("FileDialog/viewMode") == "List"
    assert int(settings.value("Designer/grid")) == 7
    assert not settings.contains("FileDialog/history")
    assert not settings.contains("FileDialog/lastVisited")
