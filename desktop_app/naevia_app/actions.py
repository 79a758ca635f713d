"""What can be done in the window, with its keys, and the menus that show it."""

from __future__ import annotations

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QMenuBar

from naevia_app.parts import theme
from naevia_app.parts.words import tr
from naevia_app.photos.photo_page import PhotoPage

Keys = QKeySequence | QKeySequence.StandardKey | Qt.Key | str


class Actions:
    """Every action of the window.

    Args:
        parent: The window.

    Attributes:
        open_photos: Choose photos.
        open_folder: Choose a folder to scan.
        paste: Take photos from the clipboard.
        example: Show a drawn lesion.
        open_model: Choose another model.
        save: Save the photo on the screen with its answer.
        quit: Close the window.
        previous: Show the photo before.
        next: Show the photo after.
        remove: Take the photo out of the window.
        heat: Show or hide the heat map.
        fit: Show the whole photo.
        zoom_in: Show the photo larger.
        zoom_out: Show the photo smaller.
        photos_page: Go to the photos.
        scan_page: Go to the folder.
        card: Show the model's card.
        about: Show what Naevia is.
    """

    def __init__(self, parent: QObject) -> None:
        self._parent = parent
        standard = QKeySequence.StandardKey
        self.open_photos = self._make(tr("&Open photos\N{HORIZONTAL ELLIPSIS}"), standard.Open)
        self.open_folder = self._make(tr("Scan &folder\N{HORIZONTAL ELLIPSIS}"), "Ctrl+Shift+O")
        self.paste = self._make(tr("&Paste"), standard.Paste)
        self.example = self._make(tr("Show a &drawn example"))
        self.open_model = self._make(tr("Use another &model\N{HORIZONTAL ELLIPSIS}"))
        self.save = self._make(tr("&Save answer\N{HORIZONTAL ELLIPSIS}"), standard.Save)
        self.quit = self._make(tr("&Quit"), "Ctrl+Q")
        self.previous = self._make(tr("&Previous photo"), "Alt+Left")
        self.next = self._make(tr("&Next photo"), "Alt+Right")
        self.remove = self._make(tr("&Remove photo from the window"), "Ctrl+W")
        self.heat = self._make(tr("&Heat map"), "Ctrl+H")
        self.fit = self._make(tr("&Whole photo"), "Ctrl+0")
        self.zoom_in = self._make(tr("Zoom &in"))
        self.zoom_in.setShortcuts(["Ctrl++", "Ctrl+="])  # the second is the first without Shift
        self.zoom_out = self._make(tr("Zoom &out"), "Ctrl+-")
        self.photos_page = self._make(tr("P&hotos"), "Ctrl+1")
        self.scan_page = self._make(tr("&Folder scan"), "Ctrl+2")
        self.card = self._make(tr("About the &model"), "F1")
        self.about = self._make(tr("&About Naevia"))

    def _make(self, text: str, keys: Keys | None = None) -> QAction:
        action = QAction(text, self._parent)
        if keys is not None:
            action.setShortcut(keys)
        return action

    def allow(self, photos: PhotoPage | None) -> None:
        """Let be done what makes sense now.

        Args:
            photos: The page of photos while it is in sight, else None.
        """
        self.save.setEnabled(photos is not None and photos.has_photo)
        self.remove.setEnabled(photos is not None and photos.current is not None)
        self.previous.setEnabled(photos is not None and photos.can_step(-1))
        self.next.setEnabled(photos is not None and photos.can_step(1))
        self.heat.setEnabled(photos is not None and photos.has_heat)
        for action in (self.fit, self.zoom_in, self.zoom_out):
            action.setEnabled(photos is not None and photos.has_photo)

    def fill(self, bar: QMenuBar) -> None:
        """Build the menus."""
        file = bar.addMenu(tr("&File"))
        file.addActions([self.open_photos, self.open_folder, self.paste, self.example])
        file.addSeparator()
        file.addActions([self.save, self.remove])
        file.addSeparator()
        file.addActions([self.open_model, self.quit])
        view = bar.addMenu(tr("&View"))
        view.addActions([self.photos_page, self.scan_page])
        view.addSeparator()
        view.addActions([self.previous, self.next])
        view.addSeparator()
        view.addActions([self.heat, self.zoom_in, self.zoom_out, self.fit])
        view.addSeparator()
        view.addActions(self._appearance().actions())
        help_menu = bar.addMenu(tr("&Help"))
        help_menu.addActions([self.card, self.about])

    def _appearance(self) -> QActionGroup:
        """Light, dark, or as the system has it."""
        group = QActionGroup(self._parent)
        choices: tuple[tuple[str, theme.Appearance], ...] = (
            (tr("Colours as the &system"), "system"),
            (tr("&Light"), "light"),
            (tr("&Dark"), "dark"),
        )
        for text, chosen in choices:
            action = self._make(text)
            action.setCheckable(True)
            action.setChecked(chosen == theme.appearance())
            action.triggered.connect(lambda _=False, chosen=chosen: theme.choose(chosen))
            group.addAction(action)
        return group
