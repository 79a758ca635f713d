"""What the colours of the heat map mean."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize
from PySide6.QtGui import QColor, QImage, QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QWidget

from naevia.prediction import Prediction
from naevia_app.parts.text_widgets import paragraph
from naevia_app.parts.theme import colours
from naevia_app.photos.heat import legend_layer

_BAR_PX = 10
_SKIN = "#e6bfab"
"""The colours are laid over it, as they are over the photo."""


class _ColourBar(QWidget):
    """The colours from none to the strongest, as faded as the heat map is."""

    def __init__(self) -> None:
        super().__init__()
        self._layer: QImage | None = None
        self._opacity = 0.0
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_layer(self, layer: QImage | None) -> None:
        """Show these colours, or none."""
        self._layer = layer
        self.update()

    def set_opacity(self, opacity: float) -> None:
        """Fade them."""
        self._opacity = opacity
        self.update()

    def sizeHint(self) -> QSize:  # noqa: N802  Qt's name
        """A thin bar."""
        return QSize(120, _BAR_PX)

    def minimumSizeHint(self) -> QSize:  # noqa: N802  Qt's name
        """The height is fixed."""
        return QSize(60, _BAR_PX)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802  Qt's name
        """Paint the bar."""
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            box = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
            shape = QPainterPath()
            shape.addRoundedRect(box, 3, 3)
            painter.fillPath(shape, QColor(colours().sunken if self._layer is None else _SKIN))
            if self._layer is not None:
                painter.save()
                painter.setClipPath(shape)
                painter.setOpacity(self._opacity)
                painter.drawImage(box, self._layer)
                painter.restore()
            painter.setPen(QPen(QColor(colours().line), 1))
            painter.drawPath(shape)


class HeatLegend(QWidget):
    """A colour bar between the words for its two ends."""

    def __init__(self) -> None:
        super().__init__()
        self._bar = _ColourBar()
        least, most = self.tr("none"), self.tr("strongest place in this photo for this diagnosis")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(9)
        row.addWidget(paragraph(least, muted=True, factor=0.92))
        row.addWidget(self._bar, 2)
        row.addWidget(paragraph(most, muted=True, factor=0.92), 3)
        self.setAccessibleName(
            self.tr("Colours of the heat map, from {least} to {most}").format(least=least, most=most)
        )

    def show_prediction(self, prediction: Prediction | None) -> None:
        """Show the colours of an answer's heat map, or none."""
        self._bar.show_layer(legend_layer(prediction) if prediction else None)

    def set_opacity(self, opacity: float) -> None:
        """Fade the colours as the heat map is: 0 to 1."""
        self._bar.set_opacity(opacity)
