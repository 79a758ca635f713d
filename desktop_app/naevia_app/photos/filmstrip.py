"""The photos as a strip of thumbnails, each with its recommendation."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen
from PySide6.QtWidgets import QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem

from naevia_app.parts.signs import paint_sign
from naevia_app.parts.theme import colours, recommendation_colours, sized
from naevia_app.parts.words import recommendation_word
from naevia_app.photos.photo_list import ITEM_ROLE, Entry, PhotoList

WIDTH_PX, NARROW_PX = 168, 144
_THUMBNAIL_PX = 92
_EDGES_PX = 46
"""What a tile and the scroll bar take beside the words."""


class _Tile(QStyledItemDelegate):
    """Paints one photo of the strip."""

    def sizeHint(  # noqa: N802  Qt's name
        self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> QSize:
        """A thumbnail and two lines, as wide as the strip is."""
        return QSize(self.parent().minimumWidth() - 18, _THUMBNAIL_PX + 24 + 2 * option.fontMetrics.height())

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """Paint the tile."""
        entry: Entry = index.data(ITEM_ROLE)
        chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        tile = QRectF(option.rect).adjusted(3, 3, -3, -3)
        painter.save()
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
        path = QPainterPath()
        path.addRoundedRect(tile, 10, 10)
        painter.fillPath(path, QColor(colours().hover if chosen else colours().surface))
        painter.setPen(QPen(QColor(colours().accent if chosen else colours().line), 2 if chosen else 1))
        painter.drawPath(path)
        self._paint_photo(painter, tile, entry)
        self._paint_words(painter, tile, entry, option)
        painter.restore()

    def _paint_photo(self, painter: QPainter, tile: QRectF, entry: Entry) -> None:
        box = QRectF(tile.x() + 7, tile.y() + 7, tile.width() - 14, _THUMBNAIL_PX)
        hole = QPainterPath()
        hole.addRoundedRect(box, 6, 6)
        painter.fillPath(hole, QColor(colours().sunken))
        if entry.thumbnail is None:
            if entry.kind:
                sign = QRectF(0, 0, 30, 30)
                sign.moveCenter(box.center())
                paint_sign(painter, sign, entry.kind, recommendation_colours(entry.kind)[0])
            return
        image = entry.thumbnail
        scale = max(box.width() / image.width(), box.height() / image.height())
        part = QRectF(0, 0, box.width() / scale, box.height() / scale)
        part.moveCenter(QRectF(image.rect()).center())
        painter.save()
        painter.setClipPath(hole)
        painter.drawImage(box, image, part)
        painter.restore()

    def _paint_words(
        self, painter: QPainter, tile: QRectF, entry: Entry, option: QStyleOptionViewItem
    ) -> None:
        height = option.fontMetrics.height()
        line = QRect(
            round(tile.x()) + 9, round(tile.y()) + _THUMBNAIL_PX + 11, round(tile.width()) - 18, height
        )
        mode, left = Qt.TextElideMode.ElideMiddle, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        painter.setPen(QColor(colours().text))
        painter.setFont(sized(option.font, 0.9))
        name = painter.fontMetrics().elidedText(entry.source.name, mode, line.width())
        painter.drawText(line, left, name)
        line.translate(0, height)
        if not entry.kind:
            painter.setPen(QColor(colours().muted))
            painter.drawText(line, left, self.tr("waiting"))
            return
        ink = recommendation_colours(entry.kind)[0]
        side = height * 0.8
        paint_sign(painter, QRectF(line.x(), line.y() + (height - side) / 2, side, side), entry.kind, ink)
        painter.setPen(ink)
        painter.drawText(line.adjusted(height, 0, 0, 0), left, recommendation_word(entry.kind))


class Filmstrip(QListView):
    """A vertical strip of photos.

    Args:
        photos: The photos.
    """

    def __init__(self, photos: PhotoList) -> None:
        super().__init__()
        self.setModel(photos)
        self.setItemDelegate(_Tile(self))
        longest = self.fontMetrics().horizontalAdvance(recommendation_word("cannot tell"))
        needed_px = longest + self.fontMetrics().height() + _EDGES_PX  # more than usual in large type
        self.setMinimumWidth(max(NARROW_PX, needed_px))
        self.setMaximumWidth(max(WIDTH_PX, needed_px))
        self.setUniformItemSizes(True)
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName(self.tr("Photos in this window"))

    def sizeHint(self) -> QSize:  # noqa: N802  Qt's name
        """As wide as is comfortable; narrower where the window is."""
        return QSize(WIDTH_PX, 200)
