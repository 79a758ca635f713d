"""What the window shows before there is a photo: an invitation."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPaintEvent, QPen, QRadialGradient
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from naevia_app.parts.text_widgets import label, paragraph
from naevia_app.parts.theme import colours


class _Lens(QWidget):
    """A drawing of a lesion under a dermatoscope."""

    def sizeHint(self) -> QSize:  # noqa: N802  Qt's name
        """A square."""
        return QSize(132, 132)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802  Qt's name
        """Paint the lens."""
        scheme = colours()
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            centre = QPointF(self.width() / 2, self.height() / 2)
            skin = QRadialGradient(centre, 62)
            skin.setColorAt(0, QColor("#f0cbb4"))
            skin.setColorAt(1, QColor("#dba98d"))
            painter.setPen(QPen(QColor(scheme.accent), 4))
            painter.setBrush(skin)
            painter.drawEllipse(centre, 58, 58)
            painter.setPen(Qt.PenStyle.NoPen)
            for x, y, width, height, tone in (
                (-4, 2, 30, 25, "#9a6548"),
                (-9, -3, 20, 17, "#7c4a35"),
                (3, 7, 13, 10, "#653a2b"),
            ):
                painter.setBrush(QColor(tone))
                painter.drawEllipse(centre + QPointF(x, y), width, height)
            painter.setPen(QPen(QColor(scheme.accent), 2))
            for tick in range(24):
                painter.save()
                painter.translate(centre)
                painter.rotate(tick * 15)
                painter.drawLine(QPointF(0, -52), QPointF(0, -46 if tick % 6 == 0 else -49))
                painter.restore()


class EmptyPage(QWidget):
    """An invitation to drop a photo, with buttons for every other way.

    Args:
        ways_in: Buttons, the commonest first.
    """

    def __init__(self, ways_in: list[QPushButton]) -> None:
        super().__init__()
        column = QVBoxLayout(self)
        column.setContentsMargins(60, 30, 60, 36)
        column.setSpacing(12)
        column.addStretch(2)
        column.addWidget(_Lens(), 0, Qt.AlignmentFlag.AlignHCenter)
        column.addSpacing(6)
        centred = (
            label(1.9, QFont.Weight.DemiBold, self.tr("Drop a photo here")),
            label(1.1, text=self.tr("One photo, several, or a whole folder")),
        )
        for part in centred:
            column.addWidget(part, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addSpacing(10)
        row = QHBoxLayout()
        row.setSpacing(10)
        row.addStretch(1)
        for way_in in ways_in:
            row.addWidget(way_in)
        row.addStretch(1)
        column.addLayout(row)
        column.addSpacing(10)
        small = paragraph(
            self.tr(
                "JPEG, PNG, TIFF, BMP, WebP or DICOM. Photos stay on this computer: Naevia uses no network "
                "and keeps no copy."
            ),
            muted=True,
            factor=0.95,
        )
        small.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        column.addWidget(small)
        column.addStretch(3)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802  Qt's name
        """Paint the place to drop on."""
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            pen = QPen(QColor(colours().line), 2, Qt.PenStyle.CustomDashLine)
            pen.setDashPattern([5, 5])
            painter.setPen(pen)
            painter.setBrush(QColor(colours().surface))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(24, 12, -24, -20), 18, 18)
