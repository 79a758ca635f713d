"""The model folder: written beside its place, moved there when complete, removed when anything fails."""

from __future__ import annotations

import errno
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from naevia.contract import CARD_FILE, CONTRACT_FILE, GOLDEN_FILE, MODEL_FILE, Contract, sha256_of
from naevia.errors import NaeviaError, UsageError
from naevia_export.source import LIST_FILES

EXPORTED_FILES = (MODEL_FILE, CONTRACT_FILE, GOLDEN_FILE, CARD_FILE, *LIST_FILES)

_FULL = (errno.ENOSPC, errno.EDQUOT)


def check_output(output: Path, *, force: bool) -> None:
    """Refuse a place where something would be lost.

    Args:
        output: The wanted model folder.
        force: Whether an existing model folder may be replaced.

    Raises:
        UsageError: There is a file, a folder with other files, or, without `force`, a model.
    """
    if not output.exists():
        return
    if not output.is_dir():
        raise UsageError(f"--output {output} is a file; expected the name of a folder to make")
    others = sorted(path.name for path in output.iterdir() if path.name not in EXPORTED_FILES)
    if others:
        raise UsageError(
            f"--output {output} holds other files ({', '.join(others[:3])}) and is not replaced; "
            "choose a folder that does not exist yet"
        )
    if any(output.iterdir()) and not force:
        raise UsageError(
            f"--output {output} exists already; choose another folder, or replace it with --force"
        )


@contextmanager
def staged(output: Path, *, force: bool) -> Iterator[Path]:
    """A folder to write into, which becomes `output` when the body ends well and vanishes when it does not.

    Args:
        output: The wanted model folder; missing parents are made.
        force: Whether an existing model folder is replaced, once the new one is complete.

    Raises:
        UsageError: `output` may not be replaced, or its place cannot be written.
        NaeviaError: The disk is full.
    """
    check_output(output, force=force)
    made = [parent for parent in output.parents if not parent.exists()]
    stage = None
    try:
        output.parent.mkdir(parents=True, exist_ok=True)
        stage = Path(tempfile.mkdtemp(prefix=f".{output.name}-", suffix=".partial", dir=output.parent))
        yield stage
        _flush(stage)
        _move(stage, output, force=force)
    except OSError as error:
        kind = NaeviaError if error.errno in _FULL else UsageError
        problem = error.strerror or error
        raise kind(f"--output {output} cannot be written: {problem}; choose another folder") from error
    finally:
        if stage is not None:
            shutil.rmtree(stage, ignore_errors=True)
        for parent in made:
            with suppress(OSError):  # a parent that holds the finished model is not empty and stays
                parent.rmdir()


def write_contract(folder: Path, contract: Contract) -> Contract:
    """Write `model.json` with the hashes of the files beside it; returns the contract as written."""
    others = (name for name in EXPORTED_FILES if name != CONTRACT_FILE and (folder / name).is_file())
    files = {name: sha256_of(folder / name) for name in others}
    complete = contract.model_copy(update={"files": files})
    (folder / CONTRACT_FILE).write_text(complete.to_json(), encoding="utf-8")
    return complete


def _flush(stage: Path) -> None:
    """Bring the files to the disk before they get their final name."""
    for path in stage.iterdir():
        with path.open("rb+") as file:
            os.fsync(file.fileno())


def _move(stage: Path, output: Path, *, force: bool) -> None:
    check_output(output, force=force)  # the world may have changed since the start
    umask = os.umask(0)
    os.umask(umask)
    stage.chmod(0o777 & ~umask)  # temporary folders are made for their owner alone
    if not output.exists():
        stage.rename(output)
        return
    replaced = stage.with_suffix(".replaced")
    output.rename(replaced)
    try:
        stage.rename(output)
    except OSError:
        replaced.rename(output)
        raise
    shutil.rmtree(replaced, ignore_errors=True)
