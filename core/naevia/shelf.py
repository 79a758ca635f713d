"""Where models are found.

A model is asked for by the path of its folder or by its id. An id is looked up on these shelves, in order:

1. `NAEVIA_MODELS`, an environment variable: a folder of model folders;
2. the user's own model folder, `user_models_dir()`;
3. the models that came with Naevia.

Without a wish, the first model by name of `NAEVIA_MODELS` is taken, or, where that is not set, the
`DEFAULT_MODEL` that came with Naevia: a model that lies in the user's folder is used only when it is named.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import platformdirs

from naevia.contract import CONTRACT_FILE, MODEL_FILE, Contract, read_contract
from naevia.errors import ModelError, UsageError

MODELS_VARIABLE = "NAEVIA_MODELS"
DEFAULT_MODEL = "naevia-ensemble"
"""The folder of the shipped model that is taken when none is named."""

Origin = Literal["NAEVIA_MODELS", "user", "shipped"]


@dataclass(frozen=True)
class ShelvedModel:
    """A model folder on a shelf.

    Attributes:
        id: The contract's model id, or the folder's name where the contract cannot be read.
        folder: Where it lies.
        origin: Which shelf holds it.
        contract: What it says of itself; None when that cannot be read.
        problem: Why it cannot be read; empty otherwise.
    """

    id: str
    folder: Path
    origin: Origin
    contract: Contract | None
    problem: str


def user_models_dir() -> Path:
    """The folder for models that a person installs.

    Raises:
        RuntimeError: The user has no home, as in some containers.
    """
    return Path(platformdirs.user_data_dir("naevia", appauthor=False)) / "models"


def shipped_models_dir() -> Path:
    """The folder of the models that came with Naevia: in the package, or in the source tree beside it."""
    package = Path(__file__).resolve().parent
    inside = package / "_models"
    return inside if inside.is_dir() else package.parent.parent / "models"


def shelves() -> list[tuple[Origin, Path]]:
    """The shelves in the order in which they are searched, whether or not they exist."""
    found: list[tuple[Origin, Path]] = []
    if chosen := os.environ.get(MODELS_VARIABLE):
        found.append(("NAEVIA_MODELS", Path(chosen)))
    with suppress(RuntimeError):
        found.append(("user", user_models_dir()))
    return [*found, ("shipped", shipped_models_dir())]


def list_models() -> list[ShelvedModel]:
    """Every model folder of every shelf, in the order in which they are searched.

    A model whose id another one before it has is hidden behind that one when it is asked for by id.
    """
    return [_describe(folder, origin) for origin, shelf in shelves() for folder in _folders(shelf)]


def hides_words(model: ShelvedModel, found: Sequence[ShelvedModel]) -> str:
    """Which models of `list_models` cannot be asked for by id because of this one; empty for none."""
    names, behind = {model.id, model.folder.name}, found[found.index(model) + 1 :]
    hidden = [other for other in behind if names & {other.id, other.folder.name}]
    told = [f"the {other.origin} {other.id} at {other.folder}" for other in hidden]
    return f"hides {' and '.join(told)}" if told else ""


def id_of_folder(folder: Path) -> str:
    """The id of a new model that is given none: the name of its folder, as far as an id may hold it.

    Raises:
        UsageError: A model that came with Naevia has that id, and would be hidden.
    """
    name = re.sub(r"[^a-z0-9._-]+", "-", folder.resolve().name.lower()).lstrip("._-")[:64]
    if name in {model.id for model in list_models() if model.origin == "shipped"}:
        raise UsageError(
            f"--output {folder} would give the model the name of one that came with Naevia; give another "
            f"--output, or a name with --model-id; --model-id {name} takes it all the same"
        )
    return name


def find_model(name_or_path: str | Path | None = None) -> Path:
    """Find a model folder.

    Args:
        name_or_path: A model id, the path of a model folder or of the `model.onnx` in one, or None for
            the default model.

    Returns:
        The folder. What it holds is checked when a session opens it.

    Raises:
        ModelError: There is no such model; the message says where it was looked for.
    """
    if name_or_path is None:
        return _default_model()
    named = str(name_or_path)
    if not _is_path(name_or_path):
        for model in list_models():
            if named in (model.id, model.folder.name):
                return model.folder
    path = Path(name_or_path)
    folder = path.parent if path.name == MODEL_FILE else path
    if (folder / CONTRACT_FILE).is_file():
        return folder
    if _is_path(name_or_path) or folder.is_dir():
        raise ModelError(
            f"no model at {path}: expected a folder with {CONTRACT_FILE} in it; "
            "`naevia models list` shows the models that can be used"
        )
    raise ModelError(f"no model with the id {named!r} {_looked_at(shelves())}; {_known()}")


def _default_model() -> Path:
    chosen = os.environ.get(MODELS_VARIABLE)
    place = Path(chosen) if chosen else shipped_models_dir()
    for folder in _folders(place):
        if chosen or folder.name == DEFAULT_MODEL:
            return folder
    raise ModelError(
        f"no model {'' if chosen else DEFAULT_MODEL + ' '}in {place}; name one with --model FOLDER, or set "
        f"{MODELS_VARIABLE} to a folder of model folders"
    )


def _is_path(name_or_path: str | Path) -> bool:
    """Whether a path is meant for sure; a bare word may be an id or the name of a folder."""
    if isinstance(name_or_path, Path) and name_or_path.is_absolute():
        return True
    separators = {os.sep, os.altsep or os.sep}
    return any(separator in str(name_or_path) for separator in separators) or str(name_or_path) in (".", "..")


def _folders(shelf: Path) -> Iterator[Path]:
    try:
        entries = sorted(shelf.iterdir())
    except OSError:  # a shelf that is not there holds nothing
        return
    yield from (entry for entry in entries if (entry / CONTRACT_FILE).is_file())


def _describe(folder: Path, origin: Origin) -> ShelvedModel:
    try:
        contract = read_contract(folder)
    except ModelError as error:
        return ShelvedModel(folder.name, folder, origin, None, str(error))
    return ShelvedModel(contract.model_id, folder, origin, contract, "")


def _looked_at(places: list[tuple[Origin, Path]]) -> str:
    return "in " + " or ".join(f"{path} ({origin})" for origin, path in places)


def _known() -> str:
    ids = sorted({model.id for model in list_models() if model.contract})
    return f"known models: {', '.join(ids)}" if ids else "there are no models there at all"
