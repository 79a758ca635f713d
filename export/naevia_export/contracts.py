"""The contract of the exported model, from the run's draft or from nothing but the network."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from naevia._version import __version__
from naevia.contract import Contract, InputSpec, OutputSpec, Resize, check_model_id
from naevia.errors import ModelError, UsageError
from naevia.shelf import id_of_folder
from naevia_export.network import Network
from naevia_export.source import Source


@dataclass(frozen=True)
class Stated:
    """What the caller says of a model; None leaves it to the run, or to the default for a bare file.

    Attributes:
        model_id: Name of the model.
        version: Version of the model.
        resize: How photos were brought to the network's size; for a bare file only.
        license: Licence of the weights; for a bare file only.
    """

    model_id: str | None = None
    version: str | None = None
    resize: Resize | None = None
    license: str | None = None


def complete_contract(source: Source, network: Network, stated: Stated, output: Path) -> Contract:
    """The contract that is embedded and shipped, without files.

    Args:
        source: The run folder or Keras file.
        network: The network in it.
        stated: What the caller says.
        output: The model folder; names a bare file's model.

    Raises:
        UsageError: What is stated is not valid, was given for a run folder that states it itself, or is
            missing where the model would hide one that came with Naevia.
        ModelError: The run's draft does not fit its network.
    """
    draft = (
        _bare(network, stated)
        if source.contract is None
        else _from_run(source, source.contract, network, stated)
    )
    model_id = stated.model_id or (source.contract.model_id if source.contract else id_of_folder(output))
    check_model_id(model_id)
    changed = {
        **draft,
        "model_id": model_id,
        "version": stated.version or draft["version"],
        "outputs": OutputSpec(ood_score="ood_score" if source.ood else None).model_dump(),
        "created": datetime.now(UTC).date().isoformat(),
        "naevia_version": __version__,
        "files": {},
    }
    return Contract.model_validate(changed)


def _bare(network: Network, stated: Stated) -> dict[str, object]:
    spec = InputSpec(size_px=network.size_px, resize=stated.resize or "squash")
    return {
        "version": "1.0",
        "recipe": "keras-file",
        "input": spec.model_dump(),
        "license": stated.license or "not stated",
    }


def _from_run(source: Source, draft: Contract, network: Network, stated: Stated) -> dict[str, object]:
    if stated.resize or stated.license:
        raise UsageError("--resize and --license are for a bare .keras file; a run folder states them itself")
    if draft.input.size_px != network.size_px:
        raise ModelError(
            f"the run's model.json says {draft.input.size_px} px, its network takes {network.size_px} px; "
            "the folder mixes two runs, train it again"
        )
    features = network.map_shape[-1]
    if source.ood is not None and len(source.ood.weights) != features:
        raise ModelError(
            f"the run's ood.npz is for {len(source.ood.weights)} features, its network has {features}; "
            "the folder mixes two runs, train it again"
        )
    return draft.model_dump()
