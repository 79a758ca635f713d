"""Saving the answer on the screen as a file for a colleague or a patient's record."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QStandardPaths

from naevia.errors import NaeviaError
from naevia.files import write_whole
from naevia.printable import printable
from naevia.session import Session
from naevia.words import sentence
from naevia_app.parts.file_dialogs import ask_where_to_save
from naevia_app.parts.questions import warn
from naevia_app.parts.sources import Source
from naevia_app.parts.words import tr
from naevia_app.photos.photo_page import PhotoPage
from naevia_app.photos.report import report_pdf


def save_answer(page: PhotoPage, session: Session) -> None:
    """Ask for a file name, and save the photo and the answer that are on the screen now.

    Args:
        page: The page, with a photo on the screen.
        session: The model that answered.
    """
    source, judged = page.current.source, page.on_screen
    pdf = report_pdf(source.name, judged, page.heat.code, page.answer.remark, session)
    kinds = tr("PDF document (*.pdf)")
    path = ask_where_to_save(page, tr("Save the answer"), _suggestion(source), ".pdf", kinds)
    if path is None:
        return
    try:
        write_whole(path, pdf)
    except NaeviaError as error:
        warn(page, tr("Not saved"), sentence(printable(str(error))))
        return
    if page.on_screen is judged:
        page.answer.say_saved(path)


def _suggestion(source: Source) -> Path:
    """Beside the photo, where who may see the photo may see its answer.

    A folder of documents may be copied to another computer, or be somebody else's.
    """
    if source.path is not None:
        return source.path.absolute().with_name(f"{source.path.stem}-answer.pdf")
    documents = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation)
    name = source.name.replace(":", ".")  # Windows allows no colon in a file's name
    return Path(documents) / f"{name}-answer.pdf"
