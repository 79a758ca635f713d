"""What covers the window while something is held over it."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from naevia_app.parts.theme import colours, sized


class DropVeil(QWidget):
    """Covers its parent and says that it may be let go here.

    Args:
        parent: The window.
    """

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.hide()
        parent.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802  Qt's name
        """Stay as large as the window."""
        if event.type() == QEvent.Type.Resize:
            self.resize(self.parentWidget().size())
        return False

    def lower_onto(self) -> None:
        """Cover the window."""
        self.resize(self.parentWidget().size())
        self.raise_()
        self.show()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802  Qt's name
        """Paint the veil."""
        scheme = colours()
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            ground = QColor(scheme.window)
            ground.setAlpha(225)
            painter.fillRect(self.rect(), ground)
            painter.setPen(QPen(QColor(scheme.accent), 3, Qt.PenStyle.DashLine))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(24, 24, -24, -24), 18, 18)
            painter.setFont(sized(self.font(), 2.0, QFont.Weight.DemiBold))
            painter.setPen(QColor(scheme.accent))
            painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, self.tr("Let go to judge"))
