"""The model, open in a thread of its own, and the photos that wait for it."""

from __future__ import annotations

import threading
from collections.abc import Generator
from dataclasses import dataclass, replace

import numpy as np
from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QImage

from naevia.errors import ImageError
from naevia.image import Photo
from naevia.prediction import Prediction
from naevia.preprocess import resize_area
from naevia.scan import problem_of
from naevia.session import Session
from naevia.shelf import find_model
from naevia_app.sources import Source, image_of
from naevia_app.worker import Worker

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


class Judge(QObject):
    """Opens a model and answers photos, one at a time, off the main thread.

    Attributes:
        opened: The session, once the model was checked.
        refused: The exception that says why there is no model.
        judged: A photo's answer.
        unread: A photo that could not be answered.
    """

    opened = Signal(object)
    refused = Signal(object)
    judged = Signal(object)
    unread = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._queue = PhotoQueue()
        self._worker: Worker | None = None

    def start(self, model: str | None, provider: str) -> None:
        """Open a model; the one before it, and what waited for it, is let go."""
        self.stop()
        queue = self._queue = PhotoQueue()
        self._worker = Worker(lambda: _judge(model, provider, queue), self)
        self._worker.yielded.connect(self._pass_on)
        self._worker.failed.connect(self._refuse)
        self._worker.start()

    def submit(self, key: int, source: Source, *, first: bool = False) -> None:
        """Ask for an answer."""
        self._queue.add(key, source, first=first)

    def drop(self, key: int) -> None:
        """Take a question back."""
        self._queue.drop(key)

    def stop(self) -> None:
        """End the thread and wait for it."""
        if self._worker is not None:
            self._worker.stop()
            self._queue.close()
            self._worker.wait()
            self._worker.deleteLater()
            self._worker = None

    def _pass_on(self, item: Session | Judged | Unread) -> None:
        if self.sender() is not self._worker:  # a late word from a model that was let go
            return
        if isinstance(item, Session):
            self.opened.emit(item)
        elif isinstance(item, Judged):
            self.judged.emit(item)
        else:
            self.unread.emit(item)

    def _refuse(self, error: Exception) -> None:
        if self.sender() is self._worker:
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
        code = error.code if isinstance(error, ImageError) else "unexpected"
        return Unread(key, code, problem_of(error))


def _shown(photo: Photo, side_px: int) -> QImage:
    scale = side_px / max(photo.width_px, photo.height_px)
    if scale >= 1:
        return image_of(photo.rgb_u8)
    width_px, height_px = max(1, round(photo.width_px * scale)), max(1, round(photo.height_px * scale))
    return image_of(resize_area(photo.rgb_u8, width_px, height_px))


def without_arrays(prediction: Prediction) -> Prediction:
    """The answer without its heat map and embedding, for keeping many of them in memory."""
    nothing = np.zeros(0, np.float32)
    return replace(prediction, activation_maps=nothing, embedding=nothing)
