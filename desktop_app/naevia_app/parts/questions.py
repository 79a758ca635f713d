"""Questions to a person, before something is lost, and warnings."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMessageBox, QWidget


def agrees(parent: QWidget, question: str, yes: str) -> bool:
    """Ask and wait for the answer; everything but the one button means no, Enter and Escape too.

    Args:
        parent: The window or a part of it.
        question: What would happen.
        yes: The words on the button that lets it happen.
    """
    box = QMessageBox(QMessageBox.Icon.Question, "Naevia", question, parent=parent)
    box.setTextFormat(Qt.TextFormat.PlainText)  # it may hold a file's name
    agree = box.addButton(yes, QMessageBox.ButtonRole.AcceptRole)
    box.setDefaultButton(box.addButton(QMessageBox.StandardButton.Cancel))
    box.exec()
    return box.clickedButton() is agree


def warn(parent: QWidget, title: str, text: str) -> None:
    """Say what went wrong, and wait until it was read."""
    box = QMessageBox(QMessageBox.Icon.Warning, title, text, parent=parent)
    box.setTextFormat(Qt.TextFormat.PlainText)
    box.exec()
