"""Colours, type and the few style rules of the window, light and dark, by the system's colour scheme."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from string import Template
from typing import Literal

from PySide6.QtCore import QSettings, Qt
from PySide6.QtGui import QColor, QFont, QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication

Appearance = Literal["system", "light", "dark"]

_SETTING = "window/appearance"


@dataclass(frozen=True)
class Colours:
    """One colour scheme.

    Attributes:
        window: Behind everything.
        surface: Cards, tables and fields.
        sunken: Behind the photo, and the empty part of bars.
        line: Hairlines and borders.
        text: Words.
        muted: Words of less weight; still readable, 4.5 to 1 on `surface`.
        accent: What can be pressed or is chosen.
        on_accent: Words on `accent`.
        hover: Under the pointer.
        malignant: Malignant and pre-malignant diagnoses, and `refer`.
        malignant_soft: The same as a background.
        benign: The other diagnoses.
        monitor: `monitor`; neutral, because it is no all-clear.
        monitor_soft: The same as a background.
        unsure: `cannot tell`, and warnings.
        unsure_soft: The same as a background.
    """

    window: str
    surface: str
    sunken: str
    line: str
    text: str
    muted: str
    accent: str
    on_accent: str
    hover: str
    malignant: str
    malignant_soft: str
    benign: str
    monitor: str
    monitor_soft: str
    unsure: str
    unsure_soft: str


LIGHT = Colours(
    window="#f3f5f7",
    surface="#ffffff",
    sunken="#e6eaee",
    line="#d5dce2",
    text="#17222c",
    muted="#566575",
    accent="#0d6a80",
    on_accent="#ffffff",
    hover="#e4eef1",
    malignant="#b3312a",
    malignant_soft="#fbeceb",
    benign="#4a7ba3",
    monitor="#3c4a57",
    monitor_soft="#edf1f4",
    unsure="#855400",
    unsure_soft="#fbf2e0",
)

DARK = Colours(
    window="#10161c",
    surface="#19212a",
    sunken="#0b1015",
    line="#2b3742",
    text="#e7edf2",
    muted="#9badbb",
    accent="#56b6ca",
    on_accent="#06181d",
    hover="#22303a",
    malignant="#f28b82",
    malignant_soft="#33201f",
    benign="#78acd2",
    monitor="#c3ced8",
    monitor_soft="#1f2932",
    unsure="#e6b65a",
    unsure_soft="#2e2616",
)


def appearance() -> Appearance:
    """What the person chose in the View menu."""
    chosen = QSettings().value(_SETTING, "system")
    return chosen if chosen in ("light", "dark") else "system"


def choose(chosen: Appearance) -> None:
    """Use these colours from now on, and the next time."""
    QSettings().setValue(_SETTING, chosen)
    _dress(QApplication.instance(), chosen)


def is_dark() -> bool:
    """Whether the person asks for dark colours, or the system where the person left it to the system."""
    chosen = QApplication.instance().property(_SETTING)
    if chosen in ("light", "dark"):
        return chosen == "dark"
    return QGuiApplication.styleHints().colorScheme() == Qt.ColorScheme.Dark


def colours() -> Colours:
    """The scheme in use."""
    return DARK if is_dark() else LIGHT


def recommendation_colours(recommendation: str) -> tuple[QColor, QColor]:
    """Ink and soft background for `refer`, `monitor`, `cannot tell`, `error` or `waiting`."""
    scheme = colours()
    ink, soft = {
        "refer": (scheme.malignant, scheme.malignant_soft),
        "monitor": (scheme.monitor, scheme.monitor_soft),
        "cannot tell": (scheme.unsure, scheme.unsure_soft),
        "error": (scheme.muted, scheme.surface),
        "waiting": (scheme.muted, scheme.surface),
    }[recommendation]
    return QColor(ink), QColor(soft)


def sized(font: QFont, factor: float, weight: QFont.Weight = QFont.Weight.Normal) -> QFont:
    """A font of another size and weight."""
    changed = QFont(font)
    changed.setPointSizeF(font.pointSizeF() * factor)
    changed.setWeight(weight)
    return changed


def follow_system(app: QApplication) -> None:
    """Dress the application, now and whenever the colour scheme changes."""
    app.setStyle("Fusion")
    app.setFont(
        sized(app.font(), 10 / app.font().pointSizeF()) if app.font().pointSizeF() < 10 else app.font()
    )
    _dress(app, appearance())
    app.styleHints().colorSchemeChanged.connect(lambda _: _dress(app, appearance()))


@contextmanager
def on_paper() -> Iterator[None]:
    """Light colours for all that is made and painted inside; the window must not be painted meanwhile."""
    app = QApplication.instance()
    if not is_dark():
        yield
        return
    _dress(app, "light")
    try:
        yield
    finally:
        _dress(app, appearance())


def _dress(app: QApplication, chosen: Appearance) -> None:
    app.setProperty(_SETTING, chosen)  # read once: every painted pixel asks for it
    scheme = colours()
    app.setPalette(_palette(scheme))
    app.setStyleSheet(_RULES.substitute(vars(scheme)))


def _palette(scheme: Colours) -> QPalette:
    palette = QPalette()
    role = QPalette.ColorRole
    plain = {
        role.Window: scheme.window,
        role.WindowText: scheme.text,
        role.Base: scheme.surface,
        role.AlternateBase: scheme.window,
        role.Text: scheme.text,
        role.Button: scheme.surface,
        role.ButtonText: scheme.text,
        role.BrightText: scheme.malignant,
        role.Highlight: scheme.accent,
        role.HighlightedText: scheme.on_accent,
        role.Link: scheme.accent,
        role.LinkVisited: scheme.accent,
        role.ToolTipBase: scheme.surface,
        role.ToolTipText: scheme.text,
        role.PlaceholderText: scheme.muted,
        role.Accent: scheme.accent,
        role.Mid: scheme.line,
        role.Light: scheme.surface,
        role.Dark: scheme.line,
    }
    for which, value in plain.items():
        palette.setColor(which, QColor(value))
    for which in (role.WindowText, role.Text, role.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, which, QColor(scheme.muted))
    return palette


_RULES = Template("""
QMainWindow, QDialog { background: $window; }
QFrame[card="true"] { background: $surface; border: 1px solid $line; border-radius: 12px; }
QLabel[muted="true"] { color: $muted; }
QMenuBar { background: $window; padding: 2px 10px; }
QMenuBar::item { padding: 5px 9px; border-radius: 6px; background: transparent; }
QMenuBar::item:selected { background: $hover; }
QMenu { background: $surface; border: 1px solid $line; padding: 6px; }
QMenu::item { padding: 6px 26px 6px 24px; border-radius: 6px; }
QMenu::item:selected { background: $hover; color: $text; }
QMenu::item:disabled { color: $muted; }
QMenu::separator { height: 1px; background: $line; margin: 5px 8px; }
QToolTip { background: $surface; color: $text; border: 1px solid $line; padding: 5px; }
QPushButton, QToolButton {
    background: $surface; border: 1px solid $line; border-radius: 8px; padding: 7px 14px;
    outline: none;
}
QPushButton:hover, QToolButton:hover { background: $hover; }
QPushButton:focus, QToolButton:focus { border: 2px solid $accent; padding: 6px 13px; }
QPushButton:disabled, QToolButton:disabled { color: $muted; background: $window; }
QFileDialog QToolButton { padding: 4px; }
QFileDialog QToolButton:focus { padding: 3px; }
QPushButton:checked { background: $hover; border: 2px solid $accent; padding: 6px 13px; }
QPushButton[primary="true"] {
    background: $accent; color: $on_accent; border: 1px solid $accent; font-weight: 600;
}
QPushButton[primary="true"]:focus { border: 2px solid $text; }
QPushButton[quiet="true"] { background: transparent; border: 1px solid transparent; color: $accent; }
QPushButton[quiet="true"]:hover { background: $hover; }
QPushButton[quiet="true"]:focus { border: 2px solid $accent; }
QLineEdit {
    background: $surface; border: 1px solid $line; border-radius: 8px; padding: 6px 10px;
    selection-background-color: $accent; selection-color: $on_accent;
}
QLineEdit:focus { border: 2px solid $accent; padding: 5px 9px; }
QComboBox QAbstractItemView { background: $surface; border: 1px solid $line; padding: 4px; outline: none; }
QSlider { min-height: 22px; background: transparent; }
QSlider::groove:horizontal { height: 4px; background: $line; border-radius: 2px; }
QSlider::sub-page:horizontal { background: $accent; border-radius: 2px; }
QSlider::sub-page:horizontal:disabled { background: $line; }
QSlider::handle:horizontal {
    background: $surface; border: 2px solid $accent; border-radius: 9px;
    width: 14px; height: 14px; margin: -7px 0;
}
QSlider::handle:horizontal:focus { background: $accent; }
QSlider::handle:horizontal:disabled { border-color: $line; }
QProgressBar { background: $sunken; border: none; border-radius: 4px; height: 8px; max-height: 8px; }
QProgressBar::chunk { background: $accent; border-radius: 4px; }
QTableView {
    background: $surface; alternate-background-color: $window; border: 1px solid $line; border-radius: 10px;
    gridline-color: transparent; selection-background-color: $hover; selection-color: $text; outline: none;
}
QTableView:focus, QListView:focus { border: 2px solid $accent; }
QTableView::item { padding: 0 22px 0 10px; }
QHeaderView { background: transparent; }
QHeaderView::section {
    background: $surface; color: $muted; border: none; border-bottom: 1px solid $line;
    padding: 9px 22px 9px 10px;
}
QListView { background: transparent; border: 2px solid transparent; outline: none; }
QTextBrowser { background: $surface; border: 1px solid $line; border-radius: 10px; padding: 10px; }
QScrollArea { background: transparent; border: none; }
QScrollArea > QWidget > QWidget { background: transparent; }
QScrollBar:vertical { background: transparent; width: 10px; margin: 0; }
QScrollBar::handle:vertical { background: $line; border-radius: 5px; min-height: 30px; }
QScrollBar:horizontal { background: transparent; height: 10px; margin: 0; }
QScrollBar::handle:horizontal { background: $line; border-radius: 5px; min-width: 30px; }
QScrollBar::add-line, QScrollBar::sub-line { width: 0; height: 0; }
QScrollBar::add-page, QScrollBar::sub-page { background: transparent; }
QStatusBar { background: $surface; border-top: 1px solid $line; }
QStatusBar::item { border: none; }
""")
