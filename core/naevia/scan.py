"""A folder of any size, one row per file, in bounded memory."""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import closing, suppress
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from naevia._walk import Found, walk
from naevia.ahead import ahead
from naevia.errors import NaeviaError, UsageError, problem_of
from naevia.prediction import Prediction
from naevia.rows import KeptRow, Row
from naevia.session import Prepared, Session, prepare_file

_BATCH = {"cpu": 1, "cuda": 32}
_Outcome = Prepared | KeptRow | str


def scan(
    folder: str | Path,
    session: Session,
    *,
    workers: int | None = None,
    batch_size: int | None = None,
    skip: Iterable[Path] = (),
    find: Callable[[str], KeptRow | None] = lambda path: None,
) -> Generator[Row, None, None]:
    """Judge every file of a folder and its subfolders.

    Photos are read and prepared by threads, a few ahead of the one that is due, and judged in the thread
    that takes the rows. Closing the generator stops the threads. Files come in the order of their names,
    folder by folder; on the CPU neither the order nor any digit depends on `workers` or `batch_size`.

    Linked folders are not entered, and get no row. Everything else does: hidden files, files that are no
    images and folders that cannot be listed are rows with an error.

    Args:
        folder: The folder.
        session: The open model.
        workers: Threads that read photos; by default one per processor, at most 8.
        batch_size: Photos per run of the network; by default 1 on the CPU, 32 on CUDA.
        skip: Files to pass over, such as the one that the rows are written to.
        find: Asked, in the thread that takes the rows, for the row that a file has already; such a file is
            not judged, and that row comes in its place.

    Returns:
        A generator of rows. It raises NaeviaError where a file cannot be read because the folder itself is no
        longer there, as when a memory stick was pulled out: the files that are left get no row then.

    Raises:
        UsageError: The folder is missing or not a folder, or a number is below 1.
    """
    root = _Root.of(folder)
    workers = workers if workers is not None else min(os.cpu_count() or 1, 8)
    batch_size = batch_size if batch_size is not None else _BATCH[session.provider.name]
    for name, number in (("workers", workers), ("batch_size", batch_size)):
        if number < 1:
            raise UsageError(f"{name}: expected 1 or more, received {number}")
    due = ((file, find(file.path)) for file in walk(root.path, _relative(root.path, skip)))
    return _rows(root, session, workers, batch_size, due)


def count_files(folder: str | Path, *, skip: Iterable[Path] = ()) -> int:
    """How many rows a scan of the folder gives, found without opening a file.

    Raises:
        UsageError: The folder is missing or not a folder.
    """
    root = _Root.of(folder).path
    return sum(1 for _ in walk(root, _relative(root, skip)))


class _Root(NamedTuple):
    """The folder that is scanned, and which one it was when the scan began."""

    path: Path
    identity: os.stat_result

    @classmethod
    def of(cls, folder: str | Path) -> _Root:
        try:
            identity = Path(folder).stat()
            path = Path(folder).resolve()
        except FileNotFoundError as error:
            raise UsageError(f"there is no folder {folder}; check the name") from error
        except OSError as error:
            raise UsageError(f"the folder {folder} cannot be opened: {error.strerror}") from error
        if not path.is_dir():
            raise UsageError(f"{folder} is a file, expected a folder; use `naevia predict` for single photos")
        return cls(path, identity)

    def check_is_there(self) -> None:
        """Raise NaeviaError where the folder is gone, or another is in its place."""
        with suppress(OSError):
            if os.path.samestat(self.identity, self.path.stat()):
                return
        raise NaeviaError(
            f"the folder {self.path} is no longer there; bring it back and scan to the same file again, it "
            "goes on where it stopped"
        )


def _rows(
    root: _Root,
    session: Session,
    workers: int,
    batch_size: int,
    due: Iterator[tuple[Found, KeptRow | None]],
) -> Generator[Row, None, None]:
    def read(item: tuple[Found, KeptRow | None]) -> _Outcome:
        found, kept = item
        return kept or found.problem or prepare_file(root.path / found.path, session.contract.input)

    with closing(ahead(due, read, workers=workers, most=2 * workers, name="naevia-scan")) as outcomes:
        while batch := [(found.path, outcome) for (found, _), outcome in islice(outcomes, batch_size)]:
            yield from _judge(root, session, batch)


def _judge(root: _Root, session: Session, batch: Sequence[tuple[str, _Outcome]]) -> Iterator[Row]:
    prepared = [outcome for _, outcome in batch if isinstance(outcome, Prepared)]
    answers = iter(_predict(session, prepared))
    for path, outcome in batch:
        if isinstance(outcome, KeptRow):
            yield outcome
            continue
        answer = outcome if isinstance(outcome, str) else next(answers)
        if isinstance(answer, str):
            root.check_is_there()
            yield Row.failed(path, answer)
        else:
            yield Row.answered(path, answer)


def _predict(session: Session, prepared: list[Prepared]) -> list[Prediction | str]:
    try:
        return list(session.predict_prepared(prepared))
    except Exception as error:  # noqa: BLE001  the runtime raises its own undocumented types
        if len(prepared) == 1:
            return [problem_of(error)]
    # A batch can be too much where each of its photos is not.
    return [answer for item in prepared for answer in _predict(session, [item])]


def _relative(root: Path, files: Iterable[Path]) -> frozenset[str]:
    """The files that lie in the folder, as the walk names them."""
    resolved = (path.absolute().parent.resolve() / path.name for path in files)
    return frozenset(path.relative_to(root).as_posix() for path in resolved if path.is_relative_to(root))
