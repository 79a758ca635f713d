"""Everything the model says about one photo, in reading order."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QFrame, QScrollArea, QVBoxLayout, QWidget

from naevia.prediction import Prediction
from naevia_app.bars import ProbabilityBars
from naevia_app.labels import card, label, paragraph
from naevia_app.recommendation_card import RecommendationCard

WIDTH_PX, NARROW_PX = 430, 320


class AnswerPanel(QScrollArea):
    """Recommendation, nine bars, and what is known about the photo."""

    def __init__(self) -> None:
        super().__init__()
        self.recommendation = RecommendationCard()
        self.bars = ProbabilityBars()
        self._title = label(1.1, QFont.Weight.DemiBold)
        self._note = paragraph(muted=True, factor=0.92)
        self._about = paragraph(muted=True, factor=0.92)
        self._bars_card = card()
        self.setWidget(self._arranged())
        self.setWidgetResizable(True)
        self.setMinimumWidth(NARROW_PX)
        self.setMaximumWidth(WIDTH_PX)
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
        for part in (self._title, self.bars, self._note):
            inside.addWidget(part)
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 10, 0)
        column.setSpacing(14)
        for part in (self.recommendation, self._bars_card, self._about):
            column.addWidget(part)
        column.addStretch(1)
        return page

    @property
    def note(self) -> str:
        """What is said below the bars."""
        return self._note.text()

    def show_prediction(self, prediction: Prediction, format_name: str) -> None:
        """Show an answer."""
        ok = prediction.status == "ok"
        self.recommendation.show_prediction(prediction)
        self.bars.show_prediction(prediction)
        self._bars_card.show()
        self._title.setText(self.tr("Nine diagnoses") if ok else self.tr("Not an answer"))
        self._note.setText(
            self.tr("Malignant includes pre-malignant. The calibrated probabilities add up to 100\u00a0%.")
            if ok
            else self.tr(
                "These are the network's raw numbers for a photo that it cannot judge. They mean nothing."
            )
        )
        self._about.setText(
            self.tr("{format}, {width} \N{MULTIPLICATION SIGN} {height} pixels, quality: {quality}").format(
                format=format_name,
                width=prediction.width_px,
                height=prediction.height_px,
                quality=prediction.quality.words,
            )
        )

    def show_waiting(self, words: str) -> None:
        """Show that there is no answer yet."""
        self.recommendation.show_waiting(words)
        self.bars.show_prediction(None)
        self._bars_card.hide()
        self._about.setText("")
