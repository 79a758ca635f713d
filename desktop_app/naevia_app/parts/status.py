"""The bottom line: what this program is not, which model answers, and what computes it."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPainterPath, QPaintEvent
from PySide6.QtWidgets import QStatusBar, QWidget

from naevia.session import Session
from naevia_app.parts.signs import paint_sign
from naevia_app.parts.text_widgets import ElidedLabel
from naevia_app.parts.theme import colours, sized
from naevia_app.parts.words import model_line, provider_line, research_only


class ResearchBadge(QWidget):
    """The sentence that never leaves the window."""

    def __init__(self) -> None:
        super().__init__()
        self.setFont(sized(self.font(), 0.95, QFont.Weight.DemiBold))
        self.setAccessibleName(research_only())

    def sizeHint(self) -> QSize:  # noqa: N802  Qt's name
        """Room for all of it."""
        metrics = self.fontMetrics()
        return QSize(
            metrics.horizontalAdvance(research_only()) + metrics.height() + 34, metrics.height() + 10
        )

    def minimumSizeHint(self) -> QSize:  # noqa: N802  Qt's name
        """It is never cut."""
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802  Qt's name
        """Paint a badge."""
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            box = QRectF(self.rect()).adjusted(0, 2, 0, -2)
            shape = QPainterPath()
            shape.addRoundedRect(box, 6, 6)
            painter.fillPath(shape, QColor(colours().unsure_soft))
            ink = QColor(colours().unsure)
            side = self.fontMetrics().height() * 0.9
            paint_sign(painter, QRectF(11, (self.height() - side) / 2, side, side), "refer", ink)
            painter.setPen(ink)
            painter.drawText(
                box.adjusted(side + 20, 0, 0, 0),
                Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft,
                research_only(),
            )


class StatusLine(QStatusBar):
    """Badge on the left, model and provider on the right."""

    def __init__(self) -> None:
        super().__init__()
        self.setSizeGripEnabled(False)
        self.setContentsMargins(12, 3, 16, 3)
        self._model = ElidedLabel()
        self._model.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self._model.setAccessibleName(self.tr("Model and provider"))
        self.addPermanentWidget(ResearchBadge())
        self.addPermanentWidget(self._model, 1)
        self.say_opening()

    @property
    def text(self) -> str:
        """What is said about the model, uncut."""
        return self._model.full_text

    def say_opening(self, in_use: Session | None = None) -> None:
        """Say that a model is being checked, and which one answers meanwhile."""
        if in_use is None:
            words = self.tr("Opening and checking the model\N{HORIZONTAL ELLIPSIS}")
        else:
            other = self.tr("opening and checking another\N{HORIZONTAL ELLIPSIS}")
            words = f"{model_line(in_use)}   \N{MIDDLE DOT}   {other}"
        self._model.set_full_text(words)

    def say_none(self) -> None:
        """Say that there is no model."""
        self._model.set_full_text(self.tr("No model"))

    def say_session(self, session: Session) -> None:
        """Say which model answers and what computes it."""
        self._model.set_full_text(f"{model_line(session)}   \N{MIDDLE DOT}   {provider_line(session)}")
