"""Where photos come from: files, the clipboard, a drop, a drawing."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import count
from pathlib import Path

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QMimeData, Qt
from PySide6.QtGui import QDropEvent, QImage

from naevia.errors import ImageError
from naevia.image import Photo, decode_photo, read_photo
from naevia.printable import printable
from naevia.synthetic import draw_lesion

_NUMBERS = count(1)
"""For pixels that come without a file: no two may have one name, they can be of two patients."""


@dataclass(frozen=True, eq=False)
class Source:
    """One photo that has not been read yet.

    Attributes:
        name: What a person calls it.
        path: Its file; None for pixels that came without one.
        image: Its pixels when there is no file.
    """

    name: str
    path: Path | None = None
    image: QImage | None = None

    def read(self) -> Photo:
        """Read and decode it; to be called off the main thread.

        Raises:
            ImageError: It cannot be read.
        """
        if self.path is not None:
            return read_photo(self.path)
        if self.image is None:
            raise ImageError("empty", "there are no pixels; copy the photo again")
        return decode_photo(png_of(self.image))


@dataclass(frozen=True)
class Intake:
    """What somebody handed to the window.

    Attributes:
        photos: Single photos.
        folders: Folders to scan.
        remote: Addresses on a network, which are never fetched.
    """

    photos: list[Source] = field(default_factory=list)
    folders: list[Path] = field(default_factory=list)
    remote: int = 0

    def __bool__(self) -> bool:
        return bool(self.photos or self.folders or self.remote)


def from_paths(paths: list[Path]) -> Intake:
    """Sort paths into photos and folders; whatever is no folder counts as a photo and may fail later."""
    return Intake(
        photos=[Source(printable(path.name), path=path) for path in paths if not path.is_dir()],
        folders=[path for path in paths if path.is_dir()],
    )


def can_take(mime: QMimeData) -> bool:
    """Whether a drop or the clipboard holds anything that could be a photo or a folder."""
    return mime.hasUrls() or mime.hasImage()


def answer_copied(event: QDropEvent) -> bool:
    """Answer a drag in a way that leaves the original where it is.

    A file manager proposes to move while Shift is held, and deletes its file when the answer is "moved".

    Returns:
        Whether the drop may be taken; False when its source offers nothing but to move.
    """
    for harmless in (Qt.DropAction.CopyAction, Qt.DropAction.LinkAction):
        if event.possibleActions() & harmless:  # Qt would turn an answer that is not offered into "moved"
            event.setDropAction(harmless)
            event.accept()
            return True
    event.ignore()
    return False


def from_mime(mime: QMimeData, image_name: str) -> Intake:
    """What a drop or the clipboard holds.

    Files win over pixels: a file manager often offers both, and only the file is the original.

    Args:
        mime: The data.
        image_name: What to call pixels that come without a file; they get a number and the time, too.
    """
    local = [Path(url.toLocalFile()) for url in mime.urls() if url.isLocalFile()]
    if local:
        return replace(from_paths(local), remote=len(mime.urls()) - len(local))
    if mime.hasImage():
        image = QImage(mime.imageData())
        if image.isNull():
            return Intake()
        name = f"{image_name} {next(_NUMBERS)}, {datetime.now().astimezone():%H:%M}"
        return Intake(photos=[Source(name, image=image)])
    return Intake(remote=len(mime.urls()))


def drawn_example(name: str) -> Source:
    """A lesion drawn by Naevia itself, for a first look without a patient's photo."""
    return Source(name, image=image_of(draw_lesion("mel", seed=3)))


def image_of(rgb_u8: object) -> QImage:
    """Pixels, shape (height, width, 3), uint8, RGB, as an image that owns its memory."""
    height, width = rgb_u8.shape[:2]
    return QImage(rgb_u8.data, width, height, 3 * width, QImage.Format.Format_RGB888).copy()


def png_of(image: QImage) -> bytes:
    """The image as a PNG file, without loss."""
    data = QByteArray()
    buffer = QBuffer(data)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")
    buffer.close()
    return data.data()
