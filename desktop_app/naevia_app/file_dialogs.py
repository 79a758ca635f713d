"""Asking for files and folders without leaving behind where a person looked for them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from PySide6.QtCore import QSettings
from PySide6.QtWidgets import QFileDialog, QWidget

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


def ask_where_to_save(parent: QWidget, title: str, suggestion: str, kinds: str) -> Path | None:
    """Ask for a file to write; the dialog asks before one that exists is replaced."""
    with _keeping_nothing():
        name, _ = QFileDialog.getSaveFileName(parent, title, suggestion, kinds)
    return Path(name) if name else None


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
