"""The model's card: what it is, what it was measured to do, and what it must not be used for."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QFont, QGuiApplication
from PySide6.QtWidgets import QDialog, QTextBrowser, QVBoxLayout, QWidget

from naevia.contract import CARD_FILE, Contract, read_contract
from naevia.errors import ModelError
from naevia.shelf import find_model
from naevia_app.parts.text_widgets import button, label, paragraph
from naevia_app.parts.words import measured, missed, percent


class CardDialog(QDialog):
    """Shows the contract's figures and the card that came with the model.

    Args:
        contract: The contract of the model in use.
        model: Id or folder that it was opened by; None for the default.
        parent: The window.
    """

    def __init__(self, contract: Contract, model: str | None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("About the model"))
        self.browser = QTextBrowser()
        self.browser.setAccessibleName(self.tr("Model card"))
        self.browser.setOpenLinks(False)
        self.browser.setMarkdown(self._card(contract, model))
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 22, 24, 18)
        column.setSpacing(10)
        column.addWidget(label(1.5, QFont.Weight.DemiBold, f"{contract.model_id} {contract.version}"))
        column.addWidget(paragraph(self._summary(contract)))
        column.addWidget(self.browser, 1)
        close = button(self.tr("Close"))
        close.clicked.connect(self.reject)
        column.addWidget(close, 0, Qt.AlignmentFlag.AlignRight)
        screen = QGuiApplication.primaryScreen().availableSize()
        self.resize(QSize(840, 760).boundedTo(screen * 0.9))

    def _summary(self, contract: Contract) -> str:
        lines = [
            self.tr("Recipe {recipe}, exported {date}. Licence: {license}").format(
                recipe=contract.recipe, date=contract.created, license=contract.license
            )
        ]
        point = contract.operating_point
        if point is not None:
            threshold = self.tr("Refers at a malignant probability of {value} or more.")
            lines.append(
                f"{threshold.format(value=percent(point.threshold))} {missed(point)} {measured(point)}"
            )
        return "\n".join(lines)

    def _card(self, contract: Contract, model: str | None) -> str:
        """The card as Markdown, or why there is none: its folder may be gone since the model was opened."""
        try:
            folder = find_model(model)
            is_there = read_contract(folder) == contract
        except (ModelError, OSError):
            is_there = False
        if not is_there:
            return self.tr(
                "The folder of this model was moved, changed or deleted after the model was opened, so its "
                "card cannot be shown.\n\nThe model itself stays in memory and answers as before, until "
                "Naevia is closed. To see the card, put the folder back, or choose it where it is now with "
                "*Use another model* in the menu *File*."
            )
        return _read(folder / CARD_FILE) or self.tr("This model came without a card.")


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
