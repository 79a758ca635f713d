"""The malignant probability on a scale, with the threshold that decides."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from naevia.prediction import Prediction
from naevia_app.parts.theme import colours, recommendation_colours, sized
from naevia_app.parts.words import malignant_words

_TRACK_PX = 10


class ThresholdGauge(QWidget):
    """A scale from 0 to 100 %: filled up to the malignant probability, marked at the threshold."""

    def __init__(self) -> None:
        super().__init__()
        self._prediction: Prediction | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(self.tr("Malignant probability and threshold"))

    def show_prediction(self, prediction: Prediction) -> None:
        """Show an answer that has an operating point and was not refused."""
        self._prediction = prediction
        self.setAccessibleDescription(self._spoken(prediction))
        self.update()

    def show_nothing(self) -> None:
        """Show that there is no answer."""
        self._prediction = None
        self.setAccessibleDescription("")
        self.update()

    def _spoken(self, prediction: Prediction) -> str:
        if prediction.operating_point is None or prediction.status != "ok":
            return ""
        value, threshold = malignant_words(prediction)
        return self.tr("Malignant probability {value}, threshold {threshold}").format(
            value=value, threshold=threshold
        )

    def sizeHint(self) -> QSize:  # noqa: N802  Qt's name
        """The track, the mark and a line of words."""
        return QSize(300, _TRACK_PX + 10 + self.fontMetrics().height())

    def minimumSizeHint(self) -> QSize:  # noqa: N802  Qt's name
        """The height is fixed."""
        return QSize(200, self.sizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802  Qt's name
        """Paint the scale."""
        if self._prediction is None or self._prediction.operating_point is None:
            return
        ink = recommendation_colours(self._prediction.recommendation)[0]
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            track = QRectF(0, 2, self.width(), _TRACK_PX)
            self._paint_track(painter, track, ink, self._prediction.malignant_probability)
            self._paint_threshold(painter, track, self._prediction.operating_point.threshold)
            self._paint_words(painter, track, self._prediction)

    def _paint_track(self, painter: QPainter, track: QRectF, ink: QColor, probability: float) -> None:
        shape = QPainterPath()
        shape.addRoundedRect(track, _TRACK_PX / 2, _TRACK_PX / 2)
        empty = QColor(ink)
        empty.setAlpha(45)
        painter.fillPath(shape, empty)
        filled = QPainterPath()
        filled.addRect(QRectF(0, track.y(), max(track.width() * probability, 2.0), _TRACK_PX))
        painter.fillPath(shape.intersected(filled), ink)

    def _paint_threshold(self, painter: QPainter, track: QRectF, threshold: float) -> None:
        x = track.width() * threshold
        text = QColor(colours().text)
        painter.setPen(QPen(QColor(colours().surface), 4))
        painter.drawLine(QPointF(x, track.top() - 1), QPointF(x, track.bottom() + 1))
        painter.setPen(QPen(text, 2))
        painter.drawLine(QPointF(x, track.top() - 2), QPointF(x, track.bottom() + 3))
        tip = track.bottom() + 2
        painter.setBrush(text)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.drawPolygon(QPolygonF([QPointF(x, tip), QPointF(x + 4, tip + 6), QPointF(x - 4, tip + 6)]))

    def _paint_words(self, painter: QPainter, track: QRectF, prediction: Prediction) -> None:
        x = track.width() * prediction.operating_point.threshold
        painter.setFont(sized(self.font(), 0.88))
        words = self.tr("threshold {value}").format(value=malignant_words(prediction)[1])
        width = painter.fontMetrics().horizontalAdvance(words) + 2
        left = x + 9 if x + 9 + width <= self.width() else x - 9 - width
        painter.setPen(QColor(colours().muted))
        box = QRectF(left, track.bottom() + 1, width, self.fontMetrics().height())
        painter.drawText(box, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, words)
