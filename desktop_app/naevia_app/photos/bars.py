"""The nine probabilities as labelled bars, the most probable first."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPainterPath, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from naevia.prediction import Prediction
from naevia.taxonomy import TAXONOMY, Diagnosis
from naevia_app.parts.theme import colours, sized
from naevia_app.parts.words import diagnosis_name, percent

_BAR_PX = 7
_GAP_PX = 11


class ProbabilityBars(QWidget):
    """Nine painted bars. Malignant diagnoses carry a triangle, another colour and, if it fits, a word."""

    def __init__(self) -> None:
        super().__init__()
        self._ranking: tuple[tuple[Diagnosis, float], ...] = ()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAccessibleName(self.tr("Probabilities of the nine diagnoses"))

    @property
    def ranking(self) -> tuple[tuple[Diagnosis, float], ...]:
        """What is shown, from top to bottom."""
        return self._ranking

    def show_prediction(self, prediction: Prediction | None) -> None:
        """Show an answer; none without one, and none of a refused photo, whose probabilities mean nothing."""
        self._ranking = prediction.ranking if prediction and prediction.status == "ok" else ()
        self.setAccessibleDescription(self._spoken())
        self.updateGeometry()
        self.update()

    def _spoken(self) -> str:
        malignant = self.tr("malignant")
        return "; ".join(
            f"{diagnosis_name(d)} {percent(p)}" + (f" ({malignant})" if d.malignant else "")
            for d, p in self._ranking
        )

    def _row_px(self) -> int:
        return self.fontMetrics().height() + _BAR_PX + _GAP_PX + 3

    def sizeHint(self) -> QSize:  # noqa: N802  Qt's name
        """Room for nine rows."""
        return QSize(360, self._row_px() * len(TAXONOMY))

    def minimumSizeHint(self) -> QSize:  # noqa: N802  Qt's name
        """The rows keep their height."""
        return QSize(260, self.sizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802  Qt's name
        """Paint the rows."""
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            if self.hasFocus():
                painter.setPen(QPen(QColor(colours().accent), 2))
                painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 6, 6)
            row_px = self._row_px()
            for place, (diagnosis, probability) in enumerate(self._ranking):
                row = QRectF(5, place * row_px + 2, self.width() - 10, row_px)
                self._paint_row(painter, row, diagnosis, probability, first=place == 0)

    def _paint_row(
        self, painter: QPainter, row: QRectF, diagnosis: Diagnosis, probability: float, *, first: bool
    ) -> None:
        scheme = colours()
        ink = QColor(scheme.malignant if diagnosis.malignant else scheme.benign)
        font = sized(self.font(), 1.0, QFont.Weight.DemiBold if first else QFont.Weight.Normal)
        line = QRectF(row.x(), row.y(), row.width(), self.fontMetrics().height() + 3)
        painter.setFont(font)
        painter.setPen(QColor(scheme.text))
        metrics, value = painter.fontMetrics(), percent(probability)
        room = line.adjusted(0, 0, -metrics.horizontalAdvance(value) - 10, 0)
        mark = self.fontMetrics().height() if diagnosis.malignant else 0
        name = metrics.elidedText(
            diagnosis_name(diagnosis), Qt.TextElideMode.ElideRight, round(room.width()) - mark
        )
        painter.drawText(line, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, name)
        painter.drawText(line, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, value)
        if diagnosis.malignant:
            after = room.adjusted(metrics.horizontalAdvance(name) + 10, 0, 0, 0)
            self._paint_mark(painter, after, ink)
        bar = QRectF(row.x(), line.bottom() + 2, row.width(), _BAR_PX)
        self._paint_bar(painter, bar, probability, ink)

    def _paint_mark(self, painter: QPainter, after: QRectF, ink: QColor) -> None:
        small = sized(self.font(), 0.82, QFont.Weight.Medium)
        side = self.fontMetrics().height() * 0.5
        middle = after.center().y()
        triangle = QPolygonF(
            [
                QPointF(after.x() + side / 2, middle - side / 2),
                QPointF(after.x() + side, middle + side / 2),
                QPointF(after.x(), middle + side / 2),
            ]
        )
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(ink)
        painter.drawPolygon(triangle)
        painter.setPen(ink)
        painter.setFont(small)
        word, room = self.tr("malignant"), after.adjusted(side + 5, 0, 0, 0)
        if painter.fontMetrics().horizontalAdvance(word) <= room.width():
            painter.drawText(room, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, word)

    def _paint_bar(self, painter: QPainter, bar: QRectF, probability: float, ink: QColor) -> None:
        track = QPainterPath()
        track.addRoundedRect(bar, _BAR_PX / 2, _BAR_PX / 2)
        painter.fillPath(track, QColor(colours().sunken))
        filled = QPainterPath()
        filled.addRect(QRectF(bar.x(), bar.y(), max(bar.width() * probability, 2.0), bar.height()))
        painter.fillPath(track.intersected(filled), ink)
