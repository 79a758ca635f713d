"""What is exported: a run folder, or a bare `.keras` file."""

from __future__ import annotations

import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from naevia.contract import CARD_FILE, CONTRACT_FILE, Contract, read_contract
from naevia.errors import ModelError, UsageError
from naevia_export.images import FEWEST_IMAGES

KERAS_FILE = "model.keras"
IMAGES_FILE = "export_images.npz"
OOD_FILE = "ood.npz"
LIST_FILES = ("validation.csv", "test.csv")


@dataclass(frozen=True, eq=False)
class OodFit:
    """What the out-of-distribution score is computed with.

    Attributes:
        weights: What an embedding is multiplied with, shape (features,), float32.
        bias: What is added to the product.
    """

    weights: NDArray[np.float32]
    bias: np.float32


@dataclass(frozen=True, eq=False)
class Source:
    """The files of one trained network.

    Attributes:
        keras_path: The `.keras` file.
        contract: The run's draft contract; None for a bare file.
        ood: The run's out-of-distribution fit; None when it has none.
        pixels: The run's own images to verify on, shape (images, size_px, size_px, 3), uint8, or None.
        card: Text of the model card; None for a bare file.
        lists: The run's lists of the images that it kept apart, those of `LIST_FILES` that are there.
    """

    keras_path: Path
    contract: Contract | None = None
    ood: OodFit | None = None
    pixels: NDArray[np.uint8] | None = None
    card: str | None = None
    lists: tuple[Path, ...] = ()

    @property
    def kind(self) -> Literal["run folder", "Keras file"]:
        """What the caller pointed at."""
        return "Keras file" if self.contract is None else "run folder"


def read_source(path: Path, *, with_images: bool = True) -> Source:
    """Read everything but the network itself.

    Args:
        path: A run folder of `naevia train`, or a `.keras` file.
        with_images: Whether to read the run's own images, too.

    Raises:
        UsageError: There is nothing of that kind at the path.
        ModelError: The run folder is incomplete or damaged.
    """
    if path.is_dir():
        return _read_run(path, with_images=with_images)
    if not path.exists():
        raise UsageError(f"{path} does not exist; expected a run folder of `naevia train` or a .keras file")
    if path.suffix != ".keras" or not zipfile.is_zipfile(path):
        raise UsageError(
            f"{path} is not a Keras 3 file; expected a run folder of `naevia train`, or a .keras file "
            "as `model.save('name.keras')` writes it"
        )
    return Source(keras_path=path)


def _read_run(folder: Path, *, with_images: bool) -> Source:
    if not (folder / KERAS_FILE).is_file():
        raise UsageError(
            f"{folder} is not a run folder: expected {KERAS_FILE} in it; "
            "give the folder that `naevia train --output` wrote"
        )
    if not (folder / CONTRACT_FILE).is_file():
        raise ModelError(
            f"{folder} has no {CONTRACT_FILE}, so its training did not finish; run `naevia train` again with "
            f"--resume, or export {folder / KERAS_FILE} alone with --images FOLDER"
        )
    contract = read_contract(folder)
    return Source(
        keras_path=folder / KERAS_FILE,
        contract=contract,
        ood=_read_ood(folder / OOD_FILE) if contract.out_of_distribution else None,
        pixels=_read_images(folder / IMAGES_FILE, contract.input.size_px) if with_images else None,
        card=_read_card(folder / CARD_FILE),
        lists=tuple(folder / name for name in LIST_FILES if (folder / name).is_file()),
    )


def _read_card(path: Path) -> str:
    if not path.is_file():
        raise ModelError(
            f"{path.parent} has no {CARD_FILE}; a model is not shipped without its card; train it again"
        )
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise ModelError(f"{path} is damaged: expected text in UTF-8; train the run again") from error


def _read_ood(path: Path) -> OodFit:
    arrays = _read_arrays(path, "weights", "bias")
    weights, bias = (arrays[name].astype(np.float32) for name in ("weights", "bias"))
    if weights.ndim != 1 or bias.ndim != 0:
        raise ModelError(
            f"{path}: expected weights (features,) and one bias, received {weights.shape} and {bias.shape}; "
            "train the run again"
        )
    return OodFit(weights, np.float32(bias))


def _read_images(path: Path, size_px: int) -> NDArray[np.uint8] | None:
    if not path.exists():
        return None
    pixels = _read_arrays(path, "pixels")["pixels"]
    if pixels.dtype != np.uint8 or pixels.ndim != 4 or pixels.shape[1:] != (size_px, size_px, 3):
        raise ModelError(
            f"{path}: expected uint8 pixels (images, {size_px}, {size_px}, 3), received {pixels.dtype} "
            f"{pixels.shape}; verify on other photos with --images FOLDER"
        )
    if len(pixels) < FEWEST_IMAGES:
        raise ModelError(
            f"{path} holds {len(pixels)} images, expected at least {FEWEST_IMAGES} to verify on; "
            "verify on other photos with --images FOLDER"
        )
    return pixels


def _read_arrays(path: Path, *names: str) -> dict[str, NDArray[np.generic]]:
    try:
        with np.load(path, allow_pickle=False) as file:
            return {name: file[name] for name in names}
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        raise ModelError(
            f"{path} cannot be read: expected the arrays {', '.join(names)}; train the run again"
        ) from error
