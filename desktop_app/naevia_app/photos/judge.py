"""The model, open in a thread of its own, and the photos that wait for it."""

from __future__ import annotations

import threading
from collections.abc import Generator
from dataclasses import dataclass

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QImage

from naevia.errors import code_of, problem_of
from naevia.image import Photo
from naevia.prediction import Prediction
from naevia.preprocess import shrunk
from naevia.session import Session
from naevia.shelf import find_model
from naevia_app.parts.sources import Source, image_of
from naevia_app.parts.worker import Worker

SHOWN_SIDE_PX = 4096
"""Longest side of the copy that is shown; the network gets the photo itself."""

THUMBNAIL_SIDE_PX = 256


@dataclass(frozen=True, eq=False)
class Judged:
    """One photo with its answer.

    Attributes:
        key: The photo's number in the window.
        prediction: The answer.
        format: What the file really is.
        shown: The photo, at most `SHOWN_SIDE_PX` long.
        thumbnail: The photo, at most `THUMBNAIL_SIDE_PX` long.
    """

    key: int
    prediction: Prediction
    format: str
    shown: QImage
    thumbnail: QImage


@dataclass(frozen=True)
class Unread:
    """One photo that has no answer.

    Attributes:
        key: The photo's number in the window.
        code: The kind of failure, as in `naevia.errors.ImageError`, or `unexpected`.
        message: Why, one sentence.
    """

    key: int
    code: str
    message: str


class PhotoQueue:
    """Photos that wait, in order; the one that a person looks at can go first. Safe between threads."""

    def __init__(self) -> None:
        self._waiting: dict[int, Source] = {}
        self._first: int | None = None
        self._closed = False
        self._changed = threading.Condition()

    def add(self, key: int, source: Source, *, first: bool = False) -> None:
        """Let a photo wait; a photo that waits already keeps its place, unless it is to be first."""
        with self._changed:
            self._waiting[key] = source
            self._first = key if first else self._first
            self._changed.notify()

    def drop(self, key: int) -> None:
        """Let a photo wait no longer."""
        with self._changed:
            self._waiting.pop(key, None)

    def close(self) -> None:
        """Forget all that waits and let `take` return None from now on."""
        with self._changed:
            self._closed = True
            self._waiting.clear()
            self._changed.notify_all()

    def take(self) -> tuple[int, Source] | None:
        """The next photo; waits for one; None once the queue was closed."""
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._closed)
            if self._closed:
                return None
            key = self._first if self._first in self._waiting else next(iter(self._waiting))
            return key, self._waiting.pop(key)


@dataclass(frozen=True, eq=False)
class _Desk:
    """One model in its thread, with the photos that wait for it."""

    worker: Worker
    queue: PhotoQueue

    def end(self) -> None:
        """End the thread and wait for it."""
        self.worker.stop()
        self.queue.close()
        self.worker.wait()
        self.worker.deleteLater()


class Judge(QObject):
    """Opens a model and answers photos, one at a time, off the main thread.

    The model in use answers until another one was opened and checked, and stays when that one is refused.

    Attributes:
        opened: The session, once the model was checked; it is in use from now on.
        refused: The exception that says why a model cannot be used.
        judged: A photo's answer.
        unread: A photo that could not be answered.
    """

    opened = Signal(object)
    refused = Signal(object)
    judged = Signal(object)
    unread = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._in_use: _Desk | None = None
        self._opening: _Desk | None = None

    @property
    def has_model(self) -> bool:
        """Whether a model is in use."""
        return self._in_use is not None

    @property
    def is_opening(self) -> bool:
        """Whether a model is being opened and checked."""
        return self._opening is not None

    def start(self, model: str | None, provider: str) -> None:
        """Open a model; another one that is still being opened is let go."""
        if self._opening is not None:
            self._opening.end()
        queue = PhotoQueue()
        worker = Worker(lambda: _judge(model, provider, queue), self)
        worker.yielded.connect(self._pass_on)
        worker.failed.connect(self._refuse)
        self._opening = _Desk(worker, queue)
        worker.start()

    def submit(self, key: int, source: Source, *, first: bool = False) -> None:
        """Ask the model in use for an answer, or the one that is being opened where none is in use."""
        desk = self._in_use or self._opening
        if desk is not None:
            desk.queue.add(key, source, first=first)

    def drop(self, key: int) -> None:
        """Take a question back."""
        desk = self._in_use or self._opening
        if desk is not None:
            desk.queue.drop(key)

    def stop(self) -> None:
        """End the threads and wait for them."""
        for desk in (self._in_use, self._opening):
            if desk is not None:
                desk.end()
        self._in_use = self._opening = None

    def _speaks(self, desk: _Desk | None) -> bool:
        """Whether the signal that is being handled is this desk's; one that was let go may still speak."""
        return desk is not None and self.sender() is desk.worker

    def _pass_on(self, item: Session | Judged | Unread) -> None:
        if isinstance(item, Session):
            if self._speaks(self._opening):
                self._replace_model()
                self.opened.emit(item)
        elif self._speaks(self._in_use):
            (self.judged if isinstance(item, Judged) else self.unread).emit(item)

    def _replace_model(self) -> None:
        if self._in_use is not None:
            self._in_use.end()
        self._in_use, self._opening = self._opening, None

    def _refuse(self, error: Exception) -> None:
        if self._speaks(self._opening):
            desk, self._opening = self._opening, None
        elif self._speaks(self._in_use):
            desk, self._in_use = self._in_use, None
        else:
            return
        desk.end()
        self.refused.emit(error)


def _judge(
    model: str | None, provider: str, queue: PhotoQueue
) -> Generator[Session | Judged | Unread, None, None]:
    session = Session.open(find_model(model), provider=provider)
    yield session
    while (waiting := queue.take()) is not None:
        yield _answer(session, *waiting)


def _answer(session: Session, key: int, source: Source) -> Judged | Unread:
    try:
        photo = source.read()
        prediction = session.predict(photo)
        return Judged(
            key, prediction, photo.format, _shown(photo, SHOWN_SIDE_PX), _shown(photo, THUMBNAIL_SIDE_PX)
        )
    except Exception as error:  # noqa: BLE001  whatever one photo does, the others are still answered
        return Unread(key, code_of(error), problem_of(error))


def _shown(photo: Photo, side_px: int) -> QImage:
    return image_of(shrunk(photo.rgb_u8, side_px / max(photo.width_px, photo.height_px)))
