"""The model's card: what it is, what it was measured to do, and what it must not be used for."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QFont, QGuiApplication
from PySide6.QtWidgets import QDialog, QTextBrowser, QVBoxLayout, QWidget

from naevia.contract import CARD_FILE, Contract
from naevia_app.labels import button, label, paragraph
from naevia_app.words import measured, percent


class CardDialog(QDialog):
    """Shows the contract's figures and the card that came with the model.

    Args:
        contract: The contract.
        folder: The model folder.
        parent: The window.
    """

    def __init__(self, contract: Contract, folder: Path, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("About the model"))
        self.browser = QTextBrowser()
        self.browser.setAccessibleName(self.tr("Model card"))
        self.browser.setOpenLinks(False)
        self.browser.setMarkdown(_card(folder) or self.tr("This model came without a card."))
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
            lines.append(f"{threshold.format(value=percent(point.threshold))} {measured(point)}")
        return "\n".join(lines)


def _card(folder: Path) -> str:
    try:
        return (folder / CARD_FILE).read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
