"""What this computer has for Naevia, and why it does not use more."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from typing import Literal

import onnxruntime as ort

from naevia._extras import EXTRAS, missing_modules
from naevia._providers import why_no_cuda
from naevia._version import __version__
from naevia.errors import NaeviaError, first_line, install_hint
from naevia.session import Session
from naevia.shelf import find_model, hides_words, list_models

_PACKAGES = ("numpy", "opencv-python-headless", "pillow", "pydantic", "pydicom")


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at.

    Attributes:
        topic: What was looked at.
        state: `ok`, `note` (works, but not all of it) or `problem`.
        text: What was found, and what to do where something is missing.
    """

    topic: str
    state: Literal["ok", "note", "problem"]
    text: str


def examine() -> Iterator[Finding]:
    """Look at this computer: versions, providers, extras, models, and whether the default model answers."""
    yield Finding("naevia", "ok", __version__)
    yield Finding("python", "ok", f"{platform.python_version()} at {sys.executable}")
    yield Finding("platform", "ok", f"{platform.platform()}, {platform.machine()}")
    yield Finding("processors", "ok", f"{_usable_processors()} usable of {os.cpu_count()}")
    yield Finding("packages", "ok", ", ".join(f"{name} {_version(name)}" for name in _PACKAGES))
    yield Finding(
        "onnxruntime", "ok", f"{ort.__version__}, built for {', '.join(ort.get_available_providers())}"
    )
    reason = why_no_cuda()
    yield Finding(
        "cuda", "note" if reason else "ok", f"not used: {reason}" if reason else "a driver is installed"
    )
    yield _default_model()
    yield from _shelves()
    yield from map(_extra, EXTRAS)


def _usable_processors() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:  # another build of the same import, such as the OpenCV with windows
        return "of another distribution"


def _default_model() -> Finding:
    try:
        session = Session.open(find_model())
    except Exception as error:  # noqa: BLE001  whatever is wrong with it, the rest is still looked at
        words = (
            str(error) if isinstance(error, NaeviaError) else f"{type(error).__name__}: {first_line(error)}"
        )
        return Finding("default model", "problem", words)
    contract, provider = session.contract, session.provider
    return Finding(
        "default model",
        "ok",
        f"{contract.model_id} {contract.version} answers correctly on {provider.name.upper()} "
        f"({provider.reason})",
    )


def _shelves() -> Iterator[Finding]:
    found = list_models()
    for model in found:
        if model.problem:
            yield Finding("model found", "problem", model.problem)
            continue
        place, hides = f"{model.id} at {model.folder} ({model.origin})", hides_words(model, found)
        yield Finding("model found", "note" if hides else "ok", f"{place}; {hides}" if hides else place)


def _extra(name: str) -> Finding:
    missing = missing_modules(name)
    if not missing:
        return Finding(f"extra {name}", "ok", "installed")
    return Finding(
        f"extra {name}", "note", f"not installed ({', '.join(missing)} missing); {install_hint(name)}"
    )
