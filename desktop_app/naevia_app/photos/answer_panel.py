"""Everything the model says about one photo, in reading order."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from naevia.prediction import Prediction
from naevia.printable import printable
from naevia_app.parts.text_widgets import ElidedLabel, card, label, paragraph, tooltip
from naevia_app.parts.theme import sized
from naevia_app.parts.words import calibration, size
from naevia_app.photos.bars import ProbabilityBars
from naevia_app.photos.recommendation_card import RecommendationCard

WIDTH_PX, NARROW_PX = 430, 320


class AnswerPanel(QScrollArea):
    """The photo's name and kind, the recommendation, and nine bars."""

    def __init__(self) -> None:
        super().__init__()
        self.recommendation = RecommendationCard()
        self.bars = ProbabilityBars()
        self._name = ElidedLabel()
        self._name.setFont(sized(self._name.font(), 1.1, QFont.Weight.DemiBold))
        self._name.setAccessibleName(self.tr("Photo"))
        self._remark = paragraph()
        self._saved = paragraph(muted=True)
        self._title = label(1.1, QFont.Weight.DemiBold, self.tr("Nine diagnoses"))
        self._calibration = paragraph(muted=True, factor=0.92)
        self._note = paragraph(
            self.tr("Malignant includes pre-malignant. The nine together are 100\u00a0%."),
            muted=True,
            factor=0.92,
        )
        self._about = label(0.92)
        self._about.setProperty("muted", True)
        self._bars_card = card()
        self.setWidget(self._arranged())
        self.setWidgetResizable(True)
        needed_px = self.widget().minimumSizeHint().width() + self.verticalScrollBar().sizeHint().width()
        self.setMinimumWidth(max(NARROW_PX, needed_px))  # large type needs more
        self.setMaximumWidth(max(WIDTH_PX, needed_px))
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)

    def sizeHint(self) -> QSize:  # noqa: N802  Qt's name
        """As wide as is comfortable; narrower where the window is."""
        return QSize(WIDTH_PX, 200)

    def _arranged(self) -> QWidget:
        inside = QVBoxLayout(self._bars_card)
        inside.setContentsMargins(17, 15, 17, 13)
        inside.setSpacing(8)
        for part in (self._title, self._calibration, self.bars, self._note):
            inside.addWidget(part)
        head = QHBoxLayout()
        head.setSpacing(12)
        head.addWidget(self._name, 1)
        head.addWidget(self._about)
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 10, 0)
        column.setSpacing(14)
        column.addLayout(head)
        for part in (self._saved, self._remark, self.recommendation, self._bars_card):
            column.addWidget(part)
        column.addStretch(1)
        return page

    @property
    def name(self) -> str:
        """The photo's name, uncut."""
        return self._name.full_text

    @property
    def remark(self) -> str:
        """What is said between the name and the answer; empty for nothing."""
        return self._remark.text()

    @property
    def calibration(self) -> str:
        """What the percentages are worth elsewhere; empty for a model that was never calibrated."""
        return self._calibration.text()

    @property
    def saved(self) -> str:
        """What is said of a file that the answer was saved in; empty for nothing."""
        return self._saved.text()

    @property
    def about(self) -> str:
        """What is said of the photo."""
        return self._about.text()

    def show_prediction(self, name: str, prediction: Prediction, format_name: str, remark: str = "") -> None:
        """Show an answer.

        Args:
            name: What a person calls the photo.
            prediction: The answer.
            format_name: What the file really is.
            remark: What must be known before the answer is read.
        """
        self._say(name, remark)
        self.recommendation.show_prediction(prediction)
        self.bars.show_prediction(prediction)
        self._calibration.setText(calibration(prediction))
        self._calibration.setVisible(prediction.is_calibrated)
        self._bars_card.setVisible(prediction.status == "ok")
        self._about.setText(
            self.tr("{format}, {size} pixels").format(
                format=format_name, size=size(prediction.width_px, prediction.height_px)
            )
        )

    def show_waiting(self, name: str, words: str) -> None:
        """Show that there is no answer yet."""
        self._say(name, "")
        self.recommendation.show_waiting(words)
        self.bars.show_prediction(None)
        self._bars_card.hide()
        self._about.setText("")

    def say_saved(self, path: Path) -> None:
        """Say in which file the answer is, until another one is shown."""
        self._saved.setText(self.tr("Saved as {name}").format(name=printable(path.name)))
        self._saved.setToolTip(tooltip(printable(str(path))))
        self._saved.show()

    def _say(self, name: str, remark: str) -> None:
        self._saved.clear()
        self._saved.hide()
        self._name.set_full_text(name)
        self._remark.setText(remark)
        self._remark.setVisible(bool(remark))
