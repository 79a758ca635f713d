"""The checks that stand between a model folder and its first answer."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray

from naevia.contract import (
    CONTRACT_FILE,
    GOLDEN_FILE,
    METADATA_KEY,
    MODEL_FILE,
    Contract,
    parse_contract,
    sha256_of,
)
from naevia.errors import ModelError, first_line
from naevia.taxonomy import TAXONOMY

_AGAIN = "do not use it; install the model again"


def check_files(folder: Path, contract: Contract) -> None:
    """Check that every file has the hash that the contract states.

    Raises:
        ModelError: A listed file is missing or changed, or the model or its golden answers are not listed.
    """
    for name in (MODEL_FILE, GOLDEN_FILE):
        if name not in contract.files:
            raise ModelError(f"{folder / CONTRACT_FILE} does not list {name}; export the model again")
    for name, expected in contract.files.items():
        if Path(name).name != name:
            raise ModelError(f"{folder / CONTRACT_FILE} lists {name!r}, expected plain file names; {_AGAIN}")
        if not (folder / name).is_file():
            raise ModelError(f"{folder / name} is missing or no regular file; {_AGAIN}")
        try:
            found = sha256_of(folder / name)
        except OSError as error:
            raise ModelError(f"{folder / name} cannot be read ({error.strerror}); {_AGAIN}") from error
        if found != expected:
            raise ModelError(
                f"{folder / name} is not the file that {CONTRACT_FILE} describes: expected SHA-256 "
                f"{expected[:12]}..., found {found[:12]}...; {_AGAIN}"
            )


def check_embedded(folder: Path, contract: Contract, runtime: ort.InferenceSession) -> None:
    """Check that the ONNX file carries the same contract, and has the inputs and outputs it names.

    Raises:
        ModelError: It does not.
    """
    path = folder / MODEL_FILE
    text = runtime.get_modelmeta().custom_metadata_map.get(METADATA_KEY)
    if text is None:
        raise ModelError(f"{path} carries no contract ({METADATA_KEY}); make it with `naevia export-onnx`")
    if parse_contract(text, source=f"the contract inside {path}").embedded_json() != contract.embedded_json():
        raise ModelError(f"{path} carries another contract than {CONTRACT_FILE}; {_AGAIN}")
    outputs = contract.outputs
    wanted = {outputs.probabilities, outputs.activation_maps, outputs.embedding} | (
        {outputs.ood_score} - {None}
    )
    missing = wanted - {output.name for output in runtime.get_outputs()}
    shape, kind = runtime.get_inputs()[0].shape[1:], runtime.get_inputs()[0].type
    side_px = contract.input.size_px
    if missing or shape != [side_px, side_px, 3] or kind != "tensor(uint8)":
        raise ModelError(f"{path} does not take and give what {CONTRACT_FILE} says; export the model again")


def check_golden(
    folder: Path, contract: Contract, run: Callable[[NDArray[np.uint8]], NDArray[np.float32]]
) -> float:
    """Check that the runtime on this computer reproduces the answers that came with the model.

    Args:
        folder: The model folder.
        contract: Its contract.
        run: From pixels (batch, size, size, 3) uint8 to probabilities (batch, 9).

    Returns:
        Largest absolute difference in any probability.

    Raises:
        ModelError: An answer differs by more than the contract's tolerance, has another top diagnosis, or
            cannot be computed; or the file holds no such answers.
    """
    pixels, expected = _read_golden(folder / GOLDEN_FILE, contract.input.size_px)
    try:
        found = run(pixels)
    except Exception as error:  # the runtime raises its own undocumented types
        problem = first_line(error)
        raise ModelError(
            f"{folder / MODEL_FILE} cannot be computed on this computer: {problem}; `naevia doctor` may tell "
            "why"
        ) from error
    worst = float(np.abs(found - expected).max()) if found.shape == expected.shape else float("inf")
    if not worst <= contract.golden.tolerance or (found.argmax(1) != expected.argmax(1)).any():
        raise ModelError(
            f"{folder / MODEL_FILE} does not reproduce its golden answers on this computer: largest "
            f"difference {worst:.2g}, allowed {contract.golden.tolerance:.2g}; do not use it here; "
            "`naevia doctor` may tell why"
        )
    return worst


def _read_golden(path: Path, size_px: int) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    """Pixels (batch, size_px, size_px, 3) and probabilities (batch, 9) of at least one photo."""
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as golden:
            pixels, probabilities = golden["pixels"], golden["probabilities"]
        expected = (len(pixels), size_px, size_px, 3), np.uint8, (len(pixels), len(TAXONOMY)), np.float32
        found = pixels.shape, pixels.dtype, probabilities.shape, probabilities.dtype
    except Exception as error:  # a broken file makes NumPy raise anything at all
        raise ModelError(f"{path} cannot be read; {_AGAIN}") from error
    if not len(pixels) or found != expected:
        raise ModelError(
            f"{path} holds other answers than expected: pixels (n, {size_px}, {size_px}, 3) of uint8 and "
            f"probabilities (n, {len(TAXONOMY)}) of float32; {_AGAIN}"
        )
    return pixels, probabilities
