"""Asking for files and folders without leaving behind where a person looked for them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from PySide6.QtCore import QSettings
from PySide6.QtWidgets import QFileDialog, QWidget

from naevia.journal import begun_outputs, output_of
from naevia.printable import printable
from naevia_app.parts.questions import agrees
from naevia_app.parts.words import tr

_KEPT_BY_QT = ("FileDialog/history", "FileDialog/lastVisited")


def ask_for_files(parent: QWidget, title: str, kinds: str) -> list[Path]:
    """Ask for files that exist; none when the person thinks better of it."""
    with _keeping_nothing():
        names, _ = QFileDialog.getOpenFileNames(parent, title, "", kinds)
    return [Path(name) for name in names]


def ask_for_folder(parent: QWidget, title: str) -> Path | None:
    """Ask for a folder that exists; None when the person thinks better of it."""
    with _keeping_nothing():
        name = QFileDialog.getExistingDirectory(parent, title)
    return Path(name) if name else None


def ask_where_to_save(parent: QWidget, title: str, suggestion: Path, suffix: str, kinds: str) -> Path | None:
    """Ask for a file to write, and before one that exists is replaced.

    Args:
        parent: The window or a part of it.
        title: What is to be saved.
        suggestion: The name that is proposed.
        suffix: The ending, which a name that is given without it gets.
        kinds: The kinds of files, as Qt writes them.

    Returns:
        The file, for a scan's journal the table that it is of; None when the person thinks better of it.
    """
    with _keeping_nothing():
        name, _ = QFileDialog.getSaveFileName(parent, title, str(suggestion), kinds)
    if not name:
        return None
    path = output_of(Path(name))
    if not path.name.lower().endswith(suffix):
        path = path.with_name(path.name + suffix)
    asked_already = path == Path(name)
    return path if asked_already or not path.exists() or _may_replace(parent, path) else None


def ask_for_table(parent: QWidget, folder: Path) -> Path | None:
    """Ask where the table of a folder's answers is to be; None when the person thinks better of it.

    Beside the folder is proposed, where a later scan of it does not find the table; in it where it is the top
    of a memory stick. Where a scan of the folder into one table was stopped there, to go on with that is.
    """
    place = folder if os.path.ismount(folder) else folder.absolute().parent
    begun = [output for output in begun_outputs(folder, place) if output.suffix.lower() == ".csv"]
    proposed = begun[0] if len(begun) == 1 else place / f"{folder.name or 'scan'}.csv"
    kinds = tr("Table (*.csv *.csv.journal)")
    return ask_where_to_save(parent, tr("Save the answers as"), proposed, ".csv", kinds)


def _may_replace(parent: QWidget, path: Path) -> bool:
    question = tr("There is a {name} in this folder already. Replace it?")
    yes = tr("Replace")
    return agrees(parent, question.format(name=printable(path.name)), yes)


@contextmanager
def _keeping_nothing() -> Iterator[None]:
    """Take out of Qt's own settings what a dialog writes there as it goes: folders that can name a patient.

    Every dialog does so, a native one too: `QFileDialogPrivate::saveSettings` in Qt's qfiledialog.cpp. The
    settings are those of all Qt programs of this person, so only these two entries are touched.
    """
    try:
        yield
    finally:
        settings = QSettings(QSettings.Scope.UserScope, "QtProject")
        for key in _KEPT_BY_QT:
            settings.remove(key)
        settings.sync()
