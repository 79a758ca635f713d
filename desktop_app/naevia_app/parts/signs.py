"""A shape for every recommendation, so that colour never says anything alone."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPainterPath, QPaintEvent, QPen, QPixmap, QPolygonF
from PySide6.QtWidgets import QWidget

from naevia_app.parts.theme import recommendation_colours


def paint_sign(painter: QPainter, box: QRectF, kind: str, ink: QColor) -> None:
    """Paint a sign.

    Refer is a triangle with `!`, monitor an eye, cannot tell a diamond with `?`, error a cross, waiting dots.

    Args:
        painter: An open painter.
        box: A square.
        kind: `refer`, `monitor`, `cannot tell`, `error` or `waiting`.
        ink: Its colour.
    """
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    pen = QPen(ink, box.width() * 0.085, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap)
    pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    painter.setPen(pen)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    _SIGNS[kind](painter, box)
    painter.restore()


def _at(box: QRectF, x: float, y: float) -> QPointF:
    return QPointF(box.x() + x * box.width(), box.y() + y * box.height())


def _dot(painter: QPainter, centre: QPointF, radius: float) -> None:
    outline = QPainterPath()
    outline.addEllipse(centre, radius, radius)
    painter.fillPath(outline, painter.pen().color())


def _triangle(painter: QPainter, box: QRectF) -> None:
    painter.drawPolygon(QPolygonF([_at(box, 0.5, 0.1), _at(box, 0.94, 0.88), _at(box, 0.06, 0.88)]))
    painter.drawLine(_at(box, 0.5, 0.38), _at(box, 0.5, 0.6))
    _dot(painter, _at(box, 0.5, 0.745), box.width() * 0.055)


def _eye(painter: QPainter, box: QRectF) -> None:
    painter.drawEllipse(_at(box, 0.5, 0.5), box.width() * 0.4, box.width() * 0.4)
    _dot(painter, _at(box, 0.5, 0.5), box.width() * 0.15)


def _diamond(painter: QPainter, box: QRectF) -> None:
    corners = [_at(box, 0.5, 0.05), _at(box, 0.95, 0.5), _at(box, 0.5, 0.95), _at(box, 0.05, 0.5)]
    painter.drawPolygon(QPolygonF(corners))
    painter.drawArc(QRectF(_at(box, 0.385, 0.26), _at(box, 0.615, 0.49)).normalized(), -80 * 16, 250 * 16)
    painter.drawLine(_at(box, 0.52, 0.49), _at(box, 0.5, 0.58))
    _dot(painter, _at(box, 0.5, 0.725), box.width() * 0.055)


def _cross(painter: QPainter, box: QRectF) -> None:
    painter.drawRoundedRect(
        QRectF(_at(box, 0.12, 0.12), _at(box, 0.88, 0.88)), box.width() * 0.1, box.width() * 0.1
    )
    painter.drawLine(_at(box, 0.36, 0.36), _at(box, 0.64, 0.64))
    painter.drawLine(_at(box, 0.64, 0.36), _at(box, 0.36, 0.64))


def _dots(painter: QPainter, box: QRectF) -> None:
    for x in (0.2, 0.5, 0.8):
        _dot(painter, _at(box, x, 0.5), box.width() * 0.09)


_SIGNS = {
    "refer": _triangle,
    "monitor": _eye,
    "cannot tell": _diamond,
    "error": _cross,
    "waiting": _dots,
}


def sign_icon(kind: str, side_px: int = 16) -> QIcon:
    """The sign in the colour of its recommendation, for tables and lists."""
    pixmap = QPixmap(QSize(side_px * 3, side_px * 3))
    pixmap.fill(Qt.GlobalColor.transparent)
    with QPainter(pixmap) as painter:
        paint_sign(painter, QRectF(0, 0, side_px * 3, side_px * 3), kind, recommendation_colours(kind)[0])
    pixmap.setDevicePixelRatio(3)
    return QIcon(pixmap)


class Sign(QWidget):
    """One sign as a widget.

    Args:
        side_px: Width and height.
    """

    def __init__(self, side_px: int) -> None:
        super().__init__()
        self._kind = "cannot tell"
        self.setFixedSize(side_px, side_px)

    def show_kind(self, kind: str) -> None:
        """Show the sign of a recommendation, or of an error."""
        self._kind = kind
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802  Qt's name
        """Paint the sign."""
        with QPainter(self) as painter:
            paint_sign(painter, QRectF(self.rect()), self._kind, recommendation_colours(self._kind)[0])
