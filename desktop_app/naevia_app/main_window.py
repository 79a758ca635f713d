"""The window: it puts the pages together and passes what comes in to the right one."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QSettings, QSize, Qt, QTimer
from PySide6.QtGui import (
    QCloseEvent,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDropEvent,
    QGuiApplication,
)
from PySide6.QtWidgets import QMainWindow, QMessageBox, QVBoxLayout, QWidget

from naevia.errors import NaeviaError
from naevia.printable import printable
from naevia.session import Session
from naevia.words import sentence
from naevia_app.actions import Actions
from naevia_app.card_dialog import CardDialog
from naevia_app.empty_page import EmptyPage
from naevia_app.header import Header, action_button
from naevia_app.parts.drop_veil import DropVeil
from naevia_app.parts.file_dialogs import ask_for_files, ask_for_folder, ask_for_table
from naevia_app.parts.pages import Pages, comfortable_size, smallest_size
from naevia_app.parts.problem_page import ProblemPage
from naevia_app.parts.questions import agrees
from naevia_app.parts.sources import Intake, answer_copied, can_take, drawn_example, from_mime, from_paths
from naevia_app.parts.status import StatusLine
from naevia_app.parts.words import number, research_only
from naevia_app.photos.answer_saver import save_answer
from naevia_app.photos.judge import Judge
from naevia_app.photos.photo_page import PhotoPage
from naevia_app.scans.scan_guard import may_change_model, may_close, may_scan_another
from naevia_app.scans.scan_page import ScanPage

_GEOMETRY = "window/geometry"


class MainWindow(QMainWindow):
    """Naevia's window.

    Args:
        model: Id or folder of the model; None for the default.
        provider: `auto`, `cpu` or `cuda`.
    """

    def __init__(self, model: str | None = None, provider: str = "auto") -> None:
        super().__init__()
        self._model, self._next_model, self._provider = model, model, provider
        self._waiting: tuple[Path, Path] | None = None
        self.session: Session | None = None
        self.model_problem: Exception | None = None
        self.judge = Judge(self)
        self.menu_actions = Actions(self)
        self.photos = PhotoPage(self.judge)
        self.scans = ScanPage()
        self.model_page = ProblemPage([action_button(self.menu_actions.open_model, primary=True)])
        self.header = Header(self.menu_actions)
        self.status = StatusLine()
        self._veil = DropVeil(self)
        self._compose()
        self._connect_actions()
        self._connect_pages()
        self._open_model(model)

    def _compose(self) -> None:
        actions = self.menu_actions
        self.empty = EmptyPage(
            [
                action_button(actions.open_photos, primary=True),
                action_button(actions.open_folder),
                action_button(actions.paste),
                action_button(actions.example, quiet=True),
            ]
        )
        self.pages = Pages([self.empty, self.photos, self.scans, _with_margins(self.model_page)])
        whole = QWidget()
        column = QVBoxLayout(whole)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.header)
        column.addWidget(self.pages, 1)
        self.setCentralWidget(whole)
        self.setStatusBar(self.status)
        actions.fill(self.menuBar())
        self.setWindowTitle("Naevia")
        self.setAcceptDrops(True)
        self.setMinimumSize(smallest_size())
        geometry = QSettings().value(_GEOMETRY)
        if geometry is None or not self.restoreGeometry(geometry):
            self.resize(self.sizeHint())

    def sizeHint(self) -> QSize:  # noqa: N802  Qt's name
        """Comfortable, but never larger than the screen."""
        return comfortable_size()

    def _connect_actions(self) -> None:
        actions = self.menu_actions
        wiring = {
            actions.open_photos: self._ask_for_photos,
            actions.open_folder: self._ask_for_folder,
            actions.paste: self.paste,
            actions.example: lambda: self.take(Intake(photos=[drawn_example(self.tr("Drawn example"))])),
            actions.open_model: self._ask_for_model,
            actions.save: lambda: save_answer(self.photos, self.session),
            actions.quit: self.close,
            actions.previous: lambda: self.photos.step(-1),
            actions.next: lambda: self.photos.step(1),
            actions.remove: self.photos.remove_current,
            actions.heat: self.photos.heat.shown.toggle,
            actions.fit: self.photos.view.fit,
            actions.zoom_in: self.photos.view.zoom_in,
            actions.zoom_out: self.photos.view.zoom_out,
            actions.photos_page: self.show_photos,
            actions.scan_page: self.show_scan,
            actions.card: self._show_card,
            actions.about: self._show_about,
        }
        for action, slot in wiring.items():
            action.triggered.connect(lambda _=False, slot=slot: slot())

    def _connect_pages(self) -> None:
        self.judge.opened.connect(self._welcome_session)
        self.judge.refused.connect(self._refuse_model)
        self.photos.emptied.connect(self.show_photos)
        for changed in (self.pages.changed, self.photos.changed):
            changed.connect(self._allow_actions)
        self._allow_actions()
        self.scans.photo_wanted.connect(lambda path: self.take(from_paths([path])))

    def take(self, intake: Intake) -> None:
        """Judge photos and scan a folder that somebody handed in."""
        if intake.remote:
            self._say(
                self.tr("Naevia uses no network. Save the photo on this computer first, then drop the file.")
            )
        if intake.photos:
            self.photos.add(intake.photos)
            self.show_photos()
        if intake.folders and self._scan(intake.folders[0]) and len(intake.folders) > 1:
            self._say(self.tr("One folder is scanned at a time; this is the first of them."))

    def take_soon(self, intake: Intake) -> None:
        """Take it in a moment: whoever hands it in may not be able to wait for a dialog."""
        QTimer.singleShot(0, self, lambda: self.take(intake))

    def paste(self) -> None:
        """Take photos from the clipboard."""
        mime = QGuiApplication.clipboard().mimeData()
        intake = from_mime(mime, self.tr("Pasted photo"))
        if intake:
            self.take(intake)
        elif mime.hasText():
            self._say(
                self.tr("There is text on the clipboard, but no photo. Copy the photo itself, not its name.")
            )
        else:
            self._say(self.tr("There is no photo on the clipboard."))

    def show_photos(self) -> None:
        """Go to the photos, or to the invitation while there are none."""
        page = self.photos if self.photos.photos.rowCount() else self.empty
        self._go_to(page)
        self.header.photos.setChecked(True)
        self.photos.view.setFocus()

    def show_scan(self) -> None:
        """Go to the folder scan."""
        self._go_to(self.scans)
        self.header.scan.setChecked(True)

    def _go_to(self, page: QWidget) -> None:
        """Show a page, unless there is no model: then nothing but the reason is shown."""
        self.pages.show_page(page if self.model_problem is None else self.model_page.parentWidget())

    def _allow_actions(self) -> None:
        self.menu_actions.allow(self.photos if self.pages.page is self.photos else None)

    def _show_what_waits(self) -> None:
        """Go to the scan that a person asked for and that could not begin yet, or else to the photos."""
        (self.show_photos if self._waiting is None else self.show_scan)()

    def _scan(self, folder: Path) -> bool:
        """Scan a folder, now or once there is a model; gives whether the person agreed."""
        if not may_scan_another(self.scans):
            return False
        output = ask_for_table(self, folder)
        if output is None:
            return False
        self._waiting = folder, output
        self._scan_waiting_folder()
        self.show_scan()
        return True

    def _scan_waiting_folder(self) -> None:
        """Begin the scan that a person asked for, unless a model is still to come."""
        if self._waiting is not None and self.session is not None and not self.judge.is_opening:
            (folder, output), self._waiting = self._waiting, None
            self.scans.start(folder, output, self.session)

    def _open_model(self, model: str | None) -> None:
        """Open a model; the one in use, and a scan with it, goes on until the new one was checked."""
        self._next_model = model
        self.status.say_opening(self.session)
        self.judge.start(model, self._provider)
        if self.session is None:
            self.model_problem = None
            self.menu_actions.card.setEnabled(False)
            self.photos.ask_again()
            self._show_what_waits()

    def _welcome_session(self, session: Session) -> None:
        had_model, had_problem = self.session is not None, self.model_problem is not None
        self._model, self.session, self.model_problem = self._next_model, session, None
        self.status.say_session(session)
        self.menu_actions.card.setEnabled(True)
        if had_model:
            self.scans.outlive_model()
            self.photos.ask_again()
        if had_problem:
            self._show_what_waits()
        self._scan_waiting_folder()

    def _refuse_model(self, error: Exception) -> None:
        known = isinstance(error, NaeviaError)
        why = sentence(printable(str(error))) if known else f"{type(error).__name__}: {error}"
        if self.judge.has_model and self.session is not None:
            self.status.say_session(self.session)
            self._say(
                self.tr("This model cannot be used; the one before stays in use.\n\n{why}").format(why=why)
            )
            self._scan_waiting_folder()
            return
        self.session, self.model_problem = None, error
        self.menu_actions.card.setEnabled(False)
        self.status.say_none()
        self.model_page.show_problem(
            self.tr("There is no model to work with"),
            why,
            self.tr("Photos are not judged until a model was opened and checked."),
        )
        self.show_photos()

    def _ask_for_photos(self) -> None:
        kinds = self.tr("Photos (*.jpg *.jpeg *.png *.tif *.tiff *.bmp *.webp *.dcm *.heic);;All files (*)")
        self.take(from_paths(ask_for_files(self, self.tr("Open photos"), kinds)))

    def _ask_for_folder(self) -> None:
        folder = ask_for_folder(self, self.tr("Scan a folder"))
        if folder is not None:
            self._scan(folder)

    def _ask_for_model(self) -> None:
        folder = ask_for_folder(self, self.tr("Choose a model folder"))
        if folder is not None and may_change_model(self.scans):
            self._open_model(str(folder))

    def _show_card(self) -> None:
        if self.session is not None:
            card = CardDialog(self.session.contract, self._model, self)
            card.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
            card.open()

    def _show_about(self) -> None:
        from naevia import __version__

        self._say(
            self.tr("Naevia {version}\n\nAn offline skin-lesion workbench.\n{notice}").format(
                version=__version__, notice=research_only()
            )
        )

    def _say(self, text: str) -> None:
        box = QMessageBox(QMessageBox.Icon.Information, "Naevia", text, parent=self)
        box.setTextFormat(Qt.TextFormat.PlainText)  # it may hold a file's name
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        box.open()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:  # noqa: N802  Qt's name
        """Invite what could be a photo."""
        if can_take(event.mimeData()) and answer_copied(event):
            self._veil.lower_onto()

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:  # noqa: N802  Qt's name
        """Lift the veil."""
        self._veil.hide()

    def dropEvent(self, event: QDropEvent) -> None:  # noqa: N802  Qt's name
        """Take what was dropped."""
        self._veil.hide()
        if answer_copied(event):
            self.take_soon(from_mime(event.mimeData(), self.tr("Dropped photo")))

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802  Qt's name
        """Ask when a scan would be stopped or photos wait, then end every thread before the window goes."""
        if not (may_close(self.scans) and self._may_leave_photos()):
            event.ignore()
            return
        self.end()
        event.accept()

    def _may_leave_photos(self) -> bool:
        """Ask where several photos wait for their answers; one alone is in sight."""
        waiting = self.photos.waiting
        if waiting < 2 or self.model_problem is not None:
            return True
        question = self.tr(
            "{count} photos have no answer yet. Close Naevia without them?\n\n"
            "To keep the answers to many photos, scan their folder: that makes a table of them."
        )
        return agrees(self, question.format(count=number(waiting)), self.tr("Stop and close"))

    def end(self) -> None:
        """End every thread and wait for it, without a question; a table being written gets its file."""
        QSettings().setValue(_GEOMETRY, self.saveGeometry())
        self.scans.stop()
        self.judge.stop()


def _with_margins(page: QWidget) -> QWidget:
    around = QWidget()
    column = QVBoxLayout(around)
    column.setContentsMargins(24, 12, 24, 20)
    column.addWidget(page)
    return around
