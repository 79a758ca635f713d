"""The line at the top: ways in on the left, pages and the model on the right."""

from __future__ import annotations

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QPushButton, QWidget

from naevia_app.actions import Actions
from naevia_app.parts.text_widgets import button


def action_button(action: QAction, *, primary: bool = False, quiet: bool = False) -> QPushButton:
    """A button that does what an action does, and shows its keys in the tooltip."""
    made = button(action.text(), primary=primary, quiet=quiet)
    made.clicked.connect(action.trigger)
    plain = action.text().replace("&", "")
    keys = action.shortcut().toString(action.shortcut().SequenceFormat.NativeText)
    made.setAccessibleName(plain)
    made.setText(plain)
    made.setToolTip(f"{plain} ({keys})" if keys else plain)
    action.changed.connect(lambda: made.setEnabled(action.isEnabled()))
    return made


class Header(QWidget):
    """Buttons for the commonest actions.

    Args:
        actions: The actions.
    """

    def __init__(self, actions: Actions) -> None:
        super().__init__()
        self.photos = action_button(actions.photos_page)
        self.scan = action_button(actions.scan_page)
        pages = QButtonGroup(self)
        for page in (self.photos, self.scan):
            page.setCheckable(True)
            pages.addButton(page)
        self.photos.setChecked(True)
        row = QHBoxLayout(self)
        row.setContentsMargins(18, 8, 18, 8)
        row.setSpacing(8)
        row.addWidget(action_button(actions.open_photos, primary=True))
        row.addWidget(action_button(actions.open_folder))
        row.addWidget(action_button(actions.paste))
        row.addWidget(action_button(actions.save))
        row.addStretch(1)
        row.addWidget(self.photos)
        row.addWidget(self.scan)
        row.addSpacing(12)
        row.addWidget(action_button(actions.card, quiet=True))
