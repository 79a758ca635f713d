"""The page for photos: the strip, the photo with its heat map, and the answer."""

from __future__ import annotations

from collections import OrderedDict

from PySide6.QtCore import QModelIndex, Signal
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from naevia.prediction import Prediction
from naevia.printable import printable
from naevia.words import sentence
from naevia_app.parts.problem_page import ProblemPage
from naevia_app.parts.sources import Source
from naevia_app.parts.words import examined, unread_headline
from naevia_app.photos.answer_panel import AnswerPanel
from naevia_app.photos.filmstrip import Filmstrip
from naevia_app.photos.heat import heat_layer
from naevia_app.photos.heat_bar import HeatBar
from naevia_app.photos.judge import Judge, Judged, Unread
from naevia_app.photos.photo_list import ITEM_ROLE, Entry, PhotoList
from naevia_app.photos.photo_view import PhotoView

_KEPT_IN_MEMORY = 4


class PhotoPage(QWidget):
    """Shows the chosen photo and asks the judge for what is missing.

    Only the last few photos stay in memory; an earlier one is read and judged again when it is chosen. Its
    answer is shown meanwhile, and stays when the photo cannot be read any more.

    Args:
        judge: Who answers.

    Attributes:
        changed: Another photo is chosen, or the chosen one has been answered.
        emptied: The last photo was taken out.
    """

    changed = Signal()
    emptied = Signal()

    def __init__(self, judge: Judge) -> None:
        super().__init__()
        self._judge = judge
        self._recent: OrderedDict[int, Judged] = OrderedDict()
        self._on_screen: Judged | None = None
        self.photos = PhotoList(self)
        self.strip = Filmstrip(self.photos)
        self.view = PhotoView()
        self.heat = HeatBar()
        self.answer = AnswerPanel()
        self.problem = ProblemPage([])
        self._stack = QStackedWidget()
        self._arrange()
        self.strip.selectionModel().currentChanged.connect(self._choose)
        self.heat.code_chosen.connect(self._show_heat)
        self.heat.opacity_changed.connect(self.view.set_opacity)
        judge.judged.connect(self._settle)
        judge.unread.connect(self._settle)

    def _arrange(self) -> None:
        middle = QVBoxLayout()
        middle.setSpacing(14)
        middle.addWidget(self.view, 1)
        middle.addWidget(self.heat)
        answered = QWidget()
        row = QHBoxLayout(answered)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(18)
        row.addLayout(middle)
        row.addWidget(self.answer)
        self._stack.addWidget(answered)
        self._stack.addWidget(self.problem)
        whole = QHBoxLayout(self)
        whole.setContentsMargins(18, 6, 8, 16)
        whole.setSpacing(14)
        whole.addWidget(self.strip)
        whole.addWidget(self._stack)
        self.strip.hide()

    @property
    def current(self) -> Entry | None:
        """The chosen photo."""
        index = self.strip.currentIndex()
        return index.data(ITEM_ROLE) if index.isValid() else None

    @property
    def prediction(self) -> Prediction | None:
        """The answer on the screen; None while there is none."""
        return self.current.prediction if self.current else None

    @property
    def waiting(self) -> int:
        """How many photos have no answer yet."""
        return sum(not entry.kind for entry in self.photos.entries())

    @property
    def on_screen(self) -> Judged | None:
        """The photo on the screen with its answer; None while there is none, or only the answer is left."""
        return self._on_screen

    @property
    def has_photo(self) -> bool:
        """Whether the photo itself is on the screen."""
        return self._on_screen is not None

    @property
    def has_heat(self) -> bool:
        """Whether there is a heat map to show or hide."""
        return self.has_photo and self.heat.shown.isEnabled()

    def can_step(self, by: int) -> bool:
        """Whether there is a photo before or after."""
        row = self.strip.currentIndex().row()
        return row >= 0 and 0 <= row + by < self.photos.rowCount()

    def add(self, sources: list[Source]) -> None:
        """Take photos in and show the first of them; a file that is here already is judged again."""
        known = {entry.source.path: entry for entry in self.photos.entries() if entry.source.path}
        entries = []
        for source in sources:
            entry = known.get(source.path) or self.photos.add(source)
            if source.path:
                known[source.path] = entry
            self._judge.submit(entry.key, entry.source)
            entries.append(entry)
        self.strip.setVisible(self.photos.rowCount() > 1)
        self.strip.setCurrentIndex(self.photos.index(self.photos.row_of(entries[0].key)))

    def step(self, by: int) -> None:
        """Show the photo before or after."""
        if self.can_step(by):
            self.strip.setCurrentIndex(self.photos.index(self.strip.currentIndex().row() + by))

    def remove_current(self) -> None:
        """Take the chosen photo out of the window; its file stays where it is."""
        if self.current is None:
            return
        entry = self.photos.remove(self.strip.currentIndex().row())
        self._judge.drop(entry.key)
        self._recent.pop(entry.key, None)
        self.strip.setVisible(self.photos.rowCount() > 1)
        self.changed.emit()
        if self.photos.rowCount() == 0:
            self.emptied.emit()

    def ask_again(self) -> None:
        """Ask for every photo again, because the model changed."""
        self._recent.clear()
        self.photos.forget_answers()
        for entry in self.photos.entries():
            self._judge.submit(entry.key, entry.source)
        self._show_current()

    def _choose(self, current: QModelIndex, previous: QModelIndex) -> None:
        self._show_current()

    def _settle(self, outcome: Judged | Unread) -> None:
        entry = self.photos.settle(outcome)
        if entry is None:
            return
        if isinstance(outcome, Judged):
            self._recent[outcome.key] = outcome
            self._trim()
        if entry is self.current:
            self._show_current()

    def _trim(self) -> None:
        """Forget the pixels that were seen longest ago, but never the ones on the screen."""
        chosen = self.current.key if self.current else None
        while len(self._recent) > _KEPT_IN_MEMORY:
            oldest = next(key for key in self._recent if key != chosen)
            del self._recent[oldest]

    def _show_current(self) -> None:
        entry = self.current
        if entry is None:
            self._clear("")
        elif entry.unread is not None:
            self._show_unread(entry, entry.unread)
        elif entry.key in self._recent:
            self._recent.move_to_end(entry.key)
            self._show_judged(entry, self._recent[entry.key])
        else:
            self._show_waiting(entry)
        self.changed.emit()

    def _clear(self, photo_words: str) -> None:
        """Let go of the pixels and the answer that were shown."""
        self._on_screen = None
        self.view.show_waiting(photo_words)
        self.heat.show_prediction(None)
        self.answer.show_waiting("", "")

    def _show_unread(self, entry: Entry, unread: Unread) -> None:
        why = sentence(printable(unread.message))
        if entry.prediction is not None:
            gone = self.tr("This photo can no longer be shown. {why} Its answer was given before.")
            self._show_without_photo(entry, gone.format(why=why))
            return
        self._clear("")
        self.problem.show_problem(unread_headline(unread.code), why, entry.source.name)
        self._stack.setCurrentWidget(self.problem)

    def _show_waiting(self, entry: Entry) -> None:
        self._judge.submit(entry.key, entry.source, first=True)
        self._show_without_photo(entry, self.tr("Reading {name}").format(name=entry.source.name))

    def _show_without_photo(self, entry: Entry, words: str) -> None:
        """Show the answer that was kept, or that there is none yet, beside words in the photo's place."""
        self._clear(words)
        if entry.prediction is None:
            self.answer.show_waiting(entry.source.name, self.tr("Looking\N{HORIZONTAL ELLIPSIS}"))
        else:
            self._show_answer(entry, entry.prediction)
        self._stack.setCurrentIndex(0)

    def _show_judged(self, entry: Entry, judged: Judged) -> None:
        prediction = judged.prediction
        self._on_screen = judged
        spoken = "\n".join(filter(None, (entry.source.name, examined(prediction))))
        part = None if prediction.is_whole else prediction.region
        self.view.show_photo(judged.shown, spoken, part, full_width_px=prediction.width_px)
        self.heat.show_prediction(prediction)
        self._show_answer(entry, prediction)
        self._stack.setCurrentIndex(0)

    def _show_answer(self, entry: Entry, prediction: Prediction) -> None:
        changed = self.tr(
            "The file has changed since it was first judged; this is the answer to the new one."
        )
        self.answer.show_prediction(
            entry.source.name, prediction, entry.format, changed if entry.has_changed else ""
        )

    def _show_heat(self, code: str) -> None:
        if self._on_screen is not None:
            self.view.show_heat(heat_layer(self._on_screen.prediction, code))
