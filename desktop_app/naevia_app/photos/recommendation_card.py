"""The recommendation, large, with what stands behind it."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from naevia.prediction import Prediction
from naevia_app.parts import words
from naevia_app.parts.signs import Sign
from naevia_app.parts.text_widgets import label, paragraph
from naevia_app.parts.theme import colours, recommendation_colours
from naevia_app.photos.gauge import ThresholdGauge


class RecommendationCard(QWidget):
    """REFER, MONITOR or CANNOT TELL; why; how far it can be trusted; and what of the photo it is of."""

    def __init__(self) -> None:
        super().__init__()
        self._kind = "waiting"
        self._sign = Sign(38)
        self._word = label(1.9, QFont.Weight.Bold)
        self._number = paragraph(factor=1.35, weight=QFont.Weight.DemiBold)
        self._gauge = ThresholdGauge()
        self._reason = paragraph()
        self._caution = paragraph(weight=QFont.Weight.DemiBold)
        self._measured = paragraph(muted=True, factor=0.92)
        self._examined = paragraph(muted=True, factor=0.92)
        longest = words.recommendation_word("cannot tell")
        self._word.setMinimumWidth(self._word.fontMetrics().horizontalAdvance(longest))
        self._arrange()
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)  # so that a screen reader reaches the answer

    def _arrange(self) -> None:
        head = QHBoxLayout()
        head.setSpacing(12)
        head.addWidget(self._sign)
        head.addWidget(self._word, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(22, 18, 18, 18)
        column.setSpacing(9)
        column.addLayout(head)
        for part in self._parts:
            column.addWidget(part)

    @property
    def _parts(self) -> tuple[QWidget, ...]:
        """What stands below the word, from top to bottom."""
        return (self._number, self._gauge, self._reason, self._caution, self._measured, self._examined)

    @property
    def word(self) -> str:
        """The recommendation as it is shown."""
        return self._word.text()

    @property
    def text(self) -> str:
        """All the words that are in sight, for tests and screen readers."""
        labels = (part for part in (self._word, *self._parts) if isinstance(part, QLabel))
        return "\n".join(part.text() for part in labels if not part.isHidden())

    def show_prediction(self, prediction: Prediction) -> None:
        """Show an answer."""
        point, ok = prediction.operating_point, prediction.status == "ok"
        self._set_word(prediction.recommendation, words.recommendation_word(prediction.recommendation))
        self._number.setText(
            self.tr("Malignant or pre-malignant: {value}").format(value=words.malignant_words(prediction)[0])
        )
        self._number.setVisible(ok)
        self._gauge.setVisible(ok and point is not None)
        self._gauge.show_prediction(prediction)
        self._show_or_hide(self._reason, words.reason(prediction))
        missed = words.missed(point) if point and prediction.recommendation == "monitor" else ""
        self._show_or_hide(self._caution, "\n".join(filter(None, (words.caution(prediction), missed))))
        self._show_or_hide(self._measured, words.measured(point) if point and ok else "")
        self._show_or_hide(self._examined, words.examined(prediction))
        self._speak(self.tr("Recommendation: {word}").format(word=self.word))

    def show_waiting(self, text: str) -> None:
        """Show that there is no answer yet."""
        self._set_word("waiting", text)
        for part in self._parts:
            part.hide()
        self._gauge.show_nothing()
        self._speak(text)

    def _speak(self, name: str) -> None:
        """Let a screen reader say the same as is shown: the answer by name, the rest as its description."""
        self.setAccessibleName(name)
        self.setAccessibleDescription("\n".join(self.text.splitlines()[1:]))

    def _set_word(self, kind: str, word: str) -> None:
        self._kind = kind
        self._sign.show_kind(kind)
        self._word.setText(word)
        self._recolour()
        self.update()

    def _recolour(self) -> None:
        # Not by a palette: Qt puts an old one back whenever the style rules of the application change.
        self._word.setStyleSheet(f"color: {recommendation_colours(self._kind)[0].name()}")

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802  Qt's name
        """Follow a change between light and dark."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._recolour()

    @staticmethod
    def _show_or_hide(part: QLabel, text: str) -> None:
        part.setText(text)
        part.setVisible(bool(text))

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802  Qt's name
        """Paint the soft ground and its edge."""
        ink, soft = recommendation_colours(self._kind)
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            shape = QPainterPath()
            shape.addRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 12, 12)
            painter.fillPath(shape, soft)
            painter.save()
            painter.setClipPath(shape)
            painter.fillRect(QRectF(0, 0, 6, self.height()), ink)
            painter.restore()
            ink.setAlpha(90)
            painter.setPen(QPen(QColor(colours().accent), 2) if self.hasFocus() else QPen(ink, 1))
            painter.drawPath(shape)
