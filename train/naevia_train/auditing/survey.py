"""Going over the files once: what each says about itself, from the cache where it was read before."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Executor
from pathlib import Path

from naevia_train.auditing.facts import Facts, Reading, read_facts
from naevia_train.auditing.ledger import Ledger, SurveyedFile
from naevia_train.auditing.store import FactStore, Stamp
from naevia_train.labelling.collect import FoundFile
from naevia_train.progress import Progress

_BATCH = 512


def survey_files(ledger: Ledger, store: FactStore, pool: Executor, progress: Progress) -> None:
    """Read every file that the store does not know, and note in the ledger what all of them say.

    Args:
        ledger: Holds the files found.
        store: Keeps and remembers readings.
        pool: Threads that read.
        progress: Called as files are done.
    """
    total = ledger.count("found")
    for start in range(0, total, _BATCH):
        batch = ledger.found(start, start + _BATCH)
        readings = _readings([file.path for file in batch], store, pool)
        facts = store.facts([reading.sha256 for reading in readings if not reading.problem])
        for number, (file, reading) in enumerate(zip(batch, readings, strict=True), start=start):
            if reading.problem:
                ledger.add_unreadable(number, reading.sha256, reading.problem, reading.message)
            else:
                fact = next(facts)
                ledger.add_readable(
                    _surveyed(number, file, reading.sha256, fact), float(fact.thumbnail.std())
                )
        progress(start + len(batch), total)


def _surveyed(number: int, found: FoundFile, sha256: str, facts: Facts) -> SurveyedFile:
    return SurveyedFile(
        number=number,
        found=found,
        sha256=sha256,
        format=facts.format,
        width_px=facts.width_px,
        height_px=facts.height_px,
        pixels=facts.pixels,
        phash=f"{int(facts.hashes[0]):016x}",
        repeated=False,
    )


def _readings(paths: Sequence[Path], store: FactStore, pool: Executor) -> list[Reading]:
    """Readings of some files; what the store did not know is read, and kept there unless it may pass."""
    stamps = [_stamp(path) for path in paths]
    known = list(store.known(stamps))
    unknown = [index for index, reading in enumerate(known) if reading is None]
    fresh = dict(zip(unknown, pool.map(read_facts, [paths[index] for index in unknown]), strict=True))
    # What failed may come right without a change of the file, as when a decoder is installed.
    store.add((stamps[index], reading) for index, reading in fresh.items() if not reading.problem)
    return [reading or fresh[index] for index, reading in enumerate(known)]


def _stamp(path: Path) -> Stamp:
    try:
        status = path.stat()
    except OSError:  # reading it will say what is wrong
        return str(path), -1, -1
    return str(path), status.st_size, status.st_mtime_ns
