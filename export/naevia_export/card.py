"""The card of a model that came without one."""

from __future__ import annotations

from naevia.contract import Contract


def bare_card(contract: Contract, *, images: int) -> str:
    """What can honestly be said of a bare Keras file: how to run it, and that nothing else is known.

    Args:
        contract: The exported contract.
        images: Number of photos that the conversion was verified on.
    """
    return f"""# {contract.model_id} {contract.version}

Exported from a bare Keras file on {contract.created} by Naevia {contract.naevia_version}.
Research use, not a medical device.

- Licence of the weights: {contract.license}
- Input: {contract.input.size_px} x {contract.input.size_px} pixels, `{contract.input.resize}`
- Conversion: ONNX Runtime reproduced Keras on {images} photos.
- Training data, accuracy, calibration and operating points: unknown. Without an operating point every
  recommendation is "cannot tell". Train with `naevia train` to have them measured.
"""
