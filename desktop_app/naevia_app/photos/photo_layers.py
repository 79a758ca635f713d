"""What is laid over a photo, on the screen and on paper: the heat map, and which part was examined."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPainterPath, QPen

from naevia.preprocess import Region
from naevia_app.parts.words import tr


def paint_heat(painter: QPainter, frame: QRectF, heat: QImage, opacity: float) -> None:
    """Lay a heat map over a photo.

    Args:
        painter: An open painter.
        frame: Where the whole photo lies.
        heat: As `heat_layer` gives it.
        opacity: 0 hides it, 1 covers the strongest place fully.
    """
    painter.setOpacity(opacity)
    painter.drawImage(frame, heat)
    painter.setOpacity(1.0)


def paint_examined(painter: QPainter, frame: QRectF, region: Region, scale: float) -> None:
    """Darken what the network did not see, and outline what it saw.

    Args:
        painter: An open painter.
        frame: Where the whole photo lies.
        region: The part that the network saw, in the file's pixels.
        scale: Painted length of one of the file's pixels.
    """
    x, y, width, height = (side * scale for side in region)
    part = QRectF(frame.x() + x, frame.y() + y, width, height)
    outside = QPainterPath()
    outside.addRect(frame)
    inside = QPainterPath()
    inside.addRect(part)
    painter.fillPath(outside.subtracted(inside), QColor(0, 0, 0, 110))
    for pen in (QPen(QColor(0, 0, 0, 160), 3), QPen(QColor("#ffffff"), 1.5, Qt.PenStyle.DashLine)):
        painter.setPen(pen)
        painter.drawRect(part.adjusted(1.5, 1.5, -1.5, -1.5))
    label = tr("Only this part was examined")
    box = QRectF(painter.fontMetrics().boundingRect(label)).adjusted(-8, -4, 8, 4)
    box.moveTopLeft(part.topLeft() + QPointF(8, 8))
    if box.width() < part.width():
        painter.fillRect(box, QColor(0, 0, 0, 170))
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, label)
