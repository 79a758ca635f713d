"""Going over the files once: what each says about itself, from the cache where it was read before."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from naevia_train.auditing.facts import Reading, read_facts
from naevia_train.auditing.phash import WINDOWS
from naevia_train.auditing.store import FactStore, Stamp
from naevia_train.collect import FoundFile
from naevia_train.progress import Progress

_BATCH = 512


@dataclass(frozen=True, slots=True)
class SurveyedFile:
    """A readable file, without its bulk.

    Attributes:
        found: The file.
        sha256: Hash of its bytes.
        format: What it really is, such as `JPEG`.
        width_px: Width, upright.
        height_px: Height, upright.
        pixels: Hash of the decoded photo.
    """

    found: FoundFile
    sha256: str
    format: str
    width_px: int
    height_px: int
    pixels: bytes


@dataclass(frozen=True, slots=True)
class UnreadableFile:
    """A file that is no usable image, and why."""

    found: FoundFile
    sha256: str
    problem: str
    message: str


@dataclass(frozen=True, eq=False)
class Survey:
    """All files.

    Attributes:
        files: The readable ones, in the order they were found.
        hashes: Perceptual hashes of their windows, shape (n, 25), or (n, 1).
        contrast: Standard deviation of their grey thumbnails, shape (n,), 0 to 128.
        unreadable: The others.
    """

    files: list[SurveyedFile]
    hashes: NDArray[np.uint64]
    contrast: NDArray[np.float32]
    unreadable: list[UnreadableFile]

    def without_windows(self) -> Survey:
        """The same without the hashes of the windows, which only the search for copies needs."""
        return replace(self, hashes=self.hashes[:, :1].copy())

    def bits(self, first: int, second: int) -> int:
        """Bits by which the hashes of two files differ."""
        return int(np.bitwise_count(self.hashes[first, 0] ^ self.hashes[second, 0]))


def survey_files(found: Sequence[FoundFile], store: FactStore, pool: Executor, progress: Progress) -> Survey:
    """Read every file that the store does not know, and gather what all of them say.

    Args:
        found: The files, as found.
        store: Keeps and remembers readings.
        pool: Threads that read.
        progress: Called as files are done.
    """
    readable: list[tuple[FoundFile, str]] = []
    unreadable: list[UnreadableFile] = []
    for done, (file, reading) in enumerate(_readings(found, store, pool), start=1):
        if reading.problem:
            unreadable.append(UnreadableFile(file, reading.sha256, reading.problem, reading.message))
        else:
            readable.append((file, reading.sha256))
        if done % _BATCH == 0 or done == len(found):
            progress(done, len(found))
    hashes = np.empty((len(readable), len(WINDOWS)), np.uint64)
    contrast = np.empty(len(readable), np.float32)
    files = []
    facts = store.facts([sha256 for _, sha256 in readable])
    for index, ((file, sha256), fact) in enumerate(zip(readable, facts, strict=True)):
        hashes[index], contrast[index] = fact.hashes, fact.thumbnail.std()
        files.append(SurveyedFile(file, sha256, fact.format, fact.width_px, fact.height_px, fact.pixels))
    return Survey(files, hashes, contrast, unreadable)


def _readings(
    found: Sequence[FoundFile], store: FactStore, pool: Executor
) -> Iterator[tuple[FoundFile, Reading]]:
    for start in range(0, len(found), _BATCH):
        batch = found[start : start + _BATCH]
        stamps = [_stamp(file.path) for file in batch]
        known = list(store.known(stamps))
        unknown = [index for index, reading in enumerate(known) if reading is None]
        fresh = list(pool.map(read_facts, [batch[index].path for index in unknown]))
        store.add(
            (stamps[index], reading)
            for index, reading in zip(unknown, fresh, strict=True)
            if stamps[index][1] >= 0
        )
        for index, reading in zip(unknown, fresh, strict=True):
            known[index] = reading
        yield from zip(batch, known, strict=True)


def _stamp(path: Path) -> Stamp:
    try:
        status = path.stat()
    except OSError:  # reading it will say what is wrong, and is not remembered
        return str(path), -1, -1
    return str(path), status.st_size, status.st_mtime_ns
