"""ONNX Runtime against Keras, number by number, on real images."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray

from naevia.contract import SCORE_ALLOWANCE, TOLERANCE
from naevia.errors import ModelError, first_line
from naevia.taxonomy import CODES
from naevia_export.network import Answers

LARGE_BATCH = 16

_BY_DIAGNOSIS = ("probabilities", "activation_maps")
_AXES = {
    "probabilities": ("image", "diagnosis"),
    "activation_maps": ("image", "row", "column", "diagnosis"),
    "embedding": ("image", "feature"),
    "ood_score": ("image",),
}


@dataclass(frozen=True)
class Difference:
    """Where one output of the ONNX file is farthest from Keras.

    Attributes:
        output: Name of the output.
        batch: Images per run when it was found.
        index: Place of the largest difference in the output.
        keras: Value there in Keras.
        onnx: Value there in ONNX Runtime.
        relative: The difference that the tolerance is held against: |onnx - keras|, divided by the largest
            |keras| of that output where that is above 1. Probabilities are thus compared as they are, and
            activation maps and embeddings, which have no fixed scale, on their own scale.
    """

    output: str
    batch: int
    index: tuple[int, ...]
    keras: float
    onnx: float
    relative: float

    @property
    def place(self) -> str:
        """The index in words, such as `image 3, diagnosis mel`."""
        names = [str(number) for number in self.index]
        if self.output in _BY_DIAGNOSIS:
            names[-1] = CODES[self.index[-1]]
        return ", ".join(f"{axis} {name}" for axis, name in zip(_AXES[self.output], names, strict=True))


def verify(
    onnx_path: Path, pixels: NDArray[np.uint8], expected: Answers, *, tolerance: float = TOLERANCE
) -> tuple[Difference, ...]:
    """Check that ONNX Runtime on the CPU reproduces Keras, image by image and in batches.

    Args:
        onnx_path: The exported file.
        pixels: Real images, shape (images, size_px, size_px, 3), uint8, RGB.
        expected: What Keras answers to them, by output name.
        tolerance: Largest `Difference.relative` allowed; `SCORE_ALLOWANCE` times it for `ood_score`.

    Returns:
        The largest difference of every output, in the order of `expected`.

    Raises:
        ModelError: An output differs by more, has another shape, or a top diagnosis changed; the message
            names the output, the place and the distance.
    """
    runtime = _open(onnx_path)
    worst: dict[str, Difference] = {}
    for batch in dict.fromkeys((1, min(LARGE_BATCH, len(pixels)))):
        found = _run(runtime, pixels, list(expected), batch)
        for name, keras in expected.items():
            difference = _compare(onnx_path, name, batch, keras, found[name])
            allowed = tolerance * (SCORE_ALLOWANCE if name == "ood_score" else 1.0)
            if not difference.relative <= allowed:
                raise ModelError(_too_far(onnx_path, difference, allowed))
            if name not in worst or difference.relative > worst[name].relative:
                worst[name] = difference
        _check_top(onnx_path, batch, expected["probabilities"], found["probabilities"])
    return tuple(worst.values())


def _open(path: Path) -> ort.InferenceSession:
    options = ort.SessionOptions()
    options.log_severity_level = 4
    try:
        return ort.InferenceSession(path.read_bytes(), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # the runtime raises its own undocumented types
        problem = first_line(error)
        raise ModelError(f"{path.name}: ONNX Runtime cannot load what was converted: {problem}") from error


def _run(
    runtime: ort.InferenceSession, pixels: NDArray[np.uint8], names: list[str], batch: int
) -> dict[str, NDArray[np.float32]]:
    try:
        parts = [
            runtime.run(names, {runtime.get_inputs()[0].name: pixels[start : start + batch]})
            for start in range(0, len(pixels), batch)
        ]
    except Exception as error:  # the runtime raises its own undocumented types
        problem = first_line(error)
        raise ModelError(
            f"ONNX Runtime fails on what was converted, in batches of {batch}: {problem}"
        ) from error
    return {name: np.concatenate(part) for name, part in zip(names, zip(*parts, strict=True), strict=True)}


def _compare(
    path: Path, name: str, batch: int, keras: NDArray[np.float32], onnx: NDArray[np.float32]
) -> Difference:
    if onnx.shape != keras.shape:
        raise ModelError(
            f"{path.name} does not reproduce Keras: output `{name}` has the shape {onnx.shape}, expected "
            f"{keras.shape}, in batches of {batch}"
        )
    distance = np.abs(onnx.astype(np.float64) - keras)
    place = np.unravel_index(int(np.argmax(distance)), distance.shape)  # argmax takes NaN for the largest
    return Difference(
        output=name,
        batch=batch,
        index=tuple(int(number) for number in place),
        keras=float(keras[place]),
        onnx=float(onnx[place]),
        relative=float(distance[place]) / max(1.0, float(np.abs(keras).max())),
    )


def _too_far(path: Path, difference: Difference, tolerance: float) -> str:
    return (
        f"{path.name} does not reproduce Keras: output `{difference.output}` differs most at "
        f"{difference.place} (batches of {difference.batch}): Keras {difference.keras:.6g}, "
        f"ONNX Runtime {difference.onnx:.6g}, difference {difference.relative:.2g}, "
        f"allowed {tolerance:.2g}; nothing was exported"
    )


def _check_top(path: Path, batch: int, keras: NDArray[np.float32], onnx: NDArray[np.float32]) -> None:
    for image in np.flatnonzero(keras.argmax(axis=1) != onnx.argmax(axis=1)):
        was, became = CODES[keras[image].argmax()], CODES[onnx[image].argmax()]
        raise ModelError(
            f"{path.name} does not reproduce Keras: the top diagnosis of image {image} (batches of {batch}) "
            f"is {was} in Keras and {became} in ONNX Runtime; nothing was exported"
        )
