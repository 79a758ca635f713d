"""The card of an exported model: the run's under the name of `model.json`, or what is known without one."""

from __future__ import annotations

from naevia.contract import Contract


def run_card(card: str, draft: Contract, contract: Contract) -> str:
    """The card of a run for the model that is exported: its heading and date are those of the model.

    Args:
        card: What the run says, Markdown with a heading of the first level.
        draft: The run's contract.
        contract: The exported one.

    Returns:
        The card as it is where both agree; else with the exported name above, and a line that says which run
        every figure is of.
    """
    told = ("model_id", "version", "created", "naevia_version")
    if draft.model_dump(include=set(told)) == contract.model_dump(include=set(told)):
        return card
    head, _, rest = card.partition("\n")
    if not head.startswith("# "):
        head, rest = "", card
    exported = (
        f"Exported on {contract.created} by Naevia {contract.naevia_version} from the run of "
        f"{draft.model_id} {draft.version}; all that follows is what that run says of itself."
    )
    return f"# {contract.model_id} {contract.version}\n\n{exported}\n{rest}"


def bare_card(contract: Contract, *, images: int) -> str:
    """What can honestly be said of a bare Keras file: how to run it, and that nothing else is known.

    Args:
        contract: The exported contract.
        images: Number of photos that the conversion was verified on.
    """
    told = "".join(f"- Caution: {caution}\n" for caution in contract.cautions)
    return f"""# {contract.model_id} {contract.version}

Exported from a bare Keras file on {contract.created} by Naevia {contract.naevia_version}.
Research use, not a medical device.

- Licence of the weights: {contract.license}
- Input: {contract.input.size_px} x {contract.input.size_px} pixels, `{contract.input.resize}`, RGB from
  0 to 255, which only the network's own layers scale
- Conversion: ONNX Runtime reproduced Keras on {images} photos.
- Training data, accuracy, calibration and operating points: unknown. Train with `naevia train` to have them
  measured.
{told}"""
