"""The photo: fitted, sharp on any screen, with the heat map and the examined part laid over it."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPen,
    QWheelEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from naevia.preprocess import Region
from naevia_app.parts.theme import colours
from naevia_app.photos.photo_layers import paint_examined, paint_heat

MAX_ZOOM = 16.0
_STEP = 1.25
_PAN = 0.15
"""Share of what is in sight that one press of an arrow key moves."""
_MARGIN_PX = 14


class PhotoView(QWidget):
    """Shows one photo. The wheel, `+`, `-` and `0` zoom; dragging and the arrow keys move what is zoomed."""

    def __init__(self) -> None:
        super().__init__()
        self._photo: QImage | None = None
        self._scaled: QImage | None = None
        self._heat: QImage | None = None
        self._region: Region | None = None
        self._full_width_px = 1
        self._opacity = 0.0
        self._zoom = 1.0
        self._centre = QPointF(0.5, 0.5)
        self._grabbed: QPointF | None = None
        self._waiting = ""
        self._is_tabbed_to = False
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(240, 180)
        self.setAccessibleName(self.tr("Photo"))

    def show_photo(self, photo: QImage, spoken: str, region: Region | None, full_width_px: int) -> None:
        """Show a photo, fitted.

        Args:
            photo: Its pixels, possibly fewer than the file has.
            spoken: What a screen reader says of it.
            region: The part that the network saw, in the file's pixels; None when it saw everything.
            full_width_px: Width of the photo in the file.
        """
        self._photo, self._scaled, self._heat, self._waiting = photo, None, None, ""
        self._region, self._full_width_px = region, full_width_px
        self.setAccessibleDescription(spoken)
        self.fit()

    def show_waiting(self, words: str) -> None:
        """Show that there is nothing to see yet."""
        self._photo, self._scaled, self._heat, self._waiting = None, None, None, words
        self._zoom = 1.0
        self.setAccessibleDescription(words)
        self.update()

    def show_heat(self, heat: QImage | None) -> None:
        """Lay a heat map over the photo, or none."""
        self._heat = heat
        self.update()

    def set_opacity(self, opacity: float) -> None:
        """Fade the heat map: 0 hides it, 1 covers the strongest place fully."""
        self._opacity = opacity
        self.update()

    def fit(self) -> None:
        """Show the whole photo."""
        self._zoom, self._centre, self._scaled = 1.0, QPointF(0.5, 0.5), None
        self.update()

    def zoom_by(self, factor: float) -> None:
        """Zoom about the centre, between the whole photo and `MAX_ZOOM` times that."""
        if self._photo is None:
            return
        self._zoom = min(max(self._zoom * factor, 1.0), MAX_ZOOM)
        self._move_to(self._centre)

    def zoom_in(self) -> None:
        """One step larger."""
        self.zoom_by(_STEP)

    def zoom_out(self) -> None:
        """One step smaller."""
        self.zoom_by(1 / _STEP)

    def sizeHint(self) -> QSize:  # noqa: N802  Qt's name
        """As little as is useful: it takes all the room that the others leave."""
        return QSize(430, 200)

    def focusInEvent(self, event: QFocusEvent) -> None:  # noqa: N802  Qt's name
        """Show a ring to somebody who came by keyboard."""
        self._is_tabbed_to = event.reason() in (
            Qt.FocusReason.TabFocusReason,
            Qt.FocusReason.BacktabFocusReason,
        )
        super().focusInEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:  # noqa: N802  Qt's name
        """Take the ring away."""
        self._is_tabbed_to = False
        super().focusOutEvent(event)

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: N802  Qt's name
        """Zoom."""
        (self.zoom_in if event.angleDelta().y() > 0 else self.zoom_out)()
        event.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802  Qt's name
        """Zoom by `+`, `-` and `0`; move by the arrow keys what is zoomed."""
        actions = {
            Qt.Key.Key_Plus: self.zoom_in,
            Qt.Key.Key_Equal: self.zoom_in,
            Qt.Key.Key_Minus: self.zoom_out,
            Qt.Key.Key_0: self.fit,
        }
        if self._zoom > 1.0:
            actions |= {
                Qt.Key.Key_Left: lambda: self._pan(-1, 0),
                Qt.Key.Key_Right: lambda: self._pan(1, 0),
                Qt.Key.Key_Up: lambda: self._pan(0, -1),
                Qt.Key.Key_Down: lambda: self._pan(0, 1),
            }
        action = actions.get(Qt.Key(event.key()))
        if action is None:
            super().keyPressEvent(event)
        else:
            action()

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802  Qt's name
        """Take hold of the photo."""
        self._grabbed = event.position()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802  Qt's name
        """Move the photo along."""
        if self._grabbed is None or self._photo is None:
            return
        moved, frame = event.position() - self._grabbed, self._frame()
        self._grabbed = event.position()
        self._move_to(self._centre - QPointF(moved.x() / frame.width(), moved.y() / frame.height()))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802  Qt's name
        """Let the photo go."""
        self._grabbed = None

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:  # noqa: N802  Qt's name
        """Show the whole photo again."""
        self.fit()

    def _pan(self, right: int, down: int) -> None:
        self._move_to(self._centre + _PAN / self._zoom * QPointF(right, down))

    def _move_to(self, centre: QPointF) -> None:
        half = 0.5 / self._zoom
        self._centre = QPointF(
            min(max(centre.x(), half), 1 - half),
            min(max(centre.y(), half), 1 - half),
        )
        self._scaled = None
        self.update()

    def _room(self) -> QRectF:
        return QRectF(self.rect()).adjusted(_MARGIN_PX, _MARGIN_PX, -_MARGIN_PX, -_MARGIN_PX)

    def _frame(self) -> QRectF:
        """Where the whole photo lies, in the widget's coordinates; larger than the widget when zoomed."""
        room, photo = self._room(), self._photo
        scale = self._zoom * min(room.width() / photo.width(), room.height() / photo.height())
        width, height = photo.width() * scale, photo.height() * scale
        left = room.center().x() - self._centre.x() * width
        top = room.center().y() - self._centre.y() * height
        if self._zoom == 1.0:  # whole pixels keep the edges sharp
            left, top = round(left), round(top)
        return QRectF(left, top, width, height)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802  Qt's name
        """Paint the ground, the photo, the heat map and the outline."""
        with QPainter(self) as painter:
            painter.setRenderHints(
                QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform
            )
            ground = QPainterPath()
            ground.addRoundedRect(QRectF(self.rect()), 12, 12)
            painter.fillPath(ground, QColor(colours().sunken))
            if self._is_tabbed_to:
                painter.setPen(QPen(QColor(colours().accent), 2))
                painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 11, 11)
            if self._photo is None:
                painter.setPen(QColor(colours().muted))
                how = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
                painter.drawText(self._room(), how, self._waiting)
                return
            painter.setClipRect(self._room())
            self._paint_photo(painter, self._frame())

    def _paint_photo(self, painter: QPainter, frame: QRectF) -> None:
        if self._zoom == 1.0:
            self._paint_fitted(painter, frame)
        else:
            painter.drawImage(frame, self._photo)
        if self._heat is not None:
            paint_heat(painter, frame, self._heat, self._opacity)
        if self._region is not None:
            paint_examined(painter, frame, self._region, frame.width() / self._full_width_px)

    def _paint_fitted(self, painter: QPainter, frame: QRectF) -> None:
        """Paint from a copy that has exactly the screen's pixels; scaling while painting aliases."""
        ratio = self.devicePixelRatioF()
        size = QSize(max(1, round(frame.width() * ratio)), max(1, round(frame.height() * ratio)))
        if self._scaled is None or self._scaled.size() != size:
            self._scaled = self._photo.scaled(
                size, Qt.AspectRatioMode.IgnoreAspectRatio, Qt.TransformationMode.SmoothTransformation
            )
            self._scaled.setDevicePixelRatio(ratio)
        painter.drawImage(frame.topLeft(), self._scaled)
