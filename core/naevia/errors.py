"""Everything Naevia raises on purpose.

    NaeviaError            the work stopped before its end, as on a full disk       exit 4
    ├── UsageError         the caller asked for something that cannot be done       exit 2
    │   └── MissingExtraError   an optional part of Naevia is not installed         exit 2
    ├── ImageError         one image file cannot be read or judged                  exit 1
    ├── DataError          a set of labelled images cannot be used as it stands     exit 2
    └── ModelError         a model is missing, damaged, or not what it claims       exit 3

An exception of any other class is unexpected, and the program ends with 4 then, too.

A message says what was expected, what was received, and what to do about it, in one line.
"""

from __future__ import annotations

from typing import ClassVar, Literal

from naevia._extras import missing_modules

ImageErrorCode = Literal[
    "not-found",
    "unreadable",
    "empty",
    "not-an-image",
    "damaged",
    "too-large",
    "several-frames",
    "unsupported",
]


class NaeviaError(Exception):
    """Base class of every error that Naevia raises on purpose."""

    exit_code: ClassVar[int] = 4


class UsageError(NaeviaError):
    """The caller asked for something that cannot be done; the message names the way out."""

    exit_code = 2


class MissingExtraError(UsageError):
    """An optional part of Naevia is needed and not installed."""


class DataError(NaeviaError):
    """A set of labelled images cannot be used as it stands."""

    exit_code = 2


class ModelError(NaeviaError):
    """A model is missing, damaged, or not what its contract says; it is not run."""

    exit_code = 3


class ImageError(NaeviaError):
    """One image file cannot be read.

    Args:
        code: The kind of failure, stable across versions, for programs to branch on.
        message: One line for a person.
    """

    exit_code = 1

    def __init__(self, code: ImageErrorCode, message: str) -> None:
        super().__init__(message)
        self.code = code


def first_line(error: BaseException) -> str:
    """The first line of what an error says, at most 200 characters; never empty."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:200]


def problem_of(error: Exception) -> str:
    """Why one photo has no answer, in one sentence."""
    if isinstance(error, NaeviaError):
        return str(error)
    if isinstance(error, MemoryError):
        return "there is not enough memory to decode the photo; export a smaller one"
    return f"the photo cannot be judged: {type(error).__name__}: {first_line(error)}"


def code_of(error: Exception) -> str:
    """What kind of failure it is: the code of an `ImageError`, or `unexpected`."""
    return error.code if isinstance(error, ImageError) else "unexpected"


def install_hint(extra: str) -> str:
    """How an optional part of Naevia is installed.

    Args:
        extra: Name of the extra in `pyproject.toml`, such as `"heif"`.
    """
    return f"in the folder of Naevia, install it with: pip install -e '.[{extra}]'"


def require_extra(extra: str) -> None:
    """Check that an optional part is installed, before work that would need it only at its end.

    Args:
        extra: Name of the extra in `pyproject.toml`, such as `"train"`.

    Raises:
        MissingExtraError: One of its modules is not installed.
    """
    if missing := missing_modules(extra):
        raise MissingExtraError(
            f"this needs the `{extra}` extra ({', '.join(missing)} not installed); {install_hint(extra)}"
        )
