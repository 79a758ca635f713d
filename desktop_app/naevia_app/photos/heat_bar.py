"""The controls of the heat map: whose evidence, how strong, and what its colours mean."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFrame,
    QHBoxLayout,
    QSlider,
    QStyle,
    QStyleOptionComboBox,
    QStylePainter,
    QVBoxLayout,
)

from naevia.prediction import Prediction
from naevia_app.parts.text_widgets import paragraph
from naevia_app.parts.words import heat_caution, named_percent, no_heat_map
from naevia_app.photos.heat_legend import HeatLegend

START_PERCENT = 40


class _Choice(QComboBox):
    """A choice whose words are shortened in the middle where there is no room: the percentage stays."""

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802  Qt's name
        """Paint it as Qt does, with fewer letters."""
        option = QStyleOptionComboBox()
        self.initStyleOption(option)
        control, part = QStyle.ComplexControl.CC_ComboBox, QStyle.SubControl.SC_ComboBoxEditField
        room = self.style().subControlRect(control, option, part, self).width() - 8
        option.currentText = self.fontMetrics().elidedText(
            option.currentText, Qt.TextElideMode.ElideMiddle, room
        )
        with QStylePainter(self) as painter:
            painter.drawComplexControl(control, option)
            painter.drawControl(QStyle.ControlElement.CE_ComboBoxLabel, option)


class HeatBar(QFrame):
    """Shows or hides the heat map, chooses its diagnosis, fades it and says what its colours mean.

    Attributes:
        code_chosen: The code of the diagnosis to show.
        opacity_changed: 0 to 1; 0 while the heat map is hidden.
    """

    code_chosen = Signal(str)
    opacity_changed = Signal(float)

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("card", True)
        self.shown = QCheckBox(self.tr("&Heat map for"))
        self.shown.setChecked(True)
        self.choice = _Choice()
        self.choice.setAccessibleName(self.tr("Diagnosis whose evidence is shown"))
        self.choice.setMinimumContentsLength(12)
        self.choice.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setRange(0, 100)
        self.slider.setValue(START_PERCENT)
        self.slider.setMinimumWidth(60)
        self.slider.setAccessibleName(self.tr("Strength of the heat map"))
        self.legend = HeatLegend()
        self._caption = paragraph(muted=True, factor=0.92)
        self._arrange()
        self.choice.currentIndexChanged.connect(self._choose)
        self.slider.valueChanged.connect(self._fade)
        self.shown.toggled.connect(self._fade)

    def _arrange(self) -> None:
        line = QHBoxLayout()
        line.setSpacing(14)
        line.addWidget(self.shown)
        line.addWidget(self.choice, 3)
        line.addWidget(self.slider, 2)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 11, 16, 11)
        column.setSpacing(7)
        column.addLayout(line)
        column.addWidget(self.legend)
        column.addWidget(self._caption)

    @property
    def code(self) -> str | None:
        """The diagnosis whose evidence is shown; None where there is no answer, or a refusal."""
        return self.choice.currentData()

    @property
    def opacity(self) -> float:
        """How strong the heat map is to be, 0 to 1."""
        return self.slider.value() / 100 if self.shown.isChecked() and self.shown.isEnabled() else 0.0

    @property
    def caption(self) -> str:
        """What is said about the heat map."""
        return self._caption.text()

    def show_prediction(self, prediction: Prediction | None) -> None:
        """Offer the diagnoses of an answer; nothing can be chosen without one, or for a refused photo."""
        usable = prediction is not None and prediction.status == "ok"
        refused = prediction is not None and not usable
        for part in (self.shown, self.choice, self.slider):
            part.setEnabled(usable)
            part.setVisible(not refused)
        self.legend.setVisible(not refused)
        self.legend.show_prediction(prediction if usable else None)
        self.choice.blockSignals(True)
        self.choice.clear()
        for diagnosis, probability in prediction.ranking if prediction and usable else ():
            self.choice.addItem(named_percent(diagnosis, probability), diagnosis.code)
        if prediction and usable:
            self.choice.setCurrentIndex(self.choice.findData(prediction.heat_diagnosis.code))
        self.choice.blockSignals(False)
        self._caption.setText(no_heat_map() if refused else heat_caution())
        if usable:
            self._choose()
        self._fade()

    def _choose(self) -> None:
        if self.code:
            self.code_chosen.emit(self.code)

    def _fade(self) -> None:
        self.legend.set_opacity(self.opacity)
        self.opacity_changed.emit(self.opacity)
