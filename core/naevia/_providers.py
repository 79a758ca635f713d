"""Which of ONNX Runtime's execution providers runs a model: CUDA first where it works, CPU otherwise."""

from __future__ import annotations

import contextlib
import ctypes
import io
import sys
from dataclasses import dataclass
from typing import Any, Literal

import onnxruntime as ort

from naevia.errors import UsageError, first_line, install_hint

ProviderChoice = Literal["auto", "cpu", "cuda"]

if sys.platform == "win32":  # elsewhere an environment variable does it, see naevia/__init__.py
    ort.disable_telemetry_events()

_CUDA = "CUDAExecutionProvider"
_CPU = "CPUExecutionProvider"


@dataclass(frozen=True)
class Provider:
    """The provider in use.

    Attributes:
        name: `cuda` or `cpu`.
        reason: Why this one, one sentence.
    """

    name: Literal["cuda", "cpu"]
    reason: str


def why_no_cuda() -> str:
    """Why CUDA cannot even be tried on this computer; empty when it can."""
    if _CUDA not in ort.get_available_providers():
        return "the installed ONNX Runtime has no CUDA support"
    driver = "nvcuda.dll" if sys.platform == "win32" else "libcuda.so.1"
    try:
        ctypes.CDLL(driver)
    except OSError:
        return "no NVIDIA driver is installed"
    return ""


def create_session(
    model: bytes, choice: ProviderChoice, threads: int
) -> tuple[ort.InferenceSession, Provider]:
    """Open a model with the provider that was asked for.

    Args:
        model: The ONNX file.
        choice: `auto` takes CUDA where it works and says why where it does not; `cuda` insists.
        threads: CPU threads for one run; 0 leaves it to the runtime.

    Raises:
        UsageError: `cuda` was asked for and does not work here.
    """
    if choice == "cpu":
        return _open(model, _CPU, threads), Provider("cpu", "chosen by the user")
    problem = why_no_cuda() or None
    if problem is None:
        session, problem = _try_cuda(model, threads)
        if session is not None:
            return session, Provider("cuda", "CUDA works")
    if choice == "cuda":
        raise UsageError(
            f"CUDA was asked for, but {problem}; `naevia doctor` tells more, `--provider cpu` works now"
        )
    return _open(model, _CPU, threads), Provider("cpu", f"CUDA is not used: {problem}")


def _try_cuda(model: bytes, threads: int) -> tuple[ort.InferenceSession | None, str]:
    if hasattr(ort, "preload_dlls"):
        with contextlib.redirect_stdout(io.StringIO()):  # it prints what it cannot load
            ort.preload_dlls()
    try:
        session = _open(model, _CUDA, threads)
    except Exception as error:  # noqa: BLE001  the runtime raises its own undocumented types
        return None, f"CUDA failed to start: {first_line(error)}"
    if session.get_providers()[0] != _CUDA:  # ONNX Runtime falls back without raising
        return None, f"the CUDA libraries could not be loaded; {install_hint('cuda')}"
    return session, ""


def _open(model: bytes, provider: str, threads: int) -> ort.InferenceSession:
    options = ort.SessionOptions()
    options.log_severity_level = 4
    options.intra_op_num_threads = threads
    settings: dict[str, Any] = {"use_tf32": "0"} if provider == _CUDA else {}
    providers: list[Any] = [(provider, settings)] if provider == _CPU else [(provider, settings), _CPU]
    return ort.InferenceSession(model, options, providers=providers)
