"""Fixtures that every room's tests share."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
# The tests load TensorFlow and ONNX Runtime before the program can; both take these when they are loaded.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ["ORT_DISABLE_TELEMETRY"] = "1"

from tiny_model import write_tiny_model

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session", autouse=True)
def _own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep the tests' readings out of the person's cache."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NAEVIA_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture(scope="session")
def tiny_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model folder that works."""
    return write_tiny_model(tmp_path_factory.mktemp("models") / "tiny")


@pytest.fixture(scope="session")
def data_root() -> Path:
    """The development data; skips where they are not on this machine."""
    root = Path(os.environ.get("NAEVIA_DATA") or ROOT.parent / "shared" / "data")
    if not (root / "ham10000").is_dir():
        pytest.skip(f"no development data at {root}; set NAEVIA_DATA to the folder that holds ham10000/")
    return root
