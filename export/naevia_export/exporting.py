"""The whole way from a trained network to a model folder that proved itself."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from naevia.contract import CARD_FILE, GOLDEN_FILE, MODEL_FILE, TOLERANCE, Contract, InputSpec
from naevia.errors import UsageError, require_extra
from naevia.session import Session
from naevia_export.card import bare_card, run_card
from naevia_export.cautions import bare_cautions
from naevia_export.contracts import Stated, complete_contract
from naevia_export.convert import HIGHEST_OPSET, LOWEST_OPSET, convert
from naevia_export.golden import golden_answers
from naevia_export.images import read_images
from naevia_export.loading import load_network
from naevia_export.network import Answers
from naevia_export.package import check_output, staged, write_contract
from naevia_export.source import Source, read_source
from naevia_export.verify import Difference, verify


@dataclass(frozen=True)
class Options:
    """How a network is exported.

    Attributes:
        stated: Name, version and, for a bare Keras file, resize policy and licence.
        opset: ONNX operator set, 17 or 18.
        tolerance: Largest difference from Keras allowed, at most 1e-4.
        force: Whether an existing model folder is replaced.
    """

    stated: Stated = field(default_factory=Stated)
    opset: int = LOWEST_OPSET
    tolerance: float = TOLERANCE
    force: bool = False

    def __post_init__(self) -> None:
        if not 0 < self.tolerance <= TOLERANCE:
            raise UsageError(
                f"the tolerance {self.tolerance:g} is not above 0 and at most {TOLERANCE:g}; "
                "it can only be made stricter"
            )
        if not LOWEST_OPSET <= self.opset <= HIGHEST_OPSET:
            raise UsageError(f"the opset {self.opset} is not one of {LOWEST_OPSET} and {HIGHEST_OPSET}")


@dataclass(frozen=True)
class Exported:
    """A finished export.

    Attributes:
        folder: The model folder.
        contract: Its contract.
        opset: ONNX operator set.
        nodes: Number of operations in the graph.
        onnx_bytes: Size of `model.onnx`.
        images: Number of photos it was verified on.
        differences: Largest difference from Keras, by output.
    """

    folder: Path
    contract: Contract
    opset: int
    nodes: int
    onnx_bytes: int
    images: int
    differences: tuple[Difference, ...]


def export_model(
    source: Path,
    output: Path,
    *,
    images: Path | None = None,
    options: Options | None = None,
    on_step: Callable[[str], None] = lambda step: None,
) -> Exported:
    """Convert a trained Keras network to a model folder and prove that it answers like Keras.

    Args:
        source: Run folder of `naevia train`, or a `.keras` file.
        output: Model folder to make; it appears complete or not at all.
        images: Folder of photos to verify on; None takes those of the run folder.
        options: How it is exported; the defaults when None.
        on_step: Called with each step's name as it starts.

    Raises:
        UsageError: The source, the output or an option cannot be used.
        ModelError: The network cannot be converted, or ONNX Runtime does not reproduce Keras.
    """
    require_extra("train")
    options = options or Options()
    check_output(output, force=options.force)
    found = read_source(source, with_images=images is None)
    if images is None and found.pixels is None:
        raise UsageError(_needs_images(found))
    on_step("Opening the Keras network")
    network = load_network(found.keras_path)
    contract = complete_contract(found, network, options.stated, output)
    pixels = found.pixels if images is None else read_images(images, contract.input)

    def keras(pixels: NDArray[np.uint8]) -> Answers:
        return network.answers(
            pixels, temperature=contract.temperature, ood=found.ood, mirrored=contract.mirrored
        )

    on_step(f"Asking Keras about {len(pixels)} photos")
    expected = keras(pixels)
    if found.contract is None:
        cautions = bare_cautions(scales_pixels=network.scales_pixels, probabilities=expected["probabilities"])
        contract = contract.model_copy(update={"cautions": cautions})
    on_step("Converting to ONNX")
    model = convert(network, contract, found.ood, opset=options.opset)
    with staged(output, force=options.force) as folder:
        (folder / MODEL_FILE).write_bytes(model.SerializeToString(deterministic=True))
        on_step(f"Comparing ONNX Runtime with Keras on {len(pixels)} photos")
        differences = verify(folder / MODEL_FILE, pixels, expected, tolerance=options.tolerance)
        on_step("Packing the model folder")
        _write_golden(folder, contract.input, keras)
        _write_card(folder, found, contract, images=len(pixels))
        contract = write_contract(folder, contract)
        on_step("Opening it the way the clinic will")
        Session.open(folder, provider="cpu")
    return Exported(
        folder=output,
        contract=contract,
        opset=options.opset,
        nodes=len(model.graph.node),
        onnx_bytes=model.ByteSize(),
        images=len(pixels),
        differences=differences,
    )


def _write_golden(folder: Path, spec: InputSpec, keras: Callable[[NDArray[np.uint8]], Answers]) -> None:
    pixels, probabilities = golden_answers(spec, lambda drawn: keras(drawn)["probabilities"])
    np.savez_compressed(folder / GOLDEN_FILE, pixels=pixels, probabilities=probabilities)


def _write_card(folder: Path, source: Source, contract: Contract, *, images: int) -> None:
    if source.card is None or source.contract is None:
        card = bare_card(contract, images=images)
    else:
        card = run_card(source.card, source.contract, contract)
    (folder / CARD_FILE).write_text(card, encoding="utf-8")
    for path in source.lists:
        shutil.copyfile(path, folder / path.name)


def _needs_images(source: Source) -> str:
    if source.contract is None:
        return (
            f"{source.keras_path} needs photos to verify the conversion on; give a folder with --images "
            "FOLDER, or export a run folder of `naevia train`, which brings its own"
        )
    return (
        f"{source.keras_path.parent} has no export_images.npz; give a folder of photos with --images FOLDER"
    )
