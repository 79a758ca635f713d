"""One answer on one page of paper, made of the parts that show it in the window."""

from __future__ import annotations

from datetime import datetime
from textwrap import wrap

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QMarginsF, QPoint, QRectF, QSize, Qt
from PySide6.QtGui import QFont, QImage, QPageLayout, QPageSize, QPainter, QPaintEvent, QPdfWriter
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from naevia import __version__
from naevia.session import Session
from naevia_app.parts.status import ResearchBadge
from naevia_app.parts.text_widgets import label, paragraph
from naevia_app.parts.theme import on_paper
from naevia_app.parts.words import heat_caution, heat_title, model_line, no_heat_map, provider_line, tr
from naevia_app.photos.answer_panel import AnswerPanel
from naevia_app.photos.heat import heat_layer
from naevia_app.photos.heat_bar import START_PERCENT
from naevia_app.photos.heat_legend import HeatLegend
from naevia_app.photos.judge import Judged
from naevia_app.photos.photo_layers import paint_examined, paint_heat

_WIDTH_PX = 820
_MARGIN_MM = 14
_PHOTO_SIDE_PX = 1600
"""Longest side of the photo in the file: sharp on paper, and small enough to send."""
_NAME_WIDTH = 54
"""Letters of a line that a file's name is cut into; it may have no place to wrap at."""
_OPACITY = START_PERCENT / 100


class _Picture(QWidget):
    """The photo with what is laid over it, in as many pixels as it has."""

    def __init__(self, judged: Judged, photo: QImage, heat: QImage | None = None) -> None:
        super().__init__()
        self._prediction, self._photo, self._heat = judged.prediction, photo, heat
        room = self.sizePolicy()
        room.setHeightForWidth(True)
        self.setSizePolicy(room)

    def heightForWidth(self, width_px: int) -> int:  # noqa: N802  Qt's name
        """The photo's own proportions, but never higher than wide."""
        return round(width_px * min(1.0, self._photo.height() / self._photo.width()))

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802  Qt's name
        """Paint it as large as there is room."""
        with QPainter(self) as painter:
            size = self._photo.size().scaled(self.size(), Qt.AspectRatioMode.KeepAspectRatio)
            frame = QRectF(0, 0, size.width(), size.height())
            painter.drawImage(frame, self._photo)
            if self._heat is not None:
                paint_heat(painter, frame, self._heat, _OPACITY)
            if not self._prediction.is_whole:
                scale = frame.width() / self._prediction.width_px
                paint_examined(painter, frame, self._prediction.region, scale)


class Report(QWidget):
    """The page.

    Args:
        name: What a person calls the photo.
        judged: The photo with its answer.
        code: Diagnosis whose evidence is shown; None for no heat map, as of a refused photo.
        remark: What must be known before the answer is read.
        session: The model that answered.
    """

    def __init__(self, name: str, judged: Judged, code: str | None, remark: str, session: Session) -> None:
        super().__init__()
        answer = AnswerPanel()
        answer.show_prediction(name, judged.prediction, judged.format, remark)
        said = answer.takeWidget()
        said.setAutoFillBackground(False)
        said.layout().setContentsMargins(0, 0, 0, 0)
        middle = QHBoxLayout()
        middle.setSpacing(20)
        middle.addLayout(_pictures(judged, code), 1)
        middle.addWidget(said, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(16)
        column.addLayout(_head())
        column.addLayout(middle)
        column.addWidget(_origin(name, judged, session))
        self.resize(self._size())

    def _size(self) -> QSize:
        width_px = max(_WIDTH_PX, self.minimumSizeHint().width())
        return QSize(width_px, self.layout().totalHeightForWidth(width_px))


def report_pdf(name: str, judged: Judged, code: str | None, remark: str, session: Session) -> bytes:
    """The page as a PDF file: A4, in light colours whatever the window has; arguments as of `Report`."""
    data = QByteArray()
    buffer = QBuffer(data)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    with on_paper():
        _print(Report(name, judged, code, remark, session), name, buffer)
    return data.data()


def _print(page: Report, title: str, device: QIODevice) -> None:
    """Print a page, made smaller where it would not fit on one sheet."""
    writer = QPdfWriter(device)
    writer.setTitle(title)
    writer.setCreator(f"Naevia {__version__}")
    writer.setResolution(page.logicalDpiX())
    margins = QMarginsF(*[_MARGIN_MM] * 4)
    paper = QPageSize(QPageSize.PageSizeId.A4)
    writer.setPageLayout(
        QPageLayout(paper, QPageLayout.Orientation.Portrait, margins, QPageLayout.Unit.Millimeter)
    )
    scale = min(writer.width() / page.width(), writer.height() / page.height())
    with QPainter(writer) as painter:
        painter.scale(scale, scale)
        page.render(painter, QPoint(), renderFlags=QWidget.RenderFlag.DrawChildren)


def _head() -> QHBoxLayout:
    row = QHBoxLayout()
    row.addWidget(label(1.6, QFont.Weight.DemiBold, tr("Naevia: answer to one photo")), 1)
    row.addWidget(ResearchBadge())
    return row


def _pictures(judged: Judged, code: str | None) -> QVBoxLayout:
    photo = judged.shown
    if max(photo.width(), photo.height()) > _PHOTO_SIDE_PX:
        side = QSize(_PHOTO_SIDE_PX, _PHOTO_SIDE_PX)
        photo = photo.scaled(
            side, Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation
        )
    column = QVBoxLayout()
    column.setSpacing(9)
    column.addWidget(_Picture(judged, photo))
    if code is None:
        column.addWidget(paragraph(no_heat_map(), muted=True))
    else:
        legend = HeatLegend()
        legend.show_prediction(judged.prediction)
        legend.set_opacity(_OPACITY)
        column.addSpacing(10)
        column.addWidget(paragraph(heat_title(judged.prediction, code), weight=QFont.Weight.DemiBold))
        column.addWidget(_Picture(judged, photo, heat_layer(judged.prediction, code)))
        column.addWidget(legend)
        column.addWidget(paragraph(heat_caution(), muted=True, factor=0.92))
    column.addStretch(1)
    return column


def _origin(name: str, judged: Judged, session: Session) -> QLabel:
    """What was asked, what answered, and when."""
    saved = tr("Naevia {version}, saved on {date}").format(
        version=__version__, date=datetime.now().astimezone().strftime("%Y-%m-%d at %H:%M")
    )
    photo = (*wrap(name, _NAME_WIDTH), f"SHA-256 {judged.prediction.image_sha256}")
    lines = paragraph(
        "\n".join((*photo, model_line(session), provider_line(session), saved)), muted=True, factor=0.92
    )
    font = lines.font()
    font.setFeature(QFont.Tag("liga"), 0)  # the hash is copied from the page, where two f are not to be one
    lines.setFont(font)
    return lines
