"""Questions to a person, before something is lost."""

from __future__ import annotations

from PySide6.QtWidgets import QMessageBox, QWidget


def agrees(parent: QWidget, question: str, yes: str) -> bool:
    """Ask and wait for the answer; everything but the one button means no, Enter and Escape too.

    Args:
        parent: The window or a part of it.
        question: What would happen.
        yes: The words on the button that lets it happen.
    """
    box = QMessageBox(QMessageBox.Icon.Question, "Naevia", question, parent=parent)
    agree = box.addButton(yes, QMessageBox.ButtonRole.AcceptRole)
    box.setDefaultButton(box.addButton(QMessageBox.StandardButton.Cancel))
    box.exec()
    return box.clickedButton() is agree
